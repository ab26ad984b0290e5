//! The charts of a run.

use plotters::prelude::*;

use super::Report;
use super::canvas::{
    Area, COLOURS, Canvas, Drawn, Layer, Pictures, bands_note, grid_rows, legend, percent, short,
};
use super::summary::{Line, series};
use crate::economics::switching::Move;
use crate::scenario::spec::LabSpec;
use crate::stats::Summary;

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

/// Draws every chart of a run, each as SVG and PNG.
///
/// # Errors
/// What the drawing library says.
pub fn draw_all(
    report: &Report<'_>,
    summary: &[Line],
) -> Result<Vec<(&'static str, Pictures)>, String> {
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
    let scenario = report.scenario;
    let source = format!(
        "{} | scenario {}, start {}, seed {}, {} replications of {} enterprises | tollway {}",
        scenario.title.text,
        scenario.name.text,
        scenario.start.date,
        scenario.run.seed.0,
        report.ensemble.replications(),
        scenario.run.enterprises.0,
        env!("CARGO_PKG_VERSION"),
    );
    let sheet = Sheet {
        report,
        summary,
        canvas: Canvas {
            calendar: &report.calendar,
            source,
        },
    };
    let mut files = Vec::new();
    for (name, title, subtitle, draw) in charts {
        let pictures = sheet
            .canvas
            .draw(title, subtitle, |body| draw(&sheet, body))?;
        files.push((name, pictures));
    }
    Ok(files)
}

/// What all charts of a run share.
struct Sheet<'a> {
    report: &'a Report<'a>,
    summary: &'a [Line],
    canvas: Canvas<'a>,
}

impl Sheet<'_> {
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
        sheet
            .canvas
            .plot(&cell, title, (0.0, top), &short, &layers)?;
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
        sheet.canvas.plot(
            &cell,
            title,
            (0.0, top),
            &short,
            &Canvas::fan(&values, COLOURS[index % 6], 1e-9),
        )?;
    }
    Ok(())
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
        sheet.canvas.plot(
            &cell,
            &format!("{}, months of spend", titles[index]),
            (0.0, top),
            &short,
            &Canvas::fan(&values, COLOURS[index], 1.0),
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
    sheet.canvas.plot(
        &body,
        "Enterprise spend on models, whoever books it",
        (0.0, 0.945),
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
        sheet.canvas.plot(
            &cell,
            title,
            (0.0, if top > 0.0 { top } else { 0.05 }),
            &label,
            &layers,
        )?;
    }
    Ok(())
}
