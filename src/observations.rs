//! Observations of the market: one per row, with the columns of `data/observations.csv`.

use std::sync::{Arc, OnceLock};

use crate::base::time::Date;
use crate::scenario::fault::{Fault, Faults};
use crate::scenario::source::{Place, Source};

/// The built-in observations, of vintage 2026-03-31, as CSV.
pub const PACK: &str = include_str!("../data/observations.csv");

/// One observation.
#[derive(Clone, Debug)]
pub struct Observation {
    /// Name of the row, such as `lab_revenue.csv:34`.
    pub row: String,
    /// Observed entity.
    pub entity: String,
    /// Observed metric.
    pub metric: String,
    /// First day of the period, if stated.
    pub from: Option<Date>,
    /// Last day of the period.
    pub until: Option<Date>,
    /// Value, in `unit`; `None` if it is not a number.
    pub value: Option<f64>,
    /// A value that is not a number, as the file states it, with its place.
    pub words: Option<(String, Place)>,
    /// Unit of the value, as the file states it.
    pub unit: String,
    /// Kind: actual, forecast, guidance, term or event.
    pub kind: String,
    /// Date since which it was public: `first_public`; in files without that column `obs_date`, or the end of the
    /// period.
    pub known: Option<Date>,
    /// Grade, from A (company, regulator, price list) to D (low grade).
    pub quality: String,
    /// Place in the file.
    pub place: Place,
}

/// The built-in observations.
///
/// # Panics
/// Never: a test reads them.
pub fn pack() -> &'static [Observation] {
    static ROWS: OnceLock<Vec<Observation>> = OnceLock::new();
    ROWS.get_or_init(|| {
        parse("data/observations.csv", PACK).unwrap_or_else(|faults| panic!("{faults}"))
    })
}

/// The built-in observation with that name of a row.
#[must_use]
pub fn row(name: &str) -> Option<&'static Observation> {
    pack().iter().find(|observation| observation.row == name)
}

/// Refuses values that are not numbers in rows that are read.
///
/// # Errors
/// Each such value, with its place.
pub fn check_values(
    observations: &[Observation],
    is_read: impl Fn(&Observation) -> bool,
) -> Result<(), Faults> {
    let faults: Vec<Fault> = observations
        .iter()
        .filter(|seen| is_read(seen))
        .filter_map(|seen| {
            let (words, place) = seen.words.as_ref()?;
            let message = format!("`value` is `{words}`, which is not a number");
            let help = format!(
                "write the number of {} in digits, such as 28 or 0.5",
                seen.unit
            );
            Some(Fault::new(message, place.clone()).help(help))
        })
        .collect();
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Faults(faults))
    }
}

/// Grades, from a company, regulator or price list to low grade.
const GRADES: [&str; 4] = ["A", "B", "C", "D"];
/// Required columns; `period_start`, `kind`, `first_public`, `obs_date`, `quality` and `row` are optional.
const NEEDED: [&str; 5] = ["entity", "metric", "period_end", "value", "unit"];

/// A file of observations that is being read.
struct Reading {
    source: Arc<Source>,
    stem: String,
    header: csv::StringRecord,
    faults: Vec<Fault>,
}

impl Reading {
    /// The place of the first field of the row that starts at a byte.
    fn place(&self, start: usize) -> Place {
        let rest = self.source.text.get(start..).unwrap_or_default();
        let length = rest.find([',', '\n']).unwrap_or(rest.len()).max(1);
        Place {
            source: Arc::clone(&self.source),
            range: start..start + length,
        }
    }

    /// The place of a field of the row that starts at a byte.
    fn place_of(&self, start: usize, name: &str) -> Place {
        let mut left = self.column(name).unwrap_or(0);
        let text = self.source.text.get(start..).unwrap_or_default();
        let (mut is_quoted, mut from) = (false, text.len() - text.trim_start().len());
        let mut until = text.len();
        for (at, letter) in text.char_indices().skip(from) {
            match letter {
                '"' => is_quoted = !is_quoted,
                ',' if !is_quoted && left > 0 => (left, from) = (left - 1, at + 1),
                ',' | '\r' | '\n' if !is_quoted => {
                    until = at;
                    break;
                }
                _ => {}
            }
        }
        Place {
            source: Arc::clone(&self.source),
            range: start + from..start + until.max(from + 1).min(text.len()),
        }
    }

    fn fault(&mut self, start: usize, message: String, help: impl Into<String>) {
        let place = self.place(start);
        self.faults.push(Fault::new(message, place).help(help));
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|other| other.trim() == name)
    }

    fn field<'a>(&self, record: &'a csv::StringRecord, name: &str) -> &'a str {
        self.column(name)
            .and_then(|at| record.get(at))
            .unwrap_or_default()
            .trim()
    }

    fn date(&mut self, record: &csv::StringRecord, start: usize, name: &str) -> Option<Date> {
        let text = self.field(record, name);
        if text.is_empty() || text == "unknown" {
            return None;
        }
        let date = date_of(text);
        if date.is_none() {
            let message = format!("`{name}` is `{text}`, which is not a date");
            self.fault(
                start,
                message,
                "write YYYY-MM-DD, or YYYY-MM for the end of a month",
            );
        }
        date
    }

    fn observation(&mut self, record: &csv::StringRecord) -> Option<Observation> {
        let start = record
            .position()
            .map_or(0, |at| usize::try_from(at.byte()).unwrap_or(0));
        if record.len() != self.header.len() {
            let message = format!(
                "the row has {} fields, the header {}",
                record.len(),
                self.header.len()
            );
            self.fault(start, message, "put fields that contain commas in quotes");
            return None;
        }
        let from = self.date(record, start, "period_start");
        let until = self.date(record, start, "period_end");
        if let (Some(from), Some(until)) = (from, until)
            && from > until
        {
            let message = format!("the period ends on {until}, before it begins on {from}");
            self.fault(
                start,
                message,
                "swap `period_start` and `period_end`, or correct one of them",
            );
        }
        let known = if self.column("first_public").is_some() {
            self.date(record, start, "first_public")
        } else {
            self.date(record, start, "obs_date").or(until)
        };
        let or = |text: &str, other: String| {
            if text.is_empty() {
                other
            } else {
                text.to_owned()
            }
        };
        let quality = self.field(record, "quality").to_owned();
        if !quality.is_empty() && !GRADES.contains(&quality.as_str()) {
            let place = self.place_of(start, "quality");
            let message = format!("`quality` is `{quality}`, which is not a grade");
            let help = "write A (company, regulator, price list), B, C or D (low grade, not scored), or leave it empty";
            self.faults.push(Fault::new(message, place).help(help));
        }
        let text = self.field(record, "value");
        let value = text.parse().ok().filter(|value: &f64| value.is_finite());
        let is_words = value.is_none() && !text.is_empty();
        let line = record.position().map_or(0, csv::Position::line);
        Some(Observation {
            row: or(self.field(record, "row"), format!("{}:{line}", self.stem)),
            entity: self.field(record, "entity").to_owned(),
            metric: self.field(record, "metric").to_owned(),
            from,
            until,
            value,
            words: is_words.then(|| (text.to_owned(), self.place_of(start, "value"))),
            unit: self.field(record, "unit").to_owned(),
            kind: or(self.field(record, "kind"), "actual".to_owned()),
            known,
            quality,
            place: self.place(start),
        })
    }
}

/// Reads observations from CSV text.
///
/// # Errors
/// Missing columns, rows with too many or too few fields, and wrong dates, each with its line.
pub fn parse(name: &str, text: &str) -> Result<Vec<Observation>, Faults> {
    const HELP: &str = "save the file as comma-separated UTF-8 text";
    let mut reading = Reading {
        source: Arc::new(Source {
            name: name.to_owned(),
            text: text.to_owned(),
        }),
        stem: name.rsplit(['/', '\\']).next().unwrap_or(name).to_owned(),
        header: csv::StringRecord::new(),
        faults: Vec::new(),
    };
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text.as_bytes());
    match reader.headers() {
        Ok(header) => reading.header = header.clone(),
        Err(error) => reading.fault(0, format!("not CSV: {error}"), HELP),
    }
    let missing: Vec<&str> = NEEDED
        .into_iter()
        .filter(|needed| reading.column(needed).is_none())
        .collect();
    if reading.faults.is_empty() && !missing.is_empty() {
        let message = format!("the file has no column `{}`", missing.join("`, `"));
        let help = columns_help(reading.header.iter(), NEEDED);
        reading.fault(0, message, help);
    }
    let mut rows = Vec::new();
    if reading.faults.is_empty() {
        for record in reader.records() {
            match record {
                Ok(record) => rows.extend(reading.observation(&record)),
                Err(error) => {
                    let start = error
                        .position()
                        .map_or(0, |at| usize::try_from(at.byte()).unwrap_or(0));
                    reading.fault(start, format!("not CSV: {error}"), HELP);
                    break;
                }
            }
        }
    }
    if reading.faults.is_empty() {
        Ok(rows)
    } else {
        Err(Faults(reading.faults))
    }
}

/// A remedy for missing columns: those that the file has, and those that it needs.
pub(crate) fn columns_help<'a>(
    header: impl Iterator<Item = &'a str>,
    needed: impl IntoIterator<Item = &'a str>,
) -> String {
    let list = |names: &mut dyn Iterator<Item = &'a str>| {
        let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
        names.join(", ")
    };
    format!(
        "the file has {}; it needs {}",
        list(&mut header.map(str::trim)),
        list(&mut needed.into_iter())
    )
}

/// A date, or the last day of a month written without a day.
fn date_of(text: &str) -> Option<Date> {
    Date::parse(text).or_else(|| {
        Date::parse(&format!("{text}-01"))?;
        (28..=31)
            .rev()
            .find_map(|day| Date::parse(&format!("{text}-{day}")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pack_is_read_whole() {
        assert_eq!(pack().len(), 2_354);
        let seen = row("lab_revenue.csv:34").expect("a row of the pack");
        assert_eq!((seen.entity.as_str(), seen.value), ("OpenAI", Some(5.5)));
        assert_eq!(seen.known, Date::parse("2024-12-31"));
    }

    #[test]
    fn a_row_is_known_when_it_was_first_public() {
        let known = |header: &str, row: &str| {
            let text =
                format!("entity,metric,period_end,value,unit{header}\na,b,2026-02-28,1,x{row}\n");
            parse("f.csv", &text).expect("a row")[0].known
        };
        let both = ",obs_date,first_public";
        for (header, row, date) in [
            (both, ",2026-03-01,2026-04-02", "2026-04-02"),
            // A row that does not say it, in a file that could, is known at no vintage.
            (both, ",2026-03-01,", ""),
            (",obs_date", ",2026-03-01", "2026-03-01"),
            ("", "", "2026-02-28"),
        ] {
            assert_eq!(known(header, row), Date::parse(date));
        }
    }

    #[test]
    fn wrong_files_are_located() {
        let head = "entity,metric,period_end,value,unit\n";
        for (text, what, place) in [
            (
                "entity,metric,value,unit\n".to_owned(),
                "no column `period_end`",
                "f.csv:1:1",
            ),
            (
                "entity,metric,period_start,period_end,value,unit\na,b,2026-03-01,2026-02-01,1,x\n"
                    .to_owned(),
                "before it begins",
                "f.csv:2:1",
            ),
            (
                format!("{head}a,b,2026-02-30,1,x\n"),
                "not a date",
                "f.csv:2:1",
            ),
            (format!("{head}a,b,2026-02-28,1\n"), "4 fields", "f.csv:2:1"),
            (
                "entity,metrik,period_end,value,unit\n".to_owned(),
                "has `entity`, `metrik`, `period_end`, `value`, `unit`; it needs `entity`, `metric`",
                "f.csv:1:1",
            ),
            (
                format!("quality,{head}A,\"a, b\",c,2026-02-28,1,x\nE,a,b,2026-02-28,1,x\n"),
                "`quality` is `E`",
                "f.csv:3:1",
            ),
        ] {
            let shown = parse("f.csv", &text).expect_err("a fault").to_string();
            assert!(shown.contains(what) && shown.contains(place), "{shown}");
        }
    }

    #[test]
    fn a_value_in_words_is_refused_where_it_is_read() {
        let text = "entity,metric,period_end,value,unit\n\"a, b\",c,2026-02-28,thirty,x\n\
            \"a, b\",d,2026-02-28,many,x\n";
        let rows = parse("f.csv", text).expect("rows");
        let shown = check_values(&rows, |seen| seen.metric == "c").expect_err("a fault");
        let shown = shown.to_string();
        assert!(
            shown.contains("`value` is `thirty`") && shown.contains("f.csv:2:21"),
            "{shown}"
        );
        assert!(!shown.contains("many"), "{shown}");
    }
}
