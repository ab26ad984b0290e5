//! The parts of a dollar that enterprises spend on tokens, by who keeps them.

use crate::base::time::Calendar;
use crate::csv_text::csv_text;
use crate::ensemble::Ensemble;
use crate::market::rows::{CloudRow, LabRow, MarketRow};
use crate::panel::{Column, Table};
use crate::report::charts::{Body, Chart, Colour, FIRST, GREY, Numbers, Step};
use crate::scenario::Scenario;
use crate::stats::Summary;

/// Revenue of a cloud from enterprises, before it pays labs their share.
const OF_CLOUDS: [Column; 5] = [
    CloudRow::routing_fee_usd,
    CloudRow::resale_usd,
    CloudRow::open_hosting_usd,
    CloudRow::first_party_usd,
    CloudRow::selfhost_rental_usd,
];

/// A part of the dollar in a year of the run.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Part {
    /// First and last month, as `2026-04 to 2027-03`.
    pub months: String,
    /// Title of the actor that keeps the part.
    pub who: String,
    /// `cloud`, `lab` or `other`: integrators, independent routers, and refunds to users.
    pub kind: String,
    /// Mean share of spend over replications; the shares of a year add up to one.
    pub mean: f64,
    /// 5 % quantile over replications.
    pub p05: f64,
    /// 25 % quantile over replications.
    pub p25: f64,
    /// Median over replications.
    pub p50: f64,
    /// 75 % quantile over replications.
    pub p75: f64,
    /// 95 % quantile over replications.
    pub p95: f64,
}

/// The parts of each year of a run, the largest first.
#[must_use]
pub fn parts(scenario: &Scenario, ensemble: &Ensemble, calendar: &Calendar) -> Vec<Part> {
    let months = calendar.months();
    let mut all = Vec::new();
    for from in (0..months).step_by(12) {
        let to = (from + 12).min(months);
        let name = format!(
            "{} to {}",
            calendar.month_name(from),
            calendar.month_name(to - 1)
        );
        let share = |of: &dyn Fn(&Sums<'_>) -> f64| -> Vec<f64> {
            let shares = ensemble.tables.iter().map(|tables| {
                let sums = Sums { tables, from, to };
                of(&sums) / sums.of(MarketRow::spend_usd, "market")
            });
            shares.collect()
        };
        let mut others = vec![1.0; ensemble.replications()];
        let mut of_year = Vec::new();
        let mut add = |who: &str, kind: &str, mut sample: Vec<f64>| {
            for (rest, value) in others.iter_mut().zip(&sample) {
                *rest -= value;
            }
            of_year.push(part(&name, who, kind, &mut sample));
        };
        for cloud in &scenario.cloud {
            let key = &cloud.name.text;
            let kept = |sums: &Sums<'_>| {
                let kept = OF_CLOUDS.iter().map(|column| sums.of(*column, key));
                kept.sum::<f64>() - sums.of(CloudRow::channel_paid_usd, key)
            };
            add(&cloud.title.text, "cloud", share(&kept));
        }
        for lab in &scenario.lab {
            let key = &lab.name.text;
            let kept = |sums: &Sums<'_>| {
                sums.of(LabRow::model_revenue_usd, key) - sums.of(LabRow::channel_paid_usd, key)
            };
            add(&lab.title.text, "lab", share(&kept));
        }
        of_year.sort_by(|a, b| a.kind.cmp(&b.kind).then(b.mean.total_cmp(&a.mean)));
        of_year.push(part(&name, "Others", "other", &mut others));
        all.extend(of_year);
    }
    all
}

/// Sums over months of one replication.
struct Sums<'a> {
    tables: &'a [Table],
    from: usize,
    to: usize,
}

impl Sums<'_> {
    fn of(&self, column: Column, entity: &str) -> f64 {
        let table = self.tables.iter().find(|found| found.name == column.table);
        let table = table.expect("every panel has the table");
        let months = self.from..self.to;
        months.map(|month| table.at(month, entity, column)).sum()
    }
}

fn part(months: &str, who: &str, kind: &str, sample: &mut [f64]) -> Part {
    let Summary {
        mean, quantiles, ..
    } = Summary::of(sample);
    let [p05, p25, p50, p75, p95] = quantiles;
    Part {
        months: months.to_owned(),
        who: who.to_owned(),
        kind: kind.to_owned(),
        mean,
        p05,
        p25,
        p50,
        p75,
        p95,
    }
}

/// The parts as CSV.
#[must_use]
pub fn csv(parts: &[Part]) -> String {
    let header = [
        "months", "who", "kind", "mean", "p05", "p25", "p50", "p75", "p95",
    ];
    let row = |p: &Part| {
        let [mean, p05, p25, p50, p75, p95] =
            [p.mean, p.p05, p.p25, p.p50, p.p75, p.p95].map(|share| share.to_string());
        let [months, who, kind] = [&p.months, &p.who, &p.kind].map(Clone::clone);
        [months, who, kind, mean, p05, p25, p50, p75, p95]
    };
    csv_text(header, parts.iter().map(row))
}

/// The months of each year, in order.
#[must_use]
pub fn years(parts: &[Part]) -> Vec<&str> {
    let mut years: Vec<&str> = parts.iter().map(|part| part.months.as_str()).collect();
    years.dedup();
    years
}

/// The dollar of one year as a waterfall; actors that keep less than half a cent each are combined.
#[must_use]
pub fn chart(parts: &[Part], months: &str) -> Chart {
    let of_year = parts.iter().filter(|part| part.months == months);
    let (named, small): (Vec<&Part>, Vec<&Part>) =
        of_year.partition(|part| part.mean.abs() >= 0.005 || part.kind == "other");
    let colour = |kind: &str| -> Colour {
        match kind {
            "cloud" => FIRST,
            "lab" => 1,
            _ => GREY,
        }
    };
    let mut steps: Vec<Step> = named
        .into_iter()
        .map(|part| Step {
            label: part.who.clone(),
            value: part.mean,
            interval: Some((part.p05, part.p95)),
            colour: colour(&part.kind),
        })
        .collect();
    if !small.is_empty() {
        let step = Step {
            label: format!("{} others, less than half a cent each", small.len()),
            value: small.iter().map(|part| part.mean).sum(),
            interval: None,
            colour: GREY,
        };
        steps.insert(steps.len().saturating_sub(1), step);
    }
    Chart {
        name: "dollar".to_owned(),
        title: "Who keeps a dollar that enterprises spend on tokens".to_owned(),
        subtitle: format!(
            "Cents, {months}: mean of replications, and 5 to 95 % of them. Blue: clouds, after paying labs. Orange: labs, before their compute."
        ),
        body: Body::Waterfall {
            numbers: Numbers::Cents,
            whole: ("One dollar".to_owned(), 1.0),
            steps,
        },
    }
}
