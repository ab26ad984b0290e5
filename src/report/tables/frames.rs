//! Tables as Parquet or CSV.

use polars::prelude::{Column, CsvWriter, DataFrame, ParquetCompression, ParquetWriter, SerWriter};

use crate::base::ids::Id;
use crate::economics::capacity::Constraint;
use crate::ensemble::Details;
use crate::ledger::Origin;
use crate::panel::{FlowLine, Table};
use crate::report::{Format, Report};

/// The cells of a column.
#[derive(Clone, Debug)]
pub enum Cells {
    /// Text.
    Text(Vec<String>),
    /// Few texts that repeat: the texts, and by row the place of its text.
    Words(Vec<String>, Vec<u32>),
    /// Whole numbers.
    Whole(Vec<i64>),
    /// Numbers.
    Number(Vec<f64>),
}

impl Cells {
    /// Returns the text of a row; `None` in a column of numbers.
    #[must_use]
    pub fn text(&self, row: usize) -> Option<&str> {
        match self {
            Self::Text(cells) => Some(&cells[row]),
            Self::Words(words, places) => Some(&words[places[row] as usize]),
            Self::Whole(_) | Self::Number(_) => None,
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Text(cells) => cells.len(),
            Self::Words(_, places) => places.len(),
            Self::Whole(cells) => cells.len(),
            Self::Number(cells) => cells.len(),
        }
    }
}

/// A table, column by column.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Name of the table.
    pub name: String,
    /// Columns by name.
    pub columns: Vec<(String, Cells)>,
}

impl Frame {
    /// A table of that name with these columns.
    #[must_use]
    pub fn new(name: &str, columns: Vec<(impl Into<String>, Cells)>) -> Self {
        let columns = columns.into_iter();
        Self {
            name: name.to_owned(),
            columns: columns.map(|(name, cells)| (name.into(), cells)).collect(),
        }
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |(_, cells)| cells.len())
    }
}

/// The `replication` of rows that are means over all replications.
pub const MEAN: i64 = -1;

/// All tables of a run.
#[must_use]
pub fn tables(report: &Report<'_>) -> Vec<Frame> {
    let months: Vec<String> = (0..report.calendar.months())
        .map(|month| report.calendar.month_name(month))
        .collect();
    let ensemble = report.ensemble;
    let mut frames = Vec::new();
    if let Some(first) = ensemble.tables.first() {
        for (index, table) in first
            .iter()
            .enumerate()
            .filter(|(_, table)| table.name != "switching")
        {
            let all: Vec<&Table> = ensemble
                .tables
                .iter()
                .map(|tables| &tables[index])
                .collect();
            frames.push(monthly(table, &all, &months));
        }
    }
    let mut details: Vec<(i64, &Details)> = (0..).zip(&ensemble.details).collect();
    if let Some(mean) = &ensemble.mean {
        details.push((MEAN, mean));
    }
    frames.push(switching(&details, &months));
    frames.push(flows(&details, &months, &ensemble.accounts));
    frames.push(events(report));
    frames
}

fn monthly(shape: &Table, all: &[&Table], months: &[String]) -> Frame {
    let rows = all.len() * months.len() * shape.entities.len();
    let (mut replication, mut month_places, mut entity_places) = (
        Vec::with_capacity(rows),
        Vec::with_capacity(rows),
        Vec::with_capacity(rows),
    );
    for (number, _) in (0..).zip(all) {
        for (month, _) in (0..).zip(months) {
            for (entity, _) in (0..).zip(&shape.entities) {
                replication.push(number);
                month_places.push(month);
                entity_places.push(entity);
            }
        }
    }
    let month_cells = Cells::Words(months.to_vec(), month_places);
    let entities = Cells::Words(shape.entities.clone(), entity_places);
    let mut columns = vec![
        ("replication".to_owned(), Cells::Whole(replication)),
        ("month".to_owned(), month_cells),
        (shape.entity.to_owned(), entities),
    ];
    let width = shape.measures.len();
    for (index, measure) in shape.measures.iter().enumerate() {
        let values: Vec<f64> = all
            .iter()
            .flat_map(|table| table.values.iter().skip(index).step_by(width).copied())
            .collect();
        let cells = if measure.unit == "code" {
            Cells::Text(
                values
                    .into_iter()
                    .map(|code| constraint_name(code).to_owned())
                    .collect(),
            )
        } else {
            Cells::Number(values)
        };
        columns.push((measure.name.clone(), cells));
    }
    Frame {
        name: shape.name.to_owned(),
        columns,
    }
}

/// The constraint that a code stands for.
#[must_use]
pub fn constraint_name(code: f64) -> &'static str {
    Constraint::ALL
        .iter()
        .find(|constraint| (f64::from(**constraint as u8) - code).abs() < 0.5)
        .map_or("", |c| c.name())
}

fn switching(details: &[(i64, &Details)], months: &[String]) -> Frame {
    let names = ["segment", "home_cloud", "move", "cause"];
    let (mut replication, mut month_cells) = (Vec::new(), Vec::new());
    let mut parts: [Vec<String>; 4] = std::array::from_fn(|_| Vec::new());
    let mut values: Vec<Vec<f64>> = Vec::new();
    let mut measures: Vec<String> = Vec::new();
    for (number, details) in details {
        let table = &details.switching;
        measures = table
            .measures
            .iter()
            .map(|measure| measure.name.clone())
            .collect();
        values.resize(measures.len(), Vec::new());
        for month in months {
            for entity in &table.entities {
                replication.push(*number);
                month_cells.push(month.clone());
                for (part, column) in entity.split('|').zip(&mut parts) {
                    column.push(part.to_owned());
                }
            }
        }
        for (index, column) in values.iter_mut().enumerate() {
            column.extend(table.values.iter().skip(index).step_by(measures.len()));
        }
    }
    let mut columns = vec![
        ("replication".to_owned(), Cells::Whole(replication)),
        ("month".to_owned(), Cells::Text(month_cells)),
    ];
    columns.extend(
        names
            .iter()
            .map(|name| (*name).to_owned())
            .zip(parts.into_iter().map(Cells::Text)),
    );
    columns.extend(
        measures
            .into_iter()
            .zip(values.into_iter().map(Cells::Number)),
    );
    Frame {
        name: "switching".to_owned(),
        columns,
    }
}

fn flows(details: &[(i64, &Details)], months: &[String], accounts: &[String]) -> Frame {
    let name = |account: crate::base::ids::AccountId| accounts[account.index()].clone();
    let origin = |origin: Origin| match origin {
        Origin::Customers => "customers".to_owned(),
        Origin::Consumers => "consumers".to_owned(),
        Origin::Equity(holder) | Origin::VendorCredit(holder) => name(holder),
        Origin::Debt => "debt".to_owned(),
        Origin::BalanceSheet => "balance_sheet".to_owned(),
    };
    let lines: Vec<(i64, &FlowLine, f64)> = details
        .iter()
        .flat_map(|(number, details)| {
            details
                .flows
                .iter()
                .map(move |(line, usd)| (*number, line, *usd))
        })
        .collect();
    let text = |of: &dyn Fn(&FlowLine) -> String| {
        Cells::Text(lines.iter().map(|(_, line, _)| of(line)).collect())
    };
    Frame {
        name: "flows".to_owned(),
        columns: vec![
            (
                "replication".to_owned(),
                Cells::Whole(lines.iter().map(|(number, _, _)| *number).collect()),
            ),
            (
                "month".to_owned(),
                text(&|line| months[usize::from(line.month)].clone()),
            ),
            ("payer".to_owned(), text(&|line| name(line.payer))),
            ("payee".to_owned(), text(&|line| name(line.payee))),
            ("kind".to_owned(), text(&|line| line.kind.name().to_owned())),
            ("origin".to_owned(), text(&|line| origin(line.origin))),
            (
                "usd".to_owned(),
                Cells::Number(lines.iter().map(|(_, _, usd)| *usd).collect()),
            ),
        ],
    }
}

fn events(report: &Report<'_>) -> Frame {
    let lines: Vec<(i64, &crate::panel::EventLine)> = (0..)
        .zip(&report.ensemble.events)
        .flat_map(|(number, lines)| lines.iter().map(move |line| (number, line)))
        .collect();
    let whole = |of: &dyn Fn(&crate::panel::EventLine) -> i64| {
        Cells::Whole(lines.iter().map(|(_, line)| of(line)).collect())
    };
    let text = |of: &dyn Fn(&crate::panel::EventLine) -> String| {
        Cells::Text(lines.iter().map(|(_, line)| of(line)).collect())
    };
    let number = |id: u64| i64::try_from(id).expect("runs have far fewer events");
    Frame {
        name: "events".to_owned(),
        columns: vec![
            (
                "replication".to_owned(),
                Cells::Whole(lines.iter().map(|(number, _)| *number).collect()),
            ),
            ("event".to_owned(), whole(&|line| number(line.id.number()))),
            (
                "cause".to_owned(),
                whole(&|line| number(line.cause.number())),
            ),
            (
                "date".to_owned(),
                text(&|line| report.calendar.date_of(line.time).to_string()),
            ),
            (
                "day".to_owned(),
                Cells::Number(lines.iter().map(|(_, line)| line.time.days()).collect()),
            ),
            ("kind".to_owned(), text(&|line| line.kind.to_owned())),
            ("subject".to_owned(), text(&|line| line.subject.clone())),
            (
                "value".to_owned(),
                Cells::Number(lines.iter().map(|(_, line)| line.value).collect()),
            ),
        ],
    }
}

/// The bytes of a table in a format, and the file extension.
///
/// # Errors
/// The message of polars.
pub fn encode(frame: &Frame, format: Format) -> Result<(&'static str, Vec<u8>), String> {
    let columns: Vec<Column> = frame
        .columns
        .iter()
        .map(|(name, cells)| match cells {
            Cells::Text(cells) => Column::new(name.into(), cells),
            Cells::Words(words, places) => {
                let cells = places.iter().map(|place| words[*place as usize].as_str());
                Column::new(name.into(), cells.collect::<Vec<&str>>())
            }
            Cells::Whole(cells) => Column::new(name.into(), cells),
            Cells::Number(cells) => Column::new(name.into(), cells),
        })
        .collect();
    let mut table = DataFrame::new(frame.rows(), columns).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    match format {
        Format::Parquet => {
            ParquetWriter::new(&mut bytes)
                .with_compression(ParquetCompression::Zstd(None))
                .set_parallel(false)
                .finish(&mut table)
                .map_err(|error| error.to_string())?;
            Ok(("parquet", bytes))
        }
        Format::Csv => {
            CsvWriter::new(&mut bytes)
                .n_threads(1)
                .finish(&mut table)
                .map_err(|error| error.to_string())?;
            Ok(("csv", bytes))
        }
    }
}
