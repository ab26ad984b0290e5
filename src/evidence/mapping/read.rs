//! Reading a mapping from CSV text, with the place and remedy of each fault.

use std::sync::Arc;

use super::{At, Bridge, How, Line, Mapping, Pattern};
use crate::market::rows::declared;
use crate::observations::columns_help;
use crate::scenario::fault::{Fault, Faults, suggestion};
use crate::scenario::source::{Place, Source};

/// Columns, in order.
const COLUMNS: [&str; 13] = [
    "label", "group", "entity", "metric", "unit", "table", "of", "measure", "how", "at", "scale",
    "bridge", "note",
];

/// A file of a mapping that is being read.
struct Reading {
    source: Arc<Source>,
    faults: Vec<Fault>,
}

impl Reading {
    fn new(name: &str, text: &str) -> Self {
        Self {
            source: Arc::new(Source {
                name: name.to_owned(),
                text: text.to_owned(),
            }),
            faults: Vec::new(),
        }
    }

    /// Adds a fault in the line that starts at a byte.
    fn fault(&mut self, start: usize, message: String, help: impl Into<String>) {
        let rest = self.source.text.get(start..).unwrap_or_default();
        let length = rest.find('\n').unwrap_or(rest.len()).max(1);
        let place = Place {
            source: Arc::clone(&self.source),
            range: start..start + length,
        };
        self.faults.push(Fault::new(message, place).help(help));
    }

    /// The value of a word from a closed list.
    fn word<T: Copy>(
        &mut self,
        start: usize,
        (column, word): (&str, &str),
        words: &'static [&'static str],
        values: &[T],
    ) -> Option<T> {
        let place = words.iter().position(|other| *other == word);
        let value = place.map(|place| values[place]);
        if value.is_none() {
            let help = suggestion(word, words.iter().copied());
            self.fault(start, format!("`{column}` is `{word}`"), help);
        }
        value
    }

    fn pattern(&mut self, start: usize, column: &str, text: &str) -> Option<Pattern> {
        let pattern = Pattern::parse(text);
        if pattern.is_none() {
            let message = format!("`{column}` is `{text}`, with an empty name");
            self.fault(
                start,
                message,
                "write names separated by `|`; `*` stands for any text",
            );
        }
        pattern
    }

    fn scale(&mut self, start: usize, text: &str) -> Option<f64> {
        let scale = text
            .parse()
            .ok()
            .filter(|x: &f64| x.is_finite() && *x > 0.0);
        if scale.is_none() {
            let message = format!("`scale` is `{text}`");
            let help = "write the positive number of the observation's units in one unit of the model, such as 1e-9";
            self.fault(start, message, help);
        }
        scale
    }

    fn line(&mut self, record: &csv::StringRecord) -> Option<Line> {
        let start = start_of(record);
        if record.len() != COLUMNS.len() {
            let message = format!(
                "the line has {} fields, the header {}",
                record.len(),
                COLUMNS.len()
            );
            self.fault(start, message, "put fields that contain commas in quotes");
            return None;
        }
        let field = |index: usize| record[index].trim().to_owned();
        for (index, column) in COLUMNS.iter().enumerate().take(8) {
            if field(index).is_empty() {
                self.fault(start, format!("`{column}` is empty"), "state it");
            }
        }
        let plus = |text: String| text.split('+').map(|part| part.trim().to_owned()).collect();
        let entity = self.pattern(start, "entity", &field(2));
        let metric = self.pattern(start, "metric", &field(3));
        let how = self.word(start, ("how", &field(8)), How::WORDS, How::ALL);
        let at = self.word(start, ("at", &field(9)), At::WORDS, At::ALL);
        let scale = self.scale(start, &field(10));
        let bridge = self.word(start, ("bridge", &field(11)), Bridge::WORDS, Bridge::ALL);
        if how == Some(How::Growth) && bridge == Some(Bridge::Ratio) {
            let message = "a growth has a bridge".to_owned();
            self.fault(start, message, "write none: a ratio cancels in a growth");
        }
        Some(Line {
            label: field(0),
            group: field(1),
            entity: entity?,
            metric: metric?,
            unit: field(4),
            table: field(5),
            of: plus(field(6)),
            measures: plus(field(7)),
            how: how?,
            at: at?,
            scale: scale?,
            bridge: bridge?,
            note: field(12),
        })
    }

    /// Lines of one label are of one group and one kind, because they share their history.
    fn agree(&mut self, lines: &[Line], starts: &[usize]) {
        for (index, line) in lines.iter().enumerate() {
            let first = lines.iter().find(|other| other.label == line.label);
            let Some(first) = first else { continue };
            let is_same = first.group == line.group
                && first.how == line.how
                && first.bridge == line.bridge
                && first.reads_as(line);
            if !is_same {
                let message = format!("another line of the label `{}` differs", line.label);
                self.fault(
                    starts[index],
                    message,
                    "give it the same group, measure, how and bridge, or another label",
                );
            }
        }
    }
}

/// The byte at which a record starts.
fn start_of(record: &csv::StringRecord) -> usize {
    record
        .position()
        .map_or(0, |at| usize::try_from(at.byte()).unwrap_or(0))
}

/// Reads a mapping without looking for its measures in the model.
pub(super) fn read(name: &str, text: &str) -> Result<Mapping, Faults> {
    let mut reading = Reading::new(name, text);
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text.as_bytes());
    let header: Vec<String> = reader.headers().map_or_else(
        |_| Vec::new(),
        |header| header.iter().map(|name| name.trim().to_owned()).collect(),
    );
    if header != COLUMNS {
        let has = |column: &&str| header.iter().any(|name| name == column);
        let missing: Vec<&str> = COLUMNS.into_iter().filter(|name| !has(name)).collect();
        let message = if missing.is_empty() {
            "the columns are not those of a mapping, in their order".to_owned()
        } else {
            format!("the file has no column `{}`", missing.join("`, `"))
        };
        let help = columns_help(header.iter().map(String::as_str), COLUMNS);
        reading.fault(0, message, help + ", in this order");
        return Err(Faults(reading.faults));
    }
    let (mut lines, mut starts) = (Vec::new(), Vec::new());
    for record in reader.records() {
        match record {
            Ok(record) => {
                if let Some(line) = reading.line(&record) {
                    lines.push(line);
                    starts.push(start_of(&record));
                }
            }
            Err(error) => {
                reading.fault(0, format!("not CSV: {error}"), "save it as UTF-8 text");
                break;
            }
        }
    }
    reading.agree(&lines, &starts);
    if reading.faults.is_empty() {
        Ok(Mapping { lines })
    } else {
        Err(Faults(reading.faults))
    }
}

/// Checks that the model has the measures of a mapping.
pub(super) fn check_measures(name: &str, text: &str, mapping: &Mapping) -> Result<(), Faults> {
    let mut reading = Reading::new(name, text);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let starts: Vec<usize> = reader.records().flatten().map(|r| start_of(&r)).collect();
    let tables = declared();
    for (line, start) in mapping.lines.iter().zip(starts) {
        let table = tables.iter().find(|(table, ..)| *table == line.table);
        let Some((_, _, measures)) = table else {
            let message = format!("the model has no table `{}`", line.table);
            let names = tables.iter().map(|(name, ..)| *name);
            reading.fault(start, message, suggestion(&line.table, names));
            continue;
        };
        for part in &line.measures {
            // The market has further measures that a scenario adds: price indices by task and tier.
            let is_there = measures.iter().any(|measure| measure.name == part)
                || (line.table == "market" && part.starts_with("price_index"));
            if !is_there {
                let message = format!("the table `{}` has no measure `{part}`", line.table);
                let names = measures.iter().map(|measure| measure.name);
                reading.fault(start, message, suggestion(part, names));
            }
        }
    }
    if reading.faults.is_empty() {
        Ok(())
    } else {
        Err(Faults(reading.faults))
    }
}

/// Checks that a run, or else the built-in mapping, has the entities of a mapping.
pub(super) fn check_entities(
    (name, text): (&str, &str),
    mapping: &Mapping,
    entities: &dyn Fn(&str) -> Vec<String>,
) -> Result<(), Faults> {
    let mut reading = Reading::new(name, text);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let starts: Vec<usize> = reader.records().flatten().map(|r| start_of(&r)).collect();
    for (line, start) in mapping.lines.iter().zip(starts) {
        let built_in = Mapping::built_in().lines.iter();
        let mut known: Vec<String> = built_in
            .filter(|other| other.table == line.table)
            .flat_map(|other| other.of.clone())
            .chain(entities(&line.table))
            .collect();
        known.sort_unstable();
        known.dedup();
        for entity in line.of.iter().filter(|entity| !known.contains(entity)) {
            let message = format!("the table `{}` has no entity `{entity}`", line.table);
            let help = suggestion(entity, known.iter().map(String::as_str));
            reading.fault(start, message, help);
        }
    }
    if reading.faults.is_empty() {
        Ok(())
    } else {
        Err(Faults(reading.faults))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str =
        "label,group,entity,metric,unit,table,of,measure,how,at,scale,bridge,note\n";

    #[test]
    fn wrong_lines_are_located_with_a_remedy() {
        for (line, what, help) in [
            (
                "a,g,E,m,u,labs,openai,cash_usd,levels,end,1,none,",
                "`how` is `levels`",
                "`level`",
            ),
            (
                "a,g,E,m,u,labs,openai,cash_usd,level,end,-1,none,",
                "`scale` is `-1`",
                "positive",
            ),
            (
                "a,g,E|,m,u,labs,openai,cash_usd,level,end,1,none,",
                "empty name",
                "`|`",
            ),
            (
                "a,g,E,m,u,labs,openai,cash_usd,level,end,1,none",
                "12 fields",
                "quotes",
            ),
            (
                "a,g,E,m,u,lab,openai,cash_usd,level,end,1,none,",
                "no table `lab`",
                "`labs`",
            ),
            (
                "a,g,E,m,u,labs,openai,cash_us,level,end,1,none,",
                "no measure `cash_us`",
                "`cash_usd`",
            ),
        ] {
            let text =
                format!("{HEADER}b,g,E,m,u,labs,openai,cash_usd,level,end,1,none,\n{line}\n");
            let shown = Mapping::read("m.csv", &text)
                .expect_err("a fault")
                .to_string();
            let is_told =
                shown.contains(what) && shown.contains(help) && shown.contains("m.csv:3:1");
            assert!(is_told, "{shown}");
        }
        let shown = Mapping::read("m.csv", "entity,metric\n").expect_err("a fault");
        let shown = shown.to_string();
        let is_told = shown.contains("no column `label`, `group`, `unit`")
            && shown.contains("the file has `entity`, `metric`; it needs `label`");
        assert!(is_told && shown.contains("m.csv:1:1"), "{shown}");
    }

    #[test]
    fn an_entity_that_no_run_has_is_located_with_the_nearest_name() {
        let text = format!(
            "{HEADER}a,g,E,m,u,labs,openai+mine,cash_usd,level,end,1,none,\n\
             b,g,E,n,u,labs,opnai,cash_usd,level,end,1,none,\n"
        );
        let mapping = Mapping::read("m.csv", &text).expect("a mapping");
        let check = |own: &[&str]| {
            let own: Vec<String> = own.iter().map(ToString::to_string).collect();
            mapping.check_entities(("m.csv", &text), |_| own.clone())
        };
        let shown = check(&["mine"]).expect_err("a fault").to_string();
        for part in [
            "no entity `opnai`",
            "m.csv:3:1",
            "did you mean `openai`?",
            "1 fault",
        ] {
            assert!(shown.contains(part), "{part}\n{shown}");
        }
        assert!(check(&["mine", "opnai"]).is_ok());
    }

    #[test]
    fn lines_of_one_label_agree() {
        let text = format!(
            "{HEADER}a,g,E,m,u,labs,openai,cash_usd,level,end,1,none,\na,g,F,m,v,labs,openai,cash_usd,flow,end,1,none,\n"
        );
        let shown = Mapping::read("m.csv", &text)
            .expect_err("a fault")
            .to_string();
        assert!(
            shown.contains("another line of the label `a` differs"),
            "{shown}"
        );
    }
}
