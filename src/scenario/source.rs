//! Sources: pieces of scenario text, and places in them.

use std::ops::Range;
use std::sync::Arc;

/// A piece of scenario text: a file, the embedded baseline, or an edit from the command line.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// The name in messages, usually a path.
    pub name: String,
    /// The text.
    pub text: String,
}

/// A place in a source.
#[derive(Clone, Debug)]
pub struct Place {
    /// The source.
    pub source: Arc<Source>,
    /// The byte range in its text.
    pub range: Range<usize>,
}

impl Place {
    /// Line and column, both from one; the column counts characters.
    #[must_use]
    pub fn line_column(&self) -> (usize, usize) {
        let before = &self.source.text[..self.range.start.min(self.source.text.len())];
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .map_or(0, |tail| tail.chars().count())
            + 1;
        (line, column)
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (line, column) = self.line_column();
        write!(f, "{}:{line}:{column}", self.source.name)
    }
}
