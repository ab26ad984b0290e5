//! Heat maps: a value at each point of a grid, as colour and number.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::{Area, Drawn, INK, SOFT, WIDTH, fill, plain, text, write};
use crate::report::charts::Numbers;

const TOP: i32 = 30;
const BOTTOM: i32 = 60;

/// Viridis at five points, from dark to light, which colour-blind readers can tell apart; `web/drawing.js` uses the same colours.
const SHADES: [(f64, f64, f64); 5] = [
    (68.0, 1.0, 84.0),
    (59.0, 82.0, 139.0),
    (33.0, 145.0, 140.0),
    (94.0, 201.0, 98.0),
    (253.0, 231.0, 37.0),
];

pub(super) fn height(rows: i32) -> i32 {
    TOP + BOTTOM + rows * row_height(rows)
}

fn row_height(rows: i32) -> i32 {
    (600 / rows.max(1)).clamp(26, 90)
}

/// The colour of a position from 0 to 1.
pub(super) fn shade(part: f64) -> RGBColor {
    let place = part.clamp(0.0, 1.0) * 4.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "one of four stretches"
    )]
    let at = (place as usize).min(3);
    let (a, b) = (SHADES[at], SHADES[at + 1]);
    #[expect(clippy::cast_precision_loss, reason = "one of four stretches")]
    let rest = place - at as f64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a part of a colour"
    )]
    let mix = |a: f64, b: f64| libm::round(a + (b - a) * rest) as u8;
    RGBColor(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}

pub(super) fn draw(
    area: &Area<'_>,
    numbers: Numbers,
    (x_name, xs): &(String, Vec<String>),
    (y_name, ys): &(String, Vec<String>),
    rows: &[Vec<Option<(f64, f64)>>],
) -> Drawn {
    let count = |length: usize| i32::try_from(length).unwrap_or(1).max(1);
    let longest = ys.iter().map(|label| text::width(label, 14)).max();
    let names = (longest.unwrap_or(60) + 24).clamp(60, WIDTH / 4);
    let wide = (WIDTH - 32 - names - 40) / count(xs.len());
    let tall = row_height(count(rows.len()));
    let values = rows.iter().flatten().flatten().map(|(value, _)| *value);
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), value| {
        (l.min(value), h.max(value))
    });
    let heading = text::fitted(y_name, 14, WIDTH - 80);
    write(area, &heading, (12, 12), &plain(14, SOFT), HPos::Left)?;
    for (row, (label, cells)) in (0..).zip(ys.iter().zip(rows)) {
        let top = TOP + row * tall;
        let label = text::fitted(label, 14, names - 14);
        let middle = top + tall / 2;
        write(area, &label, (names, middle), &plain(14, INK), HPos::Right)?;
        for (column, cell) in (0..).zip(cells) {
            let left = names + 10 + column * wide;
            let Some((value, half)) = cell else { continue };
            let part = if high > low {
                (value - low) / (high - low)
            } else {
                0.5
            };
            let corner = (left + wide - 2, top + tall - 2);
            fill(area, (left, top), corner, shade(part).filled())?;
            let ink = if part < 0.6 { WHITE } else { INK };
            let number = text::fitted(&numbers.text(*value), 14, wide - 6);
            let centre = left + wide / 2;
            let interval = format!("\u{b1} {}", numbers.text(*half));
            let is_tall = tall >= 44 && text::width(&interval, 12) < wide - 6;
            let y = if is_tall { middle - 8 } else { middle };
            write(area, &number, (centre, y), &plain(14, ink), HPos::Center)?;
            if is_tall {
                write(
                    area,
                    &interval,
                    (centre, middle + 10),
                    &plain(12, ink),
                    HPos::Center,
                )?;
            }
        }
    }
    let below = TOP + count(rows.len()) * tall;
    for (column, label) in (0..).zip(xs) {
        let centre = names + 10 + column * wide + wide / 2;
        let label = text::fitted(label, 14, wide - 8);
        write(
            area,
            &label,
            (centre, below + 14),
            &plain(14, INK),
            HPos::Center,
        )?;
    }
    let name = text::fitted(x_name, 14, WIDTH - 60 - names);
    let at = (names + 10 + wide * count(xs.len()) / 2, below + 42);
    write(area, &name, at, &plain(14, SOFT), HPos::Center)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_go_from_dark_to_light() {
        let light = |part: f64| {
            let RGBColor(r, g, b) = shade(part);
            2 * u32::from(r) + 5 * u32::from(g) + u32::from(b)
        };
        let all: Vec<u32> = [0.0, 0.25, 0.5, 0.75, 1.0].map(light).to_vec();
        assert!(all.is_sorted(), "{all:?}");
    }
}
