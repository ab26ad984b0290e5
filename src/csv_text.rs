//! Tables as comma-separated text, with quotes where a field needs them.

/// A table with a header as comma-separated text (RFC 4180, lines ending in a line feed).
///
/// # Panics
/// If a row has more or fewer fields than the header.
#[must_use]
pub fn csv_text<const N: usize>(
    header: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record(header)
        .expect("memory takes every record");
    for row in rows {
        writer
            .write_record(&row)
            .expect("memory takes every record");
    }
    let bytes = writer.into_inner().expect("memory takes every record");
    String::from_utf8(bytes).expect("fields are text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_with_commas_quotes_and_line_feeds_are_read_back() {
        let row = ["a, b", "say \"c\"", "d\ne", ""].map(str::to_owned);
        let text = csv_text(["w", "x", "y", "z"], [row.clone()]);
        assert!(text.starts_with("w,x,y,z\n\"a, b\","));
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let read = reader.records().next().expect("a row").expect("as written");
        assert!(read.iter().eq(row.iter().map(String::as_str)));
    }
}
