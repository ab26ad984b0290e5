//! Checks of single numbers beyond the range of their unit.

use super::Checker;
use crate::scenario::fault::Fault;
use crate::scenario::source::Place;

/// The longest tenure, in months. Tables of what is learned with tenure have a row for each day.
const TENURE_MONTHS: f64 = 120.0;

impl Checker<'_> {
    /// Divisors and intervals must be above zero in every draw.
    pub(super) fn positive(&mut self) {
        let s = self.scenario;
        let mut low: Vec<(String, f64, &Place)> = Vec::new();
        macro_rules! above_zero {
            ($($path:expr => $quantity:expr),* $(,)?) => {
                $(low.push(($path.to_string(), $quantity.shape.quantile(1e-6), &$quantity.place));)*
            };
        }
        above_zero! {
            "demand.size_median" => s.demand.size_median,
            "demand.size_sigma" => s.demand.size_sigma,
            "demand.size_tail_start" => s.demand.size_tail_start,
            "demand.size_tail_alpha" => s.demand.size_tail_alpha,
            "demand.size_max" => s.demand.size_max,
            "choice.review_interval" => s.choice.review_interval,
            "switching.labour_reference" => s.switching.labour_reference,
            "switching.horizon" => s.switching.horizon,
            "supply.servers" => s.supply.servers,
            "supply.target_utilisation" => s.supply.target_utilisation,
            "supply.capex" => s.supply.capex,
            "supply.power" => s.supply.power,
            "rent.contract" => s.rent.contract,
            "rent.spot" => s.rent.spot,
        }
        for cloud in &s.cloud {
            let name = &cloud.name.text;
            above_zero! {
                format!("cloud.{name}.capacity") => cloud.capacity,
                format!("cloud.{name}.external_share") => cloud.external_share,
                format!("cloud.{name}.fleet_cost_ratio") => cloud.fleet_cost_ratio,
                format!("cloud.{name}.commit_length") => cloud.commit_length,
            }
        }
        for tier in &s.tier {
            above_zero! {
                format!("tier.{}.compute", tier.name.text) => tier.compute,
                format!("tier.{}.realised_price", tier.name.text) => tier.realised_price,
            }
        }
        for task in &s.task {
            above_zero! {
                format!("task.{}.innovation", task.name.text) => task.innovation,
                format!("task.{}.reference_price", task.name.text) => task.reference_price,
            }
        }
        for class in &s.price_class {
            above_zero! { format!("price_class.{}.sensitivity", class.name.text) => class.sensitivity }
        }
        for lab in &s.lab {
            above_zero! { format!("lab.{}.price_factor", lab.name.text) => lab.price_factor }
        }
        for model in &s.model {
            above_zero! { format!("model.{}.price_out", model.name.text) => model.price_out }
        }
        for (path, value, place) in low {
            if value <= 0.0 {
                self.faults.push(
                    Fault::new(format!("`{path}` must be above 0"), place.clone())
                        .help("write a number above 0, or a distribution that stays above it"),
                );
            }
        }
    }

    /// Lower bounds must be below upper bounds, and tenure short enough for its tables.
    pub(super) fn bounds(&mut self) {
        let (demand, supply) = (&self.scenario.demand, &self.scenario.supply);
        let [low, high] = [&supply.budget_min, &supply.budget_max];
        if low.shape.quantile(1.0 - 1e-6) > high.shape.quantile(1e-6) {
            self.faults.push(
                Fault::new(
                    "`supply.budget_max` is below `supply.budget_min`",
                    high.place.clone(),
                )
                .help("write a larger number, or a smaller `budget_min`"),
            );
        }
        if demand.tenure_max.shape.quantile(1.0 - 1e-6) > TENURE_MONTHS {
            self.faults.push(
                Fault::new(
                    format!("`demand.tenure_max` is above {TENURE_MONTHS} months"),
                    demand.tenure_max.place.clone(),
                )
                .help(format!("write at most {TENURE_MONTHS}")),
            );
        }
    }
}
