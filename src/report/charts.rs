//! Charts: SVG with an embedded typeface's name, and the same picture as PNG.

use std::sync::Arc;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use resvg::usvg;

use super::Report;
use super::summary::{Line, series};
use crate::economics::switching::Move;
use crate::scenario::spec::LabSpec;
use crate::stats::Summary;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), String>;

/// Colours that differ for colour-blind readers too (Okabe and Ito 2008), then two greys and an indigo.
const COLOURS: [RGBColor; 10] = [
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
const INK: RGBColor = RGBColor(34, 34, 34);
const FAINT: RGBColor = RGBColor(225, 225, 225);
const SIZE: (u32, u32) = (1280, 800);
const FONT: &str = "Roboto";
const REGULAR: &[u8] = include_bytes!("../../assets/Roboto-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../../assets/Roboto-Bold.ttf");

/// Streams of a cloud's toll, in the order in which they are stacked, with their names in the legend.
const STREAMS: [(&str, &str); 10] = [
    ("serving_compute_usd", "Serving compute"),
    ("training_compute_usd", "Training compute"),
    ("first_party_usd", "First-party models"),
    ("resale_usd", "Resale and channel share"),
    ("open_hosting_usd", "Open-weight hosting"),
    ("routing_fee_usd", "Routing fees"),
    ("selfhost_rental_usd", "Self-host rental"),
    ("egress_usd", "Egress"),
    ("forfeited_usd", "Forfeited"),
    ("take_or_pay_usd", "Take-or-pay"),
];

/// Draws every chart of a run, each as SVG and PNG: (file name, bytes).
///
/// # Errors
/// What the drawing library says.
pub fn draw_all(report: &Report<'_>, summary: &[Line]) -> Result<Vec<(String, Vec<u8>)>, String> {
    type Draw = fn(&Sheet<'_>, &Area<'_>) -> Drawn;
    let charts: [(&str, &str, &str, Draw); 5] = [
        (
            "toll_by_stream",
            "Who collects the toll: AI revenue by stream and cloud",
            "USD billion a month, median of replications, stacked; scales differ between clouds",
            toll_by_stream,
        ),
        (
            "ai_revenue",
            "AI revenue by cloud",
            "USD billion a month; scales differ between clouds",
            ai_revenue,
        ),
        (
            "switching_cost",
            "What it costs to leave, by kind of move",
            "Structural switching cost in months of spend, weighted by spend",
            switching_cost,
        ),
        (
            "lab_shares",
            "Share of enterprise model spend by lab",
            "Share of spend, mean of replications",
            lab_shares,
        ),
        (
            "capacity_and_rents",
            "How tight capacity is: utilisation and rents by cloud",
            "Median of replications; band: 5 to 95 %",
            capacity_and_rents,
        ),
    ];
    let fonts = fonts();
    let mut files = Vec::new();
    for (name, title, subtitle, draw) in charts {
        let mut svg = String::new();
        {
            let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
            let sheet = Sheet { report, summary };
            let body = sheet.frame(&root, title, subtitle)?;
            draw(&sheet, &body)?;
            root.present().map_err(|error| error.to_string())?;
        }
        let png = rasterise(&svg, &fonts)?;
        files.push((format!("{name}.svg"), svg.into_bytes()));
        files.push((format!("{name}.png"), png));
    }
    Ok(files)
}

fn fonts() -> Arc<usvg::fontdb::Database> {
    let mut fonts = usvg::fontdb::Database::new();
    fonts.load_font_data(REGULAR.to_vec());
    fonts.load_font_data(BOLD.to_vec());
    fonts.set_sans_serif_family(FONT);
    Arc::new(fonts)
}

fn rasterise(svg: &str, fonts: &Arc<usvg::fontdb::Database>) -> Result<Vec<u8>, String> {
    let options = usvg::Options {
        fontdb: Arc::clone(fonts),
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

/// What all charts of a run share.
struct Sheet<'a> {
    report: &'a Report<'a>,
    summary: &'a [Line],
}

fn text(size: u32, colour: RGBColor) -> TextStyle<'static> {
    (FONT, size).into_font().color(&colour)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "`map_err` hands errors over by value"
)]
fn said<E: std::error::Error + Send + Sync>(error: DrawingAreaErrorKind<E>) -> String {
    error.to_string()
}

impl Sheet<'_> {
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
        let scenario = self.report.scenario;
        let source = format!(
            "{} | scenario {}, start {}, seed {}, {} replications of {} enterprises | tollway {}",
            scenario.title.text,
            scenario.name.text,
            scenario.start.date,
            scenario.run.seed.0,
            self.report.ensemble.replications(),
            scenario.run.enterprises.0,
            env!("CARGO_PKG_VERSION"),
        );
        let bottom = i32::try_from(SIZE.1).unwrap_or(0) - 26;
        root.draw(&Text::new(
            source,
            (28, bottom),
            text(13, RGBColor(110, 110, 110)),
        ))
        .map_err(said)?;
        Ok(root.margin(84, 34, 16, 16))
    }

    fn series(&self, table: &str, entity: &str, measure: &str) -> Vec<&Summary> {
        series(self.summary, table, entity, measure)
    }

    fn clouds(&self) -> Vec<(&str, &str)> {
        self.report
            .scenario
            .cloud
            .iter()
            .map(|cloud| (cloud.name.text.as_str(), cloud.title.text.as_str()))
            .collect()
    }

    fn month_label(&self, month: f64) -> String {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "months of the axis"
        )]
        let month = libm::round(month).max(0.0) as usize;
        self.report
            .calendar
            .month_name(month.min(self.report.calendar.months().saturating_sub(1)))
    }

    /// One plot: axes with a heading, and what `draw` puts in.
    fn plot(
        &self,
        area: &Area<'_>,
        heading: &str,
        top: f64,
        label: &dyn Fn(f64) -> String,
        layers: &[Layer],
    ) -> Drawn {
        let months = self.report.calendar.months();
        #[expect(clippy::cast_precision_loss, reason = "at most 120 months")]
        let last = (months.max(2) - 1) as f64;
        let top = if top > 0.0 { top * 1.06 } else { 1.0 };
        let bold = (FONT, 17).into_font().style(FontStyle::Bold).color(&INK);
        let mut chart = ChartBuilder::on(area)
            .margin(8)
            .margin_right(26)
            .caption(heading, bold)
            .x_label_area_size(28)
            .y_label_area_size(54)
            .build_cartesian_2d(0.0..last, 0.0..top)
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

    /// A fan: 5 to 95 % and 25 to 75 % as bands, the median as a line.
    fn fan(values: &[&Summary], colour: RGBColor, scale: f64) -> Vec<Layer> {
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

/// What a plot is made of.
enum Layer {
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

fn points(values: &[f64]) -> Vec<(f64, f64)> {
    #[expect(clippy::cast_precision_loss, reason = "at most 120 months")]
    let point = |(month, value): (usize, &f64)| (month as f64, *value);
    values.iter().enumerate().map(point).collect()
}

/// A row of coloured boxes with their names.
fn legend(area: &Area<'_>, items: &[(&str, RGBColor)]) -> Drawn {
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

fn billions(value: f64) -> String {
    short(value)
}

/// A number with as many digits as an axis needs.
fn short(value: f64) -> String {
    if value.abs() >= 10.0 || value == 0.0 {
        format!("{value:.0}")
    } else if value.abs() >= 1.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}

fn percent(value: f64) -> String {
    format!("{:.0} %", value * 100.0)
}

fn grid_rows(count: usize) -> (usize, usize) {
    match count {
        0..=3 => (1, count.max(1)),
        4 => (2, 2),
        5..=6 => (2, 3),
        _ => (count.div_ceil(4), 4),
    }
}

fn toll_by_stream(sheet: &Sheet<'_>, area: &Area<'_>) -> Drawn {
    let (head, body) = area.split_vertically(28);
    let items: Vec<(&str, RGBColor)> = STREAMS
        .iter()
        .zip(COLOURS)
        .map(|((_, name), colour)| (*name, colour))
        .collect();
    legend(&head, &items)?;
    let clouds = sheet.clouds();
    for ((cloud, title), cell) in clouds
        .iter()
        .zip(body.split_evenly(grid_rows(clouds.len())))
    {
        let mut layers = Vec::new();
        let mut below = vec![0.0; sheet.report.calendar.months()];
        for ((measure, _), colour) in STREAMS.iter().zip(COLOURS) {
            let values = sheet.series("clouds", cloud, measure);
            let above: Vec<f64> = below
                .iter()
                .zip(&values)
                .map(|(base, s)| base + s.quantiles[2] * 1e-9)
                .collect();
            layers.push(Layer::Band {
                low: below,
                high: above.clone(),
                fill: colour.mix(0.9),
            });
            below = above;
        }
        let top = below.iter().copied().fold(0.0, f64::max);
        sheet.plot(&cell, title, top, &billions, &layers)?;
    }
    Ok(())
}

fn ai_revenue(sheet: &Sheet<'_>, area: &Area<'_>) -> Drawn {
    let (head, body) = area.split_vertically(28);
    bands_note(&head)?;
    let clouds = sheet.clouds();
    for (index, ((cloud, title), cell)) in clouds
        .iter()
        .zip(body.split_evenly(grid_rows(clouds.len())))
        .enumerate()
    {
        let values = sheet.series("clouds", cloud, "ai_revenue_usd");
        let top = values
            .iter()
            .map(|s| s.quantiles[4] * 1e-9)
            .fold(0.0, f64::max);
        sheet.plot(
            &cell,
            title,
            top,
            &billions,
            &Sheet::fan(&values, COLOURS[index % 6], 1e-9),
        )?;
    }
    Ok(())
}

fn bands_note(area: &Area<'_>) -> Drawn {
    let note = "Line: median. Dark band: 25 to 75 % of replications. Light band: 5 to 95 %.";
    area.draw(&Text::new(note, (12, 6), text(14, INK)))
        .map_err(said)
}

fn switching_cost(sheet: &Sheet<'_>, area: &Area<'_>) -> Drawn {
    let (head, body) = area.split_vertically(28);
    bands_note(&head)?;
    let titles = [
        "Another model, same cloud",
        "Another router",
        "Another cloud",
        "Self-hosting",
    ];
    let cells = body.split_evenly((2, 2));
    for (index, (kind, cell)) in Move::ALL.iter().zip(cells).enumerate() {
        let values = sheet.series("switching", kind.name(), "months_of_spend");
        let top = values.iter().map(|s| s.quantiles[4]).fold(0.0, f64::max);
        sheet.plot(
            &cell,
            &format!("{}, months of spend", titles[index]),
            top,
            &short,
            &Sheet::fan(&values, COLOURS[index], 1.0),
        )?;
    }
    Ok(())
}

fn lab_shares(sheet: &Sheet<'_>, area: &Area<'_>) -> Drawn {
    let (head, body) = area.split_vertically(28);
    let is_used = |lab: &&LabSpec| {
        let shares = sheet.series("labs", &lab.name.text, "usage_share");
        shares.iter().any(|share| share.mean > 0.0)
    };
    let labs: Vec<&LabSpec> = sheet.report.scenario.lab.iter().filter(is_used).collect();
    let items: Vec<(&str, RGBColor)> = labs
        .iter()
        .enumerate()
        .map(|(index, lab)| (lab.title.text.as_str(), COLOURS[index % COLOURS.len()]))
        .collect();
    legend(&head, &items)?;
    let mut layers = Vec::new();
    let mut below = vec![0.0; sheet.report.calendar.months()];
    for (lab, (_, colour)) in labs.iter().zip(&items) {
        let values = sheet.series("labs", &lab.name.text, "usage_share");
        let above: Vec<f64> = below
            .iter()
            .zip(&values)
            .map(|(base, s)| base + s.mean)
            .collect();
        layers.push(Layer::Band {
            low: below,
            high: above.clone(),
            fill: colour.mix(0.9),
        });
        below = above;
    }
    sheet.plot(
        &body,
        "Enterprise spend on models, whoever books it",
        0.945,
        &percent,
        &layers,
    )
}

type Label = fn(f64) -> String;

fn capacity_and_rents(sheet: &Sheet<'_>, area: &Area<'_>) -> Drawn {
    let (head, body) = area.split_vertically(28);
    let clouds = sheet.clouds();
    let items: Vec<(&str, RGBColor)> = clouds
        .iter()
        .enumerate()
        .map(|(index, (_, title))| (*title, COLOURS[index % COLOURS.len()]))
        .collect();
    legend(&head, &items)?;
    let plots: [(&str, &str, Label); 4] = [
        (
            "utilisation_share",
            "Utilisation of inference capacity",
            percent,
        ),
        ("unserved_share", "Compute demanded and not served", percent),
        (
            "rent_contract_usd_per_h",
            "Contract rent, USD per H100e-hour",
            short,
        ),
        (
            "rent_spot_usd_per_h",
            "Spot rent, USD per H100e-hour",
            short,
        ),
    ];
    for ((measure, title, label), cell) in plots.into_iter().zip(body.split_evenly((2, 2))) {
        let mut layers = Vec::new();
        let mut lines = Vec::new();
        let mut top: f64 = 0.0;
        for ((cloud, _), (_, colour)) in clouds.iter().zip(&items) {
            let values = sheet.series("clouds", cloud, measure);
            let at = |index: usize| {
                values
                    .iter()
                    .map(|s| s.quantiles[index])
                    .collect::<Vec<f64>>()
            };
            top = at(4).into_iter().fold(top, f64::max);
            layers.push(Layer::Band {
                low: at(0),
                high: at(4),
                fill: colour.mix(0.10),
            });
            lines.push(Layer::Line {
                values: at(2),
                colour: *colour,
            });
        }
        layers.extend(lines);
        sheet.plot(
            &cell,
            title,
            if top > 0.0 { top } else { 0.05 },
            &label,
            &layers,
        )?;
    }
    Ok(())
}
