//! Widths of texts, and texts cut or wrapped to a width.

use std::sync::OnceLock;

use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, MetadataProvider};

pub(super) const REGULAR: &[u8] = include_bytes!("../../../../assets/Roboto-Regular.ttf");
pub(super) const BOLD: &[u8] = include_bytes!("../../../../assets/Roboto-Bold.ttf");

/// The width of a text in pixels, for a size in pixels, in the bold face, which is the wider one.
#[must_use]
pub fn width(words: &str, size: i32) -> i32 {
    static FACE: OnceLock<FontRef<'static>> = OnceLock::new();
    let face = FACE.get_or_init(|| FontRef::new(BOLD).expect("the built-in typeface is valid"));
    #[expect(clippy::cast_precision_loss, reason = "sizes of letters")]
    let size = size as f32;
    let metrics: GlyphMetrics<'_> = face.glyph_metrics(Size::new(size), LocationRef::default());
    let letters = face.charmap();
    let advance = |letter: char| {
        let glyph = letters.map(letter).unwrap_or_default();
        metrics.advance_width(glyph).unwrap_or(size)
    };
    super::pixels(f64::from(words.chars().map(advance).sum::<f32>()))
}

/// The text, cut with an ellipsis if it is wider than `room` pixels.
#[must_use]
pub fn fitted(words: &str, size: i32, room: i32) -> String {
    if width(words, size) <= room {
        return words.to_owned();
    }
    let mut kept: String = words.to_owned();
    while kept.pop().is_some() {
        let cut = format!("{}\u{2026}", kept.trim_end());
        if width(&cut, size) <= room {
            return cut;
        }
    }
    String::new()
}

/// The text in at most `lines` lines of `room` pixels; the last line is cut if necessary.
#[must_use]
pub fn wrapped(words: &str, size: i32, room: i32, lines: usize) -> Vec<String> {
    let mut done: Vec<String> = Vec::new();
    let mut line = String::new();
    let mut rest = words.split_whitespace().peekable();
    while let Some(word) = rest.peek() {
        let longer = if line.is_empty() {
            (*word).to_owned()
        } else {
            format!("{line} {word}")
        };
        if width(&longer, size) <= room || line.is_empty() {
            line = longer;
            rest.next();
        } else if done.len() + 1 < lines {
            done.push(fitted(&line, size, room));
            line = String::new();
        } else {
            let all: Vec<&str> = rest.collect();
            done.push(fitted(&format!("{line} {}", all.join(" ")), size, room));
            return done;
        }
    }
    done.push(fitted(&line, size, room));
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_to_their_room() {
        let long = "a long name that no chart has room for";
        let cut = fitted(long, 14, 120);
        assert!(cut.ends_with('\u{2026}') && width(&cut, 14) <= 120 && width(&cut, 14) > 90);
        assert_eq!(fitted("short", 14, 120), "short");
        let lines = wrapped(long, 14, 120, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| width(line, 14) <= 120));
        assert!(wrapped(long, 14, 1_000, 2) == [long]);
    }
}
