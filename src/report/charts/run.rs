//! The charts that every run writes.

use crate::economics::switching::Move;
use crate::evidence::past::Past;
use crate::market::rows::{CloudRow, LabRow, SwitchingRow};
use crate::panel::Column;
use crate::report::charts::{Body, Chart, Colour, Layer, Numbers, Panel, months_before};
use crate::report::tables::commitments::CIRCULAR;
use crate::report::tables::dollar::{self, Part};
use crate::report::text::summary::{Look, look_at};
use crate::scenario::Scenario;
use crate::scenario::records::LabSpec;
use crate::stats::Summary;

/// Streams of a cloud's revenue in the order of the stack, with their names in the legend.
const STREAMS: [(Column, &str); 10] = [
    (CloudRow::serving_compute_usd, "Serving compute"),
    (CloudRow::training_compute_usd, "Training compute"),
    (CloudRow::first_party_usd, "First-party models"),
    (CloudRow::resale_usd, "Resale and channel share"),
    (CloudRow::open_hosting_usd, "Open-weight hosting"),
    (CloudRow::routing_fee_usd, "Routing fees"),
    (CloudRow::selfhost_rental_usd, "Self-host rental"),
    (CloudRow::egress_usd, "Egress"),
    (CloudRow::forfeited_usd, "Forfeited"),
    (CloudRow::take_or_pay_usd, "Take-or-pay"),
];

/// Largest number of panels of one measure in the chart of forecasts.
const FORECASTS: usize = 4;

/// The contents of the charts of a run.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Names of the months.
    pub months: &'a [String],
    /// Looks up distributions by month.
    pub look: Look<'a>,
    /// Parts of the dollar, by year.
    pub dollar: &'a [Part],
    /// Observations before the run.
    pub past: &'a Past,
}

impl std::fmt::Debug for Run<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run")
            .field("scenario", &self.scenario.name.text)
            .finish_non_exhaustive()
    }
}

/// The line at the foot of a run's charts.
#[must_use]
pub fn source(scenario: &Scenario, replications: usize) -> String {
    format!(
        "{} | scenario {}, start {}, seed {}, {replications} replications of {} enterprises | tollway {}",
        scenario.title.text,
        scenario.name.text,
        scenario.start.date,
        scenario.run.seed.0,
        scenario.run.enterprises.0,
        env!("CARGO_PKG_VERSION"),
    )
}

impl Run<'_> {
    /// The charts that a run writes.
    #[must_use]
    pub fn all(&self) -> Vec<Chart> {
        let mut all = vec![
            self.toll_by_stream(),
            self.ai_revenue(),
            self.switching_cost(),
            self.lab_shares(),
            self.capacity_and_rents(),
            self.commitments(),
        ];
        all.extend(self.forecast());
        if let Some(months) = dollar::years(self.dollar).last() {
            all.push(dollar::chart(self.dollar, months));
        }
        all
    }

    /// A chart of values by month.
    pub(super) fn by_month(
        &self,
        name: &str,
        title: &str,
        subtitle: &str,
        panels: Vec<Panel>,
    ) -> Chart {
        let first = self.months.first().map_or("", String::as_str);
        Chart {
            name: name.to_owned(),
            title: title.to_owned(),
            subtitle: subtitle.to_owned(),
            body: Body::Months {
                before: months_before(first, &panels),
                months: self.months.to_vec(),
                panels,
            },
        }
    }

    /// A fan of a column for an entity, after what was observed of it.
    fn fan(&self, title: &str, (column, entity): (Column, &str), at: Colour, scale: f64) -> Layer {
        let seen = self.past.of(column.table, entity, column.measure);
        Layer::fan(title, &look_at(self.look, column, entity), at, scale).after(seen, scale)
    }

    /// Fans of a column, one for each cloud.
    fn by_cloud(&self, column: Column, scale: f64) -> Vec<Layer> {
        let clouds = self.clouds().into_iter().enumerate();
        clouds
            .map(|(at, (cloud, name))| self.fan(name, (column, cloud), at, scale))
            .collect()
    }

    fn clouds(&self) -> Vec<(&str, &str)> {
        let clouds = self.scenario.cloud.iter();
        clouds
            .map(|cloud| (cloud.name.text.as_str(), cloud.title.text.as_str()))
            .collect()
    }

    fn toll_by_stream(&self) -> Chart {
        let panel = |(cloud, title): (&str, &str)| {
            let parts = STREAMS.iter().enumerate().map(|(at, (column, name))| {
                let values = medians(&look_at(self.look, *column, cloud), 1e-9);
                ((*name).to_owned(), at, values)
            });
            let used = parts.filter(|(.., values)| values.iter().any(|value| *value > 0.0));
            Panel::stack(title.to_owned(), Numbers::Short, used.collect())
        };
        let mut panels: Vec<Panel> = self.clouds().into_iter().map(panel).collect();
        Panel::share_scale(&mut panels);
        self.by_month(
            "toll_by_stream",
            "Who collects the toll: AI revenue by stream and cloud",
            "USD billion a month, stacked medians of replications; same scale",
            panels,
        )
    }

    /// Measures that were observed before the run; none if nothing was.
    fn forecast(&self) -> Option<Chart> {
        // One year ahead, so that the past is not a flat line below wide bands.
        let months = &self.months[..self.months.len().min(12)];
        let look = |table: &str, entity: &str, measure: &str| {
            let values = (self.look)(table, entity, measure).into_iter();
            values.take(months.len()).collect::<Vec<Summary>>()
        };
        let year = Run {
            months,
            look: &look,
            ..*self
        };
        let labs = self.scenario.lab.iter();
        let labs = labs.map(|lab| (LabRow::run_rate_usd, &lab.name.text, &lab.title.text));
        let clouds = || self.scenario.cloud.iter();
        let revenue = clouds().map(|c| (CloudRow::total_revenue_usd, &c.name.text, &c.title.text));
        let capex = clouds().map(|c| (CloudRow::total_capex_usd, &c.name.text, &c.title.text));
        let parts = [
            ("run rate, a year", labs.collect::<Vec<_>>()),
            ("revenue", revenue.collect()),
            ("capex", capex.collect()),
        ];
        let mut panels = Vec::new();
        for (at, (what, series)) in parts.into_iter().enumerate() {
            let seen = series.into_iter().filter(|(column, entity, _)| {
                self.past.of(column.table, entity, column.measure).len() > 1
            });
            panels.extend(seen.take(FORECASTS).map(|(column, entity, title)| {
                let title = format!("{title}: {what}");
                let fan = year.fan(&title, (column, entity), at, 1e-9);
                Panel::new(title, Numbers::Short, vec![fan])
            }));
        }
        (!panels.is_empty()).then(|| {
            year.by_month(
                "forecast",
                "What was observed, and the forecast of the first year",
                "USD billion a month; run rates in USD billion a year; scales differ",
                panels,
            )
        })
    }

    fn ai_revenue(&self) -> Chart {
        let panel = |(at, (cloud, title)): (usize, (&str, &str))| {
            let fan = self.fan(title, (CloudRow::ai_revenue_usd, cloud), at, 1e-9);
            Panel::new(title.to_owned(), Numbers::Short, vec![fan])
        };
        let mut panels: Vec<Panel> = self.clouds().into_iter().enumerate().map(panel).collect();
        Panel::share_scale(&mut panels);
        self.by_month(
            "ai_revenue",
            "AI revenue by cloud",
            "USD billion a month; same scale",
            panels,
        )
    }

    fn switching_cost(&self) -> Chart {
        let panel = |(at, kind): (usize, &Move)| {
            let title = match kind {
                Move::Model => "Another model, same cloud",
                Move::Router => "Another router",
                Move::Cloud => "Another cloud",
                Move::SelfHost => "Self-hosting",
            };
            let fan = self.fan(title, (SwitchingRow::months_of_spend, kind.name()), at, 1.0);
            Panel::new(title.to_owned(), Numbers::Short, vec![fan])
        };
        let mut panels: Vec<Panel> = Move::ALL.iter().enumerate().map(panel).collect();
        Panel::share_scale(&mut panels);
        self.by_month(
            "switching_cost",
            "Cost of leaving, by kind of move",
            "Structural switching cost in months of spend, weighted by spend; same scale",
            panels,
        )
    }

    fn lab_shares(&self) -> Chart {
        let look = |lab: &LabSpec| look_at(self.look, LabRow::usage_share, &lab.name.text);
        let used = self.scenario.lab.iter().map(|lab| (lab, look(lab)));
        let used = used.filter(|(_, values)| values.iter().any(|share| share.mean > 0.0));
        let parts = used.enumerate().map(|(at, (lab, values))| {
            let means = values.iter().map(|share| share.mean).collect();
            (lab.title.text.clone(), at, means)
        });
        let title = "Enterprise spend on models, including sales booked by clouds".to_owned();
        let mut panel = Panel::stack(title, Numbers::Percent, parts.collect());
        // The axis ends at 106 % of its range, here exactly at the top of the shares.
        panel.range = (0.0, 1.0 / 1.06);
        self.by_month(
            "lab_shares",
            "Share of enterprise model spend by lab",
            "Share of spend, mean of replications",
            vec![panel],
        )
    }

    fn capacity_and_rents(&self) -> Chart {
        let plots = [
            (
                CloudRow::utilisation_share,
                "Utilisation of inference capacity",
                Numbers::Percent,
            ),
            (
                CloudRow::unserved_share,
                "Unserved demand for compute",
                Numbers::Percent,
            ),
            (
                CloudRow::rent_contract_usd_per_h,
                "Contract rent, USD per H100e-hour",
                Numbers::Short,
            ),
            (
                CloudRow::rent_spot_usd_per_h,
                "Spot rent, USD per H100e-hour",
                Numbers::Short,
            ),
        ];
        let panel = |(column, title, numbers): (Column, &str, Numbers)| {
            Panel::new(title.to_owned(), numbers, self.by_cloud(column, 1.0))
        };
        self.by_month(
            "capacity_and_rents",
            "Utilisation of capacity and rents by cloud",
            "Each panel shows all clouds",
            plots.into_iter().map(panel).collect(),
        )
    }
}

impl Run<'_> {
    fn commitments(&self) -> Chart {
        // Colours that clouds of the shipped scenarios do not have.
        let circular = [7, 9, 6].into_iter().zip(CIRCULAR);
        let circular =
            circular.map(|(at, (column, name))| self.fan(name, (column, "market"), at, 1.0));
        let panels = vec![
            Panel::new(
                "Backlog of labs, USD billion".to_owned(),
                Numbers::Short,
                self.by_cloud(CloudRow::backlog_usd, 1e-9),
            ),
            Panel::new(
                "Largest customer's share of AI revenue".to_owned(),
                Numbers::Percent,
                self.by_cloud(CloudRow::largest_customer_share, 1.0),
            ),
            Panel::new(
                "Circular money, share of sales".to_owned(),
                Numbers::Percent,
                circular.collect(),
            ),
        ];
        self.by_month(
            "commitments",
            "Commitments and concentration: what labs owe clouds, and whose money it is",
            "Backlog after each month, not discounted; circular: equity that comes back to the same cloud, to any strategic investor, or to its silicon vendor",
            panels,
        )
    }
}

/// Medians month by month, each times `scale`.
pub(super) fn medians(values: &[Summary], scale: f64) -> Vec<f64> {
    values.iter().map(|s| s.quantiles[2] * scale).collect()
}
