//! Charts by month: panels with fans and stacks.

use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::{Area, Drawn, FAINT, INK, bold, colour, fill, pixels, plain, said, text, write};
use crate::report::charts::{Body, Layer, Panel};

const GREY: RGBColor = RGBColor(120, 120, 120);
/// Place of the start of a run on an axis on which its first month is at zero.
const START: f64 = -0.5;

/// The months of an axis.
pub(super) struct Axis<'a> {
    /// Names of the months before the run from which observations are shown.
    pub(super) before: &'a [String],
    /// Names of the months of the run.
    pub(super) months: &'a [String],
}

impl Axis<'_> {
    /// The places of the first and the last month.
    #[expect(clippy::cast_precision_loss, reason = "at most 120 months")]
    fn ends(&self) -> (f64, f64) {
        let first = -(self.before.len() as f64);
        (first, (self.months.len().max(2) - 1) as f64)
    }
}

/// Heights of a line of the legend and of the title of a panel, pixels.
const LINE: i32 = 24;
const TITLE: i32 = 26;

/// The number of rows and columns for a number of panels.
fn grid(count: usize) -> (usize, usize) {
    match count {
        0..=3 => (1, count.max(1)),
        4 => (2, 2),
        5..=6 => (2, 3),
        _ => (count.div_ceil(4), 4),
    }
}

pub(super) fn height(count: i32) -> i32 {
    let (rows, _) = grid(usize::try_from(count).unwrap_or(1));
    match rows {
        1 => 560,
        2 => 680,
        more => 60 + 240 * i32::try_from(more).unwrap_or(1),
    }
}

pub(super) fn draw(area: &Area<'_>, body: &Body, panels: &[Panel], months: &Axis<'_>) -> Drawn {
    let below = legend(area, body)?;
    let (_, rest) = area.split_vertically(below);
    for (panel, cell) in panels.iter().zip(rest.split_evenly(grid(panels.len()))) {
        plot(&cell, months, panel)?;
    }
    Ok(())
}

/// Draws the legend of colours and bands. Returns its height.
fn legend(area: &Area<'_>, body: &Body) -> Result<i32, String> {
    let (wide, _) = area.dim_in_pixel();
    let wide = i32::try_from(wide).unwrap_or(1_000);
    let mut y = 10;
    let keys = body.keys();
    let mut x = 12;
    for (name, place) in &keys {
        let name = text::fitted(name, 14, wide - 60);
        let length = 44 + text::width(&name, 14);
        if x > 12 && x + length > wide {
            (x, y) = (12, y + LINE);
        }
        fill(area, (x, y - 7), (x + 14, y + 7), colour(*place).filled())?;
        write(area, &name, (x + 20, y), &plain(14, INK), HPos::Left)?;
        x += length;
    }
    if !keys.is_empty() {
        y += LINE;
    }
    let note = body.marks();
    if !note.is_empty() {
        write(area, &note, (12, y), &plain(14, INK), HPos::Left)?;
        y += LINE;
    }
    Ok(y)
}

type Plot<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

fn plot(area: &Area<'_>, axis: &Axis<'_>, panel: &Panel) -> Drawn {
    let (wide, _) = area.dim_in_pixel();
    let room = i32::try_from(wide).unwrap_or(300) - 80;
    let title = text::fitted(&panel.title, 17, room);
    write(area, &title, (62, 14), &bold(17), HPos::Left)?;
    let (_, area) = area.split_vertically(TITLE);
    let (first, last) = axis.ends();
    let (low, high) = panel.range;
    let (low, high) = (low * 1.06, if high > low { high * 1.06 } else { low + 1.0 });
    let mut chart = ChartBuilder::on(&area)
        .margin(8)
        .margin_right(30)
        .x_label_area_size(28)
        .y_label_area_size(54)
        .build_cartesian_2d(first..last, low..high)
        .map_err(said)?;
    let value_label = |value: &f64| panel.numbers.text(*value);
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(FAINT)
        .axis_style(GREY)
        .x_labels(0)
        .y_labels(5)
        .y_label_formatter(&value_label)
        .label_style(plain(13, INK))
        .draw()
        .map_err(said)?;
    let (across, down) = chart.plotting_area().get_pixel_range();
    let (left, top) = area.get_base_pixel();
    let names = || axis.before.iter().chain(axis.months);
    let every = names().count();
    for at in marks(every) {
        #[expect(clippy::cast_precision_loss, reason = "at most 145 months")]
        let part = at as f64 / (every.max(2) - 1) as f64;
        let x = across.start + pixels(part * f64::from(across.end - across.start)) - left;
        let y = down.end + 16 - top;
        if let Some(name) = names().nth(at) {
            write(&area, name, (x, y), &plain(13, INK), HPos::Center)?;
        }
    }
    if low < 0.0 {
        let zero = vec![(first, 0.0), (last, 0.0)];
        path(&mut chart, zero, GREY.stroke_width(1))?;
    }
    if !axis.before.is_empty() {
        let start = vec![(START, low), (START, high)];
        path(&mut chart, start, GREY.stroke_width(1))?;
    }
    layers(&mut chart, &panel.layers)
}

/// Draws all bands, then all medians, so that no band hides a median.
fn layers(chart: &mut Plot<'_, '_>, layers: &[Layer]) -> Drawn {
    let light = if layers.len() > 2 { 0.08 } else { 0.18 };
    for layer in layers {
        let (_, place) = layer.key();
        let tint = |opacity: f64| colour(place).mix(opacity);
        match layer {
            Layer::Fan { quantiles, .. } => {
                band(chart, &quantiles[0], &quantiles[4], tint(light))?;
                band(chart, &quantiles[1], &quantiles[3], tint(light + 0.1))?;
            }
            Layer::Area { low, high, .. } => band(chart, low, high, tint(0.9))?,
        }
    }
    for layer in layers {
        let (_, place) = layer.key();
        if let Layer::Fan {
            quantiles: [_, _, median, ..],
            ..
        } = layer
        {
            path(chart, points(median), colour(place).stroke_width(2))?;
        }
    }
    for layer in layers {
        let (_, place) = layer.key();
        let dot = |at: &(f64, f64)| Circle::new(*at, 3, colour(place).filled());
        let dots = layer.seen().iter().map(dot);
        chart.draw_series(dots).map(drop).map_err(said)?;
    }
    Ok(())
}

fn path(chart: &mut Plot<'_, '_>, points: Vec<(f64, f64)>, style: ShapeStyle) -> Drawn {
    let path = PathElement::new(points, style);
    chart.draw_series([path]).map(drop).map_err(said)
}

fn band(chart: &mut Plot<'_, '_>, low: &[f64], high: &[f64], fill: RGBAColor) -> Drawn {
    let mut outline = points(high);
    outline.extend(points(low).into_iter().rev());
    let polygon = Polygon::new(outline, fill);
    chart.draw_series([polygon]).map(drop).map_err(said)
}

/// The labelled months of the axis: the first, every twelfth (sixth or third in short runs) after it, and the last.
fn marks(months: usize) -> Vec<usize> {
    let every = match months {
        0..=8 => 3,
        9..=18 => 6,
        19..=48 => 12,
        _ => 24,
    };
    let last = months.max(2) - 1;
    let inner = (0..last)
        .step_by(every)
        .filter(|at| last - at >= every.div_ceil(2));
    let all = inner.chain([last]);
    all.filter(|at| *at < months).collect()
}

fn points(values: &[f64]) -> Vec<(f64, f64)> {
    #[expect(clippy::cast_precision_loss, reason = "at most 120 months")]
    let point = |(month, value): (usize, &f64)| (month as f64, *value);
    values.iter().enumerate().map(point).collect()
}
