//! Faults of scenario text, each with its place and remedy.

use std::fmt::Write as _;

use super::source::Place;

/// A fault in a text of the user's.
#[derive(Clone, Debug)]
pub struct Fault {
    message: String,
    place: Option<Place>,
    related: Vec<(String, Place)>,
    help: Option<String>,
}

impl Fault {
    /// A fault at a place.
    #[must_use]
    pub fn new(message: impl Into<String>, place: Place) -> Self {
        Self {
            message: message.into(),
            place: Some(place),
            related: Vec::new(),
            help: None,
        }
    }

    /// A fault without a place, such as a missing file.
    #[must_use]
    pub fn nowhere(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            place: None,
            related: Vec::new(),
            help: None,
        }
    }

    /// Adds the remedy.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a related place with a note.
    #[must_use]
    pub fn also(mut self, note: impl Into<String>, place: Place) -> Self {
        self.related.push((note.into(), place));
        self
    }

    /// The message, without the place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The fault as text for the user: message, place, line, caret, remedy.
    #[must_use]
    pub fn render(&self) -> String {
        let mut out = format!("error: {}\n", self.message);
        if let Some(place) = &self.place {
            show(place, "", &mut out);
        }
        for (note, place) in &self.related {
            show(place, note, &mut out);
        }
        if let Some(help) = &self.help {
            let _ = writeln!(out, "  = help: {help}");
        }
        out
    }
}

fn show(place: &Place, note: &str, out: &mut String) {
    let (line, column) = place.line_column();
    let text = place.source.text.lines().nth(line - 1).unwrap_or("");
    let width = line.to_string().len();
    let length = place
        .source
        .text
        .get(place.range.clone())
        .map_or(1, |span| {
            span.lines().next().map_or(1, |first| first.chars().count())
        });
    let room = text.chars().count().saturating_sub(column - 1).max(1);
    // Keep tabs, so that the caret is aligned with its target.
    let lead: String = text
        .chars()
        .take(column - 1)
        .map(|c| if c == '\t' { '\t' } else { ' ' })
        .collect();
    let carets = "^".repeat(length.clamp(1, room));
    let gap = if note.is_empty() { "" } else { " " };
    let _ = writeln!(out, "{:width$}--> {place}", "");
    let _ = writeln!(out, "{:width$} |", "");
    let _ = writeln!(out, "{line} | {text}");
    let _ = writeln!(out, "{:width$} | {lead}{carets}{gap}{note}", "");
}

/// The faults found in one pass.
#[derive(Clone, Debug)]
pub struct Faults(pub Vec<Fault>);

impl Faults {
    /// The faults as text for the user, with the outcome after their count.
    #[must_use]
    pub fn told(&self, outcome: &str) -> String {
        let mut out = String::new();
        for fault in &self.0 {
            let _ = writeln!(out, "{}", fault.render());
        }
        let plural = if self.0.len() == 1 { "" } else { "s" };
        let _ = write!(out, "{} fault{plural}; {outcome}", self.0.len());
        out
    }
}

impl std::fmt::Display for Faults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.told("nothing was run and nothing was written"))
    }
}

impl std::error::Error for Faults {}

/// The candidate nearest to `word`, if one is near enough to be a misspelling of it.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (edit_distance(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= (word.len().max(candidate.len()) / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// A remedy for an unknown word: the nearest candidate, or all candidates.
#[must_use]
pub fn suggestion<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str> + Clone) -> String {
    if let Some(near) = nearest(word, candidates.clone()) {
        format!("did you mean `{near}`?")
    } else {
        let all: Vec<String> = candidates
            .into_iter()
            .map(|name| format!("`{name}`"))
            .collect();
        if all.is_empty() {
            "none is defined".to_owned()
        } else {
            format!("expected one of {}", all.join(", "))
        }
    }
}

/// The number of edits (insert, delete, replace, swap of neighbours) that turn one word into another.
fn edit_distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in table.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in table[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let replace = table[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replace.min(table[i - 1][j] + 1).min(table[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(table[i - 2][j - 2] + 1);
            }
            table[i][j] = best;
        }
    }
    table[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_and_a_far_one_is_not() {
        assert_eq!(nearest("azuer", ["aws", "azure", "google"]), Some("azure"));
        assert_eq!(nearest("zebra", ["aws", "azure"]), None);
    }
}
