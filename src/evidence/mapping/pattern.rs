//! Patterns of names: alternatives separated by `|`, in which `*` stands for any text.

/// Alternatives, one of which a name has to match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// The pattern as written.
    pub text: String,
}

impl Pattern {
    /// The pattern of a text; `None` if it has no alternative or an empty one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_whole = text.split('|').all(|part| !part.trim().is_empty());
        is_whole.then(|| Self {
            text: text.to_owned(),
        })
    }

    /// The alternatives without a star.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.text
            .split('|')
            .map(str::trim)
            .filter(|part| !part.contains('*'))
    }

    /// Returns true if a name matches one of the alternatives.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        self.text
            .split('|')
            .any(|part| is_match(part.trim(), name.trim()))
    }
}

/// Returns true if a name is the pieces between the stars, in order, with any text at each star.
fn is_match(pattern: &str, name: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else {
        return rest.is_empty();
    };
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_text_and_bars_separate_alternatives() {
        let of = |text: &str| Pattern::parse(text).expect("a pattern");
        let models = of("OpenAI gpt-4o|OpenAI gpt-5.*");
        for (name, is_one) in [
            ("OpenAI gpt-4o", true),
            ("OpenAI gpt-4o-mini", false),
            ("OpenAI gpt-5.2", true),
            ("OpenAI gpt-5", false),
        ] {
            assert_eq!(models.matches(name), is_one, "{name}");
        }
        assert!(of("*").matches("") && of("*").matches("anything"));
        assert!(of("H100*year*Semi*").matches("H100 one year, SemiAnalysis"));
        assert!(!of("*abc").matches("ab") && !of("ab*ba").matches("aba"));
        assert!(of("ab*ba").matches("abba"));
        assert_eq!(Pattern::parse("a||b"), None);
        assert_eq!(Pattern::parse(""), None);
    }
}
