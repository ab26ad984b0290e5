//! Charts of rows: bars with intervals, tornados and waterfalls.

use std::fmt::Write as _;

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::{Area, Drawn, INK, SOFT, colour, fill, pixels, plain, rule, text, write};
use crate::report::charts::{BAD, Bar, FIRST, Numbers, Step, Swing};

const ROW: i32 = 38;
const TOP: i32 = 8;
/// Width for numbers beside the bars, pixels.
const NUMBER: i32 = 130;

pub(super) fn height(rows: i32) -> i32 {
    TOP + rows.saturating_mul(ROW).max(120) + 20
}

/// The layout of rows: the end of the names, and the place of values.
struct Rows {
    names: i32,
    from: i32,
    to: i32,
    low: f64,
    high: f64,
}

impl Rows {
    /// A layout for values between `low` and `high`, with `before` empty pixels to the left of the lowest.
    fn new(area: &Area<'_>, labels: &[&str], (low, high): (f64, f64), before: i32) -> Self {
        let (wide, _) = area.dim_in_pixel();
        let wide = i32::try_from(wide).unwrap_or(1_000);
        let longest = labels.iter().map(|label| text::width(label, 14)).max();
        let names = (longest.unwrap_or(100) + 24).clamp(120, wide * 9 / 20);
        Self {
            names,
            from: names + 12 + before,
            to: wide - NUMBER,
            low,
            high: if high > low { high } else { low + 1.0 },
        }
    }

    fn at(&self, value: f64) -> i32 {
        let part = (value.clamp(self.low, self.high) - self.low) / (self.high - self.low);
        self.from + pixels(part * f64::from(self.to - self.from))
    }

    /// Writes the name of a row. Returns the height of its middle.
    fn name(&self, area: &Area<'_>, row: i32, label: &str) -> Result<i32, String> {
        let middle = TOP + ROW * row + ROW / 2;
        let lines = text::wrapped(label, 14, self.names - 14, 2);
        let first = middle - 8 * (i32::try_from(lines.len()).unwrap_or(1) - 1);
        for (line, words) in (0..).zip(&lines) {
            let at = (self.names, first + 16 * line);
            write(area, words, at, &plain(14, INK), HPos::Right)?;
        }
        Ok(middle)
    }

    /// Draws a vertical line at a value.
    fn mark(&self, area: &Area<'_>, value: f64, rows: usize) -> Drawn {
        let x = self.at(value);
        let bottom = TOP + ROW * i32::try_from(rows).unwrap_or(1);
        rule(area, (x, TOP), (x, bottom), INK.stroke_width(1))
    }
}

const HALF: i32 = 10;

/// Draws bars from zero, each with its interval, and its value beside it.
pub(super) fn bars(area: &Area<'_>, numbers: Numbers, bars: &[Bar]) -> Drawn {
    let ends = bars
        .iter()
        .flat_map(|bar| [bar.value, bar.interval.0, bar.interval.1]);
    let ends = ends.filter(|end| end.is_finite());
    let range = ends.fold((0.0_f64, 0.0_f64), |(l, h), end| (l.min(end), h.max(end)));
    let labels: Vec<&str> = bars.iter().map(|bar| bar.label.as_str()).collect();
    let rows = Rows::new(area, &labels, range, 0);
    for (row, bar) in (0..).zip(bars) {
        let middle = rows.name(area, row, &bar.label)?;
        let (from, to) = (rows.at(bar.value.min(0.0)), rows.at(bar.value.max(0.0)));
        let style = colour(bar.colour).mix(0.75).filled();
        fill(area, (from, middle - HALF), (to, middle + HALF), style)?;
        let mut end = to;
        if bar.interval.0.is_finite() && bar.interval.1 > bar.interval.0 {
            let (a, b) = (rows.at(bar.interval.0), rows.at(bar.interval.1));
            rule(area, (a, middle), (b, middle), INK.stroke_width(2))?;
            end = end.max(b);
        }
        let value = numbers.text(bar.value);
        write(area, &value, (end + 8, middle), &plain(14, INK), HPos::Left)?;
    }
    rows.mark(area, 0.0, bars.len())
}

/// Draws the values at the low and the high end of each input around the centre, in two colours.
pub(super) fn tornado(area: &Area<'_>, numbers: Numbers, middle: f64, swings: &[Swing]) -> Drawn {
    let ends = swings.iter().flat_map(|swing| [swing.low, swing.high]);
    let range = ends.fold((middle, middle), |(l, h), end| (l.min(end), h.max(end)));
    let labels: Vec<&str> = swings.iter().map(|swing| swing.label.as_str()).collect();
    let rows = Rows::new(area, &labels, range, NUMBER - 30);
    let centre = rows.at(middle);
    for (row, swing) in (0..).zip(swings) {
        let y = rows.name(area, row, &swing.label)?;
        let mut ends = [(swing.low, FIRST), (swing.high, BAD)];
        // If both ends are on one side, the longer bar must not hide the shorter one.
        ends.sort_by(|a, b| (b.0 - middle).abs().total_cmp(&(a.0 - middle).abs()));
        for (value, place) in ends {
            let x = rows.at(value);
            let style = colour(place).mix(0.8).filled();
            fill(
                area,
                (x.min(centre), y - HALF),
                (x.max(centre), y + HALF),
                style,
            )?;
        }
        let (least, most) = (swing.low.min(swing.high), swing.low.max(swing.high));
        let left = rows.at(least.min(middle)) - 8;
        let right = rows.at(most.max(middle)) + 8;
        write(
            area,
            &numbers.text(least),
            (left, y),
            &plain(14, INK),
            HPos::Right,
        )?;
        write(
            area,
            &numbers.text(most),
            (right, y),
            &plain(14, INK),
            HPos::Left,
        )?;
    }
    rows.mark(area, middle, swings.len())?;
    let y = TOP + ROW * i32::try_from(swings.len()).unwrap_or(1) + ROW / 2;
    let note = format!("mean {}", numbers.text(middle));
    write(area, &note, (centre, y), &plain(14, SOFT), HPos::Center)?;
    for (x, words, place) in [(12, "input low", FIRST), (110, "input high", BAD)] {
        fill(area, (x, y - 7), (x + 14, y + 7), colour(place).filled())?;
        write(area, words, (x + 20, y), &plain(14, INK), HPos::Left)?;
    }
    Ok(())
}

/// Draws a whole, and the parts that are taken from it down to zero.
pub(super) fn waterfall(
    area: &Area<'_>,
    numbers: Numbers,
    (name, whole): &(String, f64),
    steps: &[Step],
) -> Drawn {
    let mut labels: Vec<&str> = steps.iter().map(|step| step.label.as_str()).collect();
    labels.push(name);
    let mut level = *whole;
    let mut least = 0.0_f64;
    for step in steps {
        level -= step.value;
        least = least.min(level);
    }
    let rows = Rows::new(area, &labels, (least, *whole), 0);
    let bar = |row: i32, label: &str, (from, to): (f64, f64), words: &str, style: RGBColor| {
        let middle = rows.name(area, row, label)?;
        let (a, b) = (rows.at(from.min(to)), rows.at(from.max(to)));
        fill(area, (a, middle - HALF), (b, middle + HALF), style.filled())?;
        write(area, words, (b + 8, middle), &plain(14, INK), HPos::Left)
    };
    let grey = RGBColor(110, 110, 110);
    bar(0, name, (0.0, *whole), &numbers.text(*whole), grey)?;
    let mut level = *whole;
    for (row, step) in (1..).zip(steps) {
        let next = level - step.value;
        let mut words = numbers.text(step.value);
        if let Some((low, high)) = step.interval {
            let _ = write!(words, " ({} to {})", numbers.text(low), numbers.text(high));
        }
        bar(row, &step.label, (level, next), &words, colour(step.colour))?;
        level = next;
    }
    rows.mark(area, 0.0, steps.len() + 1)
}
