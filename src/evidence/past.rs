//! Observations before a run, as points of a measure of the model.

use std::collections::BTreeMap;

use super::forecast::DAYS_PER_MONTH;
use super::known::targets;
use super::mapping::{At, Bridge, How, Mapping, with_derived};
use super::samples::days;
use crate::base::time::Date;
use crate::observations::pack;

/// Longest time before the start of a run from which observations are shown, months.
pub const MONTHS: f64 = 24.0;

/// Points of a measure: place in months of the run, where the first month is at zero and earlier times are negative,
/// and value in units of the model.
pub type Points = Vec<(f64, f64)>;

/// Observations of measures that were known at the start of a run.
#[derive(Clone, Debug, Default)]
pub struct Past {
    points: BTreeMap<(String, String, String), Points>,
}

impl Past {
    /// The built-in observations of the two years before a run that were known when it starts.
    #[must_use]
    pub fn before(start: Date) -> Self {
        Self::published_by(start, start)
    }

    /// The built-in observations of the two years before a run that were public by a day: those of the measure itself,
    /// not those across a bridge, and no grade D. A flow is shown by month, in the middle of its period.
    #[must_use]
    pub fn published_by(start: Date, day: Date) -> Self {
        let rows = with_derived(pack());
        let known = rows
            .iter()
            .filter(|seen| seen.quality != "D" && seen.known.is_some_and(|known| known <= day));
        let mut points: BTreeMap<_, Points> = BTreeMap::new();
        for target in targets(known, Mapping::built_in()) {
            let line = target.line;
            let ([entity], [measure]) = (line.of.as_slice(), line.measures.as_slice()) else {
                continue;
            };
            let months = target.period.length() / DAYS_PER_MONTH;
            let (day, value) = match line.how {
                How::Level => (days(target.until), target.value),
                How::Annual => (days(target.until), target.value / 12.0),
                How::Flow => (
                    f64::midpoint(target.period.from, target.period.until),
                    target.value / months,
                ),
                How::Year | How::Growth => continue,
            };
            // The value of a month stands at its middle, or at its end.
            let first = match line.at {
                At::Mean => 0.5,
                At::End => 1.0,
            };
            let after = (day - days(start)) / DAYS_PER_MONTH;
            if line.bridge == Bridge::None && (-MONTHS..=0.0).contains(&after) {
                let key = (line.table.clone(), entity.clone(), measure.clone());
                points.entry(key).or_default().push((after - first, value));
            }
        }
        Self { points }
    }

    /// The observed points of a measure of an entity.
    #[must_use]
    pub fn of(&self, table: &str, entity: &str, measure: &str) -> &[(f64, f64)] {
        let key = (table.to_owned(), entity.to_owned(), measure.to_owned());
        self.points.get(&key).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_of_the_measure_itself_and_known_at_the_start() {
        let start = Date::parse("2026-03-31").expect("a date");
        let past = Past::before(start);
        let rates = past.of("labs", "openai", "run_rate_usd");
        assert!(rates.len() > 5, "{rates:?}");
        let is_plausible =
            |(at, usd): &(f64, f64)| (-24.5..=-0.5).contains(at) && *usd > 1e9 && *usd < 4e10;
        assert!(rates.iter().all(is_plausible), "{rates:?}");
        // A quarter of AWS is three months.
        let revenue = past.of("clouds", "aws", "total_revenue_usd");
        assert!(
            revenue.iter().all(|(_, usd)| (7e9..1.4e10).contains(usd)),
            "{revenue:?}"
        );
        // Across a bridge there is no point.
        assert!(
            past.of("clouds", "neocloud", "rent_contract_usd_per_h")
                .is_empty()
        );
        let earlier = Past::before(Date::parse("2024-12-31").expect("a date"));
        let earlier = earlier.of("labs", "openai", "run_rate_usd");
        let is_small = |(at, usd): &(f64, f64)| *at <= -0.5 && *usd < 1e10;
        assert!(earlier.iter().all(is_small), "{earlier:?}");
    }
}
