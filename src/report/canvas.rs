//! The canvas of all charts: typeface, colours, frame, axes, bands and lines; SVG, and the same picture as PNG.

use std::sync::{Arc, OnceLock};

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use resvg::usvg;

use crate::stats::Summary;
use crate::time::Calendar;

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
pub(super) type Drawn = Result<(), String>;

/// Colours that differ for colour-blind readers too (Okabe and Ito 2008), then two greys and an indigo.
pub(super) const COLOURS: [RGBColor; 10] = [
    RGBColor(0, 114, 178),
    RGBColor(230, 159, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(213, 94, 0),
    RGBColor(240, 228, 66),
    RGBColor(110, 110, 110),
    RGBColor(185, 185, 185),
    RGBColor(51, 34, 136),
];
pub(super) const INK: RGBColor = RGBColor(34, 34, 34);
pub(super) const FAINT: RGBColor = RGBColor(225, 225, 225);
const SIZE: (u32, u32) = (1280, 800);
pub(super) const FONT: &str = "Roboto";
const REGULAR: &[u8] = include_bytes!("../../assets/Roboto-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../../assets/Roboto-Bold.ttf");

/// A chart as SVG and as PNG.
pub(super) type Pictures = [Vec<u8>; 2];

/// A horizontal bar from zero, with the ends of its interval.
#[derive(Clone, Debug)]
pub(super) struct Bar {
    /// What it is of.
    pub(super) label: String,
    /// Its length.
    pub(super) value: f64,
    /// Where the interval begins and ends.
    pub(super) interval: (f64, f64),
    /// Its colour.
    pub(super) colour: RGBColor,
}

/// What all charts of one result share.
pub(super) struct Canvas<'a> {
    /// Its calendar.
    pub(super) calendar: &'a Calendar,
    /// The line at the bottom that says what the chart is of.
    pub(super) source: String,
}

impl Canvas<'_> {
    /// Draws a chart, as SVG and PNG.
    pub(super) fn draw(
        &self,
        title: &str,
        subtitle: &str,
        body: impl FnOnce(&Area<'_>) -> Drawn,
    ) -> Result<Pictures, String> {
        let mut svg = String::new();
        {
            let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
            let area = self.frame(&root, title, subtitle)?;
            body(&area)?;
            root.present().map_err(|error| error.to_string())?;
        }
        let png = rasterise(&svg)?;
        Ok([svg.into_bytes(), png])
    }

    /// Title, subtitle and source line; returns what is left for the chart.
    fn frame<'r>(&self, root: &Area<'r>, title: &str, subtitle: &str) -> Result<Area<'r>, String> {
        root.fill(&WHITE).map_err(said)?;
        let bold = (FONT, 27).into_font().style(FontStyle::Bold).color(&INK);
        root.draw(&Text::new(title.to_owned(), (28, 18), bold))
            .map_err(said)?;
        root.draw(&Text::new(
            subtitle.to_owned(),
            (28, 52),
            text(17, RGBColor(90, 90, 90)),
        ))
        .map_err(said)?;
        let bottom = i32::try_from(SIZE.1).unwrap_or(0) - 26;
        root.draw(&Text::new(
            self.source.clone(),
            (28, bottom),
            text(13, RGBColor(110, 110, 110)),
        ))
        .map_err(said)?;
        Ok(root.margin(84, 34, 16, 16))
    }

    fn month_label(&self, month: f64) -> String {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "months of the axis"
        )]
        let month = libm::round(month).max(0.0) as usize;
        self.calendar
            .month_name(month.min(self.calendar.months().saturating_sub(1)))
    }

    /// One plot: axes with a heading, and what `draw` puts in.
    pub(super) fn plot(
        &self,
        area: &Area<'_>,
        heading: &str,
        (bottom, top): (f64, f64),
        label: &dyn Fn(f64) -> String,
        layers: &[Layer],
    ) -> Drawn {
        let months = self.calendar.months();
        #[expect(clippy::cast_precision_loss, reason = "at most 120 months")]
        let last = (months.max(2) - 1) as f64;
        let (bottom, top) = (
            bottom * 1.06,
            if top > bottom {
                top * 1.06
            } else {
                bottom + 1.0
            },
        );
        let bold = (FONT, 17).into_font().style(FontStyle::Bold).color(&INK);
        let mut chart = ChartBuilder::on(area)
            .margin(8)
            .margin_right(26)
            .caption(heading, bold)
            .x_label_area_size(28)
            .y_label_area_size(54)
            .build_cartesian_2d(0.0..last, bottom..top)
            .map_err(said)?;
        let month_label = |month: &f64| self.month_label(*month);
        let value_label = |value: &f64| label(*value);
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(FAINT)
            .axis_style(RGBColor(120, 120, 120))
            .x_labels(4)
            .y_labels(5)
            .x_label_formatter(&month_label)
            .y_label_formatter(&value_label)
            .label_style(text(13, INK))
            .draw()
            .map_err(said)?;
        for layer in layers {
            match layer {
                Layer::Band { low, high, fill } => {
                    let mut outline = points(high);
                    outline.extend(points(low).into_iter().rev());
                    chart
                        .draw_series([Polygon::new(outline, *fill)])
                        .map_err(said)?;
                }
                Layer::Line { values, colour } => {
                    chart
                        .draw_series([PathElement::new(points(values), colour.stroke_width(2))])
                        .map_err(said)?;
                }
            }
        }
        Ok(())
    }

    /// Horizontal bars, the first on top, each with its interval and its value beside it.
    pub(super) fn bars(
        area: &Area<'_>,
        heading: &str,
        bars: &[Bar],
        label: &dyn Fn(f64) -> String,
    ) -> Drawn {
        let ends = bars
            .iter()
            .flat_map(|bar| [bar.value, bar.interval.0, bar.interval.1]);
        let ends = ends.filter(|end| end.is_finite());
        let (low, high) = ends.fold((0.0_f64, 0.0_f64), |(l, h), end| (l.min(end), h.max(end)));
        let room = if high > low { 0.08 * (high - low) } else { 1.0 };
        let (low, high) = (if low < 0.0 { low - room } else { 0.0 }, high + room);
        let (width, height) = area.dim_in_pixel();
        let wide = i32::try_from(width).unwrap_or(1_000);
        let names = wide * 2 / 5;
        let bold = (FONT, 17).into_font().style(FontStyle::Bold).color(&INK);
        area.draw(&Text::new(heading.to_owned(), (12, 8), bold))
            .map_err(said)?;
        let at = |value: f64| {
            let part =
                (value.clamp(low, high) - low) / (high - low) * f64::from(wide - names - 130);
            #[expect(clippy::cast_possible_truncation, reason = "pixels")]
            let pixels = libm::round(part) as i32;
            names + 12 + pixels
        };
        let count = i32::try_from(bars.len().max(1)).unwrap_or(1);
        let step = ((i32::try_from(height).unwrap_or(600) - 56) / count).clamp(14, 44);
        let names_style = text(14, INK).pos(Pos::new(HPos::Right, VPos::Center));
        let value_style = text(14, INK).pos(Pos::new(HPos::Left, VPos::Center));
        for (index, bar) in (0..).zip(bars) {
            let middle = 44 + step * index + step / 2;
            let half = (step / 3).max(4);
            let (from, to) = (at(bar.value.min(0.0)), at(bar.value.max(0.0)));
            let name = fitting(&bar.label, names - 20);
            area.draw(&Text::new(name, (names, middle), names_style.clone()))
                .map_err(said)?;
            area.draw(&Rectangle::new(
                [(from, middle - half), (to, middle + half)],
                bar.colour.mix(0.75).filled(),
            ))
            .map_err(said)?;
            let (a, b) = (at(bar.interval.0), at(bar.interval.1));
            area.draw(&PathElement::new(
                vec![(a, middle), (b, middle)],
                INK.stroke_width(2),
            ))
            .map_err(said)?;
            area.draw(&Text::new(
                label(bar.value),
                (to.max(b) + 8, middle),
                value_style.clone(),
            ))
            .map_err(said)?;
        }
        let zero = at(0.0);
        let bottom = 44 + step * count;
        area.draw(&PathElement::new(
            vec![(zero, 40), (zero, bottom)],
            INK.stroke_width(1),
        ))
        .map_err(said)
    }

    /// A fan: 5 to 95 % and 25 to 75 % as bands, the median as a line.
    pub(super) fn fan(values: &[&Summary], colour: RGBColor, scale: f64) -> Vec<Layer> {
        let at = |index: usize| {
            values
                .iter()
                .map(|s| s.quantiles[index] * scale)
                .collect::<Vec<f64>>()
        };
        vec![
            Layer::Band {
                low: at(0),
                high: at(4),
                fill: colour.mix(0.18),
            },
            Layer::Band {
                low: at(1),
                high: at(3),
                fill: colour.mix(0.30),
            },
            Layer::Line {
                values: at(2),
                colour,
            },
        ]
    }
}

fn fonts() -> Arc<usvg::fontdb::Database> {
    static FONTS: OnceLock<Arc<usvg::fontdb::Database>> = OnceLock::new();
    Arc::clone(FONTS.get_or_init(|| {
        let mut fonts = usvg::fontdb::Database::new();
        fonts.load_font_data(REGULAR.to_vec());
        fonts.load_font_data(BOLD.to_vec());
        fonts.set_sans_serif_family(FONT);
        Arc::new(fonts)
    }))
}

fn rasterise(svg: &str) -> Result<Vec<u8>, String> {
    let options = usvg::Options {
        fontdb: fonts(),
        font_family: FONT.to_owned(),
        ..usvg::Options::default()
    };
    let tree = usvg::Tree::from_str(svg, &options).map_err(|error| error.to_string())?;
    let mut pixels = resvg::tiny_skia::Pixmap::new(SIZE.0, SIZE.1).ok_or("a chart has a size")?;
    resvg::render(
        &tree,
        resvg::tiny_skia::Transform::identity(),
        &mut pixels.as_mut(),
    );
    pixels.encode_png().map_err(|error| error.to_string())
}

pub(super) fn text(size: u32, colour: RGBColor) -> TextStyle<'static> {
    (FONT, size).into_font().color(&colour)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "`map_err` hands errors over by value"
)]
pub(super) fn said<E: std::error::Error + Send + Sync>(error: DrawingAreaErrorKind<E>) -> String {
    error.to_string()
}

/// What a plot is made of.
pub(super) enum Layer {
    Band {
        low: Vec<f64>,
        high: Vec<f64>,
        fill: RGBAColor,
    },
    Line {
        values: Vec<f64>,
        colour: RGBColor,
    },
}

pub(super) fn points(values: &[f64]) -> Vec<(f64, f64)> {
    #[expect(clippy::cast_precision_loss, reason = "at most 120 months")]
    let point = |(month, value): (usize, &f64)| (month as f64, *value);
    values.iter().enumerate().map(point).collect()
}

/// A row of coloured boxes with their names.
pub(super) fn legend(area: &Area<'_>, items: &[(&str, RGBColor)]) -> Drawn {
    let mut x = 12;
    let style = text(14, INK).pos(Pos::new(HPos::Left, VPos::Center));
    for (name, colour) in items {
        area.draw(&Rectangle::new([(x, 6), (x + 14, 20)], colour.filled()))
            .map_err(said)?;
        area.draw(&Text::new((*name).to_owned(), (x + 20, 13), style.clone()))
            .map_err(said)?;
        x += 34 + i32::try_from(name.len()).unwrap_or(20) * 31 / 5;
    }
    Ok(())
}

/// A label cut to so many pixels, by the mean width of a letter.
fn fitting(label: &str, pixels: i32) -> String {
    let room = usize::try_from(pixels * 5 / 34).unwrap_or(10);
    if label.chars().count() <= room {
        return label.to_owned();
    }
    let kept: String = label.chars().take(room.saturating_sub(1)).collect();
    format!("{kept}\u{2026}")
}

/// A number with as many digits as an axis needs.
pub(super) fn short(value: f64) -> String {
    if value.abs() >= 10.0 || value == 0.0 {
        format!("{value:.0}")
    } else if value.abs() >= 1.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}

pub(super) fn percent(value: f64) -> String {
    format!("{:.0} %", value * 100.0)
}

pub(super) fn grid_rows(count: usize) -> (usize, usize) {
    match count {
        0..=3 => (1, count.max(1)),
        4 => (2, 2),
        5..=6 => (2, 3),
        _ => (count.div_ceil(4), 4),
    }
}

pub(super) fn bands_note(area: &Area<'_>) -> Drawn {
    let note = "Line: median. Dark band: 25 to 75 % of replications. Light band: 5 to 95 %.";
    area.draw(&Text::new(note, (12, 6), text(14, INK)))
        .map_err(said)
}
