//! Runs and experiments as workbooks: findings, tables and sources.

use rust_xlsxwriter::{
    Chart, ChartType, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook,
    Worksheet, XlsxError,
};

use crate::economics::switching::Move;
use crate::market::rows::{CloudRow, LabRow, MarketRow, SwitchingRow};
use crate::panel;
use crate::report::page::Finding;
use crate::report::tables::dollar::Part;
use crate::report::tables::frames::{Cells, Frame};
use crate::report::text::number_format::{capital, titled};
use crate::report::text::summary::{Look, look_at};
use crate::scenario::Scenario;
use crate::scenario::stated::Stated;
use crate::stats::Summary;

/// The contents of the workbook of a run.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Every value of the scenario.
    pub stated: &'a [Stated],
    /// Names of the months.
    pub months: &'a [String],
    /// Looks up distributions by month.
    pub look: Look<'a>,
    /// Findings.
    pub findings: &'a [Finding],
    /// Parts of the dollar, by year.
    pub dollar: &'a [Part],
    /// Origin of the run, as terms with texts.
    pub origin: &'a [(String, String)],
}

impl std::fmt::Debug for Run<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run")
            .field("scenario", &self.scenario.name.text)
            .finish_non_exhaustive()
    }
}

const BLUE: u32 = 0x0000_72B2;
/// Numbers of rows and columns in the file format.
type Row = u32;
type Column = u16;

/// Formats of cells.
struct Styles {
    title: Format,
    note: Format,
    head: Format,
    section: Format,
    text: Format,
    bold: Format,
    number: Format,
    share: Format,
    any: Format,
}

impl Styles {
    fn new() -> Self {
        let base = || Format::new().set_font_name("Calibri").set_font_size(11.0);
        let wrapped = || {
            base()
                .set_text_wrap()
                .set_align(FormatAlign::Top)
                .set_align(FormatAlign::Left)
        };
        Self {
            title: base().set_bold().set_font_size(18.0),
            note: base().set_font_color(0x0059_5959),
            head: base()
                .set_bold()
                .set_font_color(0x00FF_FFFF)
                .set_background_color(BLUE)
                .set_text_wrap()
                .set_align(FormatAlign::VerticalCenter),
            section: base()
                .set_bold()
                .set_border_bottom(FormatBorder::Thin)
                .set_border_color(BLUE),
            text: wrapped(),
            bold: wrapped().set_bold(),
            number: base().set_num_format("#,##0.00;-#,##0.00;0"),
            share: base().set_num_format("0.0%"),
            any: base().set_num_format("General"),
        }
    }
}

/// The workbook of a run: summary, dollar, months, assumptions, origin.
///
/// # Errors
/// The message of the library that encodes the workbook.
pub fn of_run(run: &Run<'_>) -> Result<Vec<u8>, String> {
    let write = || -> Result<Vec<u8>, XlsxError> {
        let (mut book, styles) = begin(&run.scenario.title.text)?;
        minute(
            book.add_worksheet(),
            &styles,
            &run.scenario.title.text,
            run.findings,
        )?;
        summary(book.add_worksheet(), &styles, run)?;
        dollar(book.add_worksheet(), &styles, run.dollar)?;
        months(book.add_worksheet(), &styles, run)?;
        assumptions(book.add_worksheet(), &styles, run.stated)?;
        origin(book.add_worksheet(), &styles, run.origin)?;
        book.save_to_buffer()
    };
    write().map_err(|error| error.to_string())
}

/// The workbook of an experiment: findings, its tables, origin.
///
/// # Errors
/// The message of the library that encodes the workbook.
pub fn of_experiment(
    heading: &str,
    found: &[Finding],
    tables: &[Frame],
    from: &[(String, String)],
) -> Result<Vec<u8>, String> {
    let write = || -> Result<Vec<u8>, XlsxError> {
        let (mut book, styles) = begin(heading)?;
        minute(book.add_worksheet(), &styles, heading, found)?;
        for frame in tables {
            table(book.add_worksheet(), &styles, frame)?;
        }
        origin(book.add_worksheet(), &styles, from)?;
        book.save_to_buffer()
    };
    write().map_err(|error| error.to_string())
}

/// An empty workbook whose bytes do not depend on when it is made.
fn begin(title: &str) -> Result<(Workbook, Styles), XlsxError> {
    let mut book = Workbook::new();
    let epoch = ExcelDateTime::from_ymd(2026, 3, 31)?;
    let properties = DocProperties::new().set_title(title).set_author("tollway");
    book.set_properties(&properties.set_creation_datetime(&epoch));
    Ok((book, Styles::new()))
}

/// Name, widths and print of a sheet.
fn page(sheet: &mut Worksheet, name: &str, widths: &[f64]) -> Result<(), XlsxError> {
    let name: String = name
        .chars()
        .filter(|c| !"[]:*?/\\".contains(*c))
        .take(31)
        .collect();
    sheet.set_name(name)?;
    for (column, width) in (0..).zip(widths) {
        sheet.set_column_width(column, *width)?;
    }
    sheet.set_landscape().set_print_fit_to_pages(1, 0);
    sheet
        .set_screen_gridlines(false)
        .set_footer("&L&A&RPage &P of &N");
    Ok(())
}

/// Sets the height of a row to the lines of its longest text, which not every program does by itself.
fn fit(sheet: &mut Worksheet, row: Row, texts: &[(&str, f64)]) -> Result<(), XlsxError> {
    let lines = texts.iter().map(|(text, width)| {
        #[expect(clippy::cast_precision_loss, reason = "lengths of texts")]
        let length = text.chars().count() as f64;
        // Words leave about an eighth of each line empty.
        libm::ceil(1.12 * length / width).max(1.0)
    });
    let lines = lines.fold(1.0, f64::max);
    if lines > 1.0 {
        sheet.set_row_height(row, 15.0 * lines)?;
    }
    Ok(())
}

fn heads(
    sheet: &mut Worksheet,
    styles: &Styles,
    row: Row,
    names: &[&str],
) -> Result<(), XlsxError> {
    for (column, name) in (0..).zip(names) {
        sheet.write_with_format(row, column, *name, &styles.head)?;
    }
    sheet.set_row_height(row, 34)?;
    Ok(())
}

/// Writes the findings.
fn minute(
    sheet: &mut Worksheet,
    styles: &Styles,
    heading: &str,
    found: &[Finding],
) -> Result<(), XlsxError> {
    page(sheet, "In a minute", &[48.0, 110.0])?;
    sheet.write_with_format(0, 0, heading, &styles.title)?;
    for (row, finding) in (2..).zip(found) {
        sheet.write_with_format(row, 0, &finding.head, &styles.bold)?;
        sheet.write_with_format(row, 1, &finding.text, &styles.text)?;
        fit(sheet, row, &[(&finding.head, 44.0), (&finding.text, 110.0)])?;
    }
    Ok(())
}

/// A block of the summary: a heading, and rows with a name, distributions by month and a factor.
type Block = (String, Vec<(String, Vec<Summary>, f64)>);

fn blocks(run: &Run<'_>) -> Vec<Block> {
    let clouds = |column: panel::Column| {
        let row = |cloud: &crate::scenario::records::CloudSpec| {
            let values = look_at(run.look, column, &cloud.name.text);
            (cloud.title.text.clone(), values, 1e-9)
        };
        run.scenario.cloud.iter().map(row).collect()
    };
    let labs = run.scenario.lab.iter().map(|lab| {
        let values = look_at(run.look, LabRow::usage_share, &lab.name.text);
        (lab.title.text.clone(), values, 100.0)
    });
    let moves = Move::ALL.iter().map(|kind| {
        let values = look_at(run.look, SwitchingRow::months_of_spend, kind.name());
        (capital(&titled(run.scenario, kind.name())), values, 1.0)
    });
    let market = [
        (
            "Enterprise token spend, USD billion a month",
            MarketRow::spend_usd,
            1e-9,
        ),
        ("Routed share of spend, %", MarketRow::routed_share, 100.0),
        ("Unserved tokens, %", MarketRow::unserved_share, 100.0),
        ("Circular AI revenue, %", MarketRow::circular_share, 100.0),
    ];
    let market = market.map(|(name, column, scale)| {
        let values = look_at(run.look, column, "market");
        (name.to_owned(), values, scale)
    });
    vec![
        (
            "AI revenue, USD billion a month".to_owned(),
            clouds(CloudRow::ai_revenue_usd),
        ),
        (
            "Gross profit, USD billion a month".to_owned(),
            clouds(CloudRow::gross_profit_usd),
        ),
        (
            "Share of enterprise spend on models, %".to_owned(),
            labs.collect(),
        ),
        ("Months of spend to leave for".to_owned(), moves.collect()),
        ("The market".to_owned(), market.to_vec()),
    ]
}

fn summary(sheet: &mut Worksheet, styles: &Styles, run: &Run<'_>) -> Result<(), XlsxError> {
    page(sheet, "Summary", &[44.0])?;
    sheet.write_with_format(0, 0, &run.scenario.title.text, &styles.title)?;
    let months = run.months.len();
    let span = format!("{} to {}", run.months[0], run.months[months - 1]);
    sheet.write_with_format(1, 0, &span, &styles.note)?;
    let mut at: Vec<usize> = [12, 24, 36].into_iter().filter(|m| *m <= months).collect();
    if at.is_empty() {
        at.push(months);
    }
    let mut names = vec!["Median, and 5 to 95 % of replications".to_owned()];
    for month in &at {
        let name = &run.months[month - 1];
        names.extend([
            format!("{name}: median"),
            format!("{name}: 5 %"),
            format!("{name}: 95 %"),
        ]);
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    heads(sheet, styles, 3, &names)?;
    for column in 1..u16::try_from(names.len()).unwrap_or(20) {
        sheet.set_column_width(column, 12)?;
    }
    let mut row = 4;
    for (heading, lines) in blocks(run) {
        sheet.write_with_format(row, 0, &heading, &styles.section)?;
        row += 1;
        for (name, values, scale) in lines {
            if values.iter().all(|s| s.quantiles[4] == 0.0) {
                continue;
            }
            sheet.write_with_format(row, 0, &name, &styles.text)?;
            for (number, month) in (0..).zip(&at) {
                let Some(s) = values.get(month - 1) else {
                    continue;
                };
                for (part, quantile) in (0..).zip([2, 0, 4]) {
                    let column: Column = 1 + 3 * number + part;
                    let value = s.quantiles[quantile] * scale;
                    sheet.write_number_with_format(row, column, value, &styles.number)?;
                }
            }
            row += 1;
        }
    }
    sheet.set_freeze_panes(4, 1)?;
    Ok(())
}

fn dollar(sheet: &mut Worksheet, styles: &Styles, parts: &[Part]) -> Result<(), XlsxError> {
    page(sheet, "Who keeps a dollar", &[22.0, 28.0, 10.0])?;
    let names = [
        "Months", "Who", "Kind", "Mean", "5 %", "25 %", "Median", "75 %", "95 %",
    ];
    heads(sheet, styles, 0, &names)?;
    for (row, p) in (1..).zip(parts) {
        for (column, text) in (0..).zip([&p.months, &p.who, &p.kind]) {
            sheet.write_with_format(row, column, text, &styles.text)?;
        }
        for (column, share) in (3..).zip([p.mean, p.p05, p.p25, p.p50, p.p75, p.p95]) {
            sheet.write_number_with_format(row, column, share, &styles.share)?;
        }
    }
    sheet.set_freeze_panes(1, 2)?;
    sheet.autofilter(0, 0, last(parts.len()), 8)?;
    Ok(())
}

fn months(sheet: &mut Worksheet, styles: &Styles, run: &Run<'_>) -> Result<(), XlsxError> {
    page(sheet, "AI revenue by month", &[12.0])?;
    let mut names = vec!["USD billion".to_owned()];
    for cloud in &run.scenario.cloud {
        let title = &cloud.title.text;
        names.extend([
            format!("{title}: median"),
            format!("{title}: 5 %"),
            format!("{title}: 95 %"),
        ]);
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    heads(sheet, styles, 0, &names)?;
    for (row, month) in (1..).zip(run.months) {
        sheet.write_with_format(row, 0, month, &styles.text)?;
    }
    let mut chart = Chart::new(ChartType::Line);
    chart
        .title()
        .set_name("AI revenue by cloud: median of replications");
    chart.y_axis().set_name("USD billion a month");
    chart.x_axis().set_label_interval(6);
    chart.set_width(900).set_height(420);
    let end = last(run.months.len());
    for (number, cloud) in (0..).zip(&run.scenario.cloud) {
        let values = look_at(run.look, CloudRow::ai_revenue_usd, &cloud.name.text);
        let first: Column = 1 + 3 * number;
        for (row, s) in (1..).zip(&values) {
            for (part, quantile) in (0..).zip([2, 0, 4]) {
                let value = s.quantiles[quantile] * 1e-9;
                sheet.write_number_with_format(row, first + part, value, &styles.number)?;
            }
        }
        chart
            .add_series()
            .set_name(&cloud.title.text)
            .set_categories(("AI revenue by month", 1, 0, end, 0))
            .set_values(("AI revenue by month", 1, first, end, first));
    }
    sheet.set_freeze_panes(1, 1)?;
    sheet.insert_chart(end + 2, 1, &chart)?;
    Ok(())
}

fn assumptions(sheet: &mut Worksheet, styles: &Styles, stated: &[Stated]) -> Result<(), XlsxError> {
    page(sheet, "Assumptions", &[48.0, 44.0, 14.0, 12.0, 80.0, 34.0])?;
    let names = [
        "Number",
        "Value",
        "Unit",
        "Class",
        "Source or note",
        "File and line",
    ];
    heads(sheet, styles, 0, &names)?;
    for (row, s) in (1..).zip(stated) {
        let cells = [&s.path, &s.value, &s.unit, &s.class, &s.source, &s.place];
        for (column, text) in (0..).zip(cells) {
            sheet.write_with_format(row, column, text, &styles.text)?;
        }
        let widths = [(s.path.as_str(), 48.0), (&s.value, 44.0), (&s.source, 80.0)];
        fit(sheet, row, &widths)?;
    }
    sheet.set_freeze_panes(1, 1)?.set_repeat_rows(0, 0)?;
    sheet.autofilter(0, 0, last(stated.len()), 5)?;
    Ok(())
}

fn origin(
    sheet: &mut Worksheet,
    styles: &Styles,
    facts: &[(String, String)],
) -> Result<(), XlsxError> {
    page(sheet, "Where it comes from", &[28.0, 110.0])?;
    for (row, (term, text)) in (0..).zip(facts) {
        sheet.write_with_format(row, 0, term, &styles.bold)?;
        sheet.write_with_format(row, 1, text, &styles.text)?;
        fit(sheet, row, &[(text, 110.0)])?;
    }
    Ok(())
}

fn table(sheet: &mut Worksheet, styles: &Styles, frame: &Frame) -> Result<(), XlsxError> {
    page(sheet, &capital(&frame.name), &[])?;
    for (column, (name, cells)) in (0..).zip(&frame.columns) {
        sheet.write_with_format(0, column, name, &styles.head)?;
        let width = if matches!(cells, Cells::Text(_) | Cells::Words(..)) {
            34
        } else {
            15
        };
        sheet.set_column_width(column, width)?;
        match cells {
            Cells::Text(_) | Cells::Words(..) => {
                for (row, at) in (1..).zip(0..frame.rows()) {
                    let text = cells.text(at).unwrap_or_default();
                    sheet.write_with_format(row, column, text, &styles.text)?;
                }
            }
            Cells::Whole(all) =>
            {
                #[expect(clippy::cast_precision_loss, reason = "counts")]
                for (row, number) in (1..).zip(all) {
                    sheet.write_number_with_format(row, column, *number as f64, &styles.any)?;
                }
            }
            Cells::Number(all) => {
                for (row, number) in (1..).zip(all) {
                    if number.is_finite() {
                        sheet.write_number_with_format(row, column, *number, &styles.any)?;
                    }
                }
            }
        }
    }
    sheet.set_freeze_panes(1, 0)?.set_repeat_rows(0, 0)?;
    let columns = Column::try_from(frame.columns.len()).unwrap_or(1);
    sheet.autofilter(0, 0, last(frame.rows()), columns.saturating_sub(1))?;
    Ok(())
}

/// The number of the last of `rows` rows below a heading.
fn last(rows: usize) -> Row {
    Row::try_from(rows).unwrap_or(1_000_000).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_tables_give_the_same_bytes() {
        let frame = Frame {
            name: "points: a/b".to_owned(),
            columns: vec![
                ("name".to_owned(), Cells::Text(vec!["=1+1".to_owned()])),
                ("n".to_owned(), Cells::Number(vec![f64::NAN])),
            ],
        };
        let book = || of_experiment("A sweep", &[], std::slice::from_ref(&frame), &[]);
        let first = book().expect("a workbook");
        std::thread::sleep(std::time::Duration::from_millis(1_100));
        assert_eq!(first, book().expect("a workbook"));
        assert!(first.starts_with(b"PK"));
    }
}
