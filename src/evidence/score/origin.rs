//! The score of a target at one origin: of a forecast, and of forecasters that see only the past.

use super::{Evidence, INTERVALS, PROBABILITIES, Score};
use crate::base::time::Date;
use crate::evidence::known::{Known, Target, targets, unscorable};
use crate::evidence::mapping::{How, with_derived};
use crate::evidence::scale::{Scale, Scaled, scaled};
use crate::stats::forecasters::{self, Forecaster};
use crate::stats::pool::PoolMoments;
use crate::stats::quantile;
use crate::stats::scores::{crps, is_covered, probability_integral};

/// Size of the samples of simple forecasters.
const SIMPLE_SIZE: usize = 199;

/// A date of forecasts, with what was known then.
pub(super) struct Origin<'a> {
    pub(super) known: &'a Known<'a>,
}

impl Origin<'_> {
    /// True if the target was not yet known.
    pub(super) fn is_later(&self, target: &Target<'_>) -> bool {
        target.known.is_none_or(|known| known > self.known.vintage)
    }

    /// The score of a forecast, from its sample on the scale of the target and its horizon in months.
    pub(super) fn scored(&self, target: &Target<'_>, horizon: usize, forecast: &Scaled) -> Score {
        let (sample, observed) = (&forecast.sample, forecast.observed);
        let rivals: Option<Vec<Vec<f64>>> = Forecaster::ALL
            .iter()
            .map(|kind| self.simple(target, *kind, forecast))
            .collect();
        let own = |value: f64| forecast.back(value, target.value) * target.line.scale;
        let value = target.value * target.line.scale;
        let damped = Forecaster::ALL
            .iter()
            .position(|kind| *kind == Forecaster::DampedTrend);
        let quantiles = PROBABILITIES.map(|p| own(quantile(sample, p)));
        Score {
            row: target.rows.join("+"),
            label: target.line.label.clone(),
            group: target.line.group.clone(),
            unit: target.seen.unit.clone(),
            origin: self.known.vintage,
            date: target.until,
            known: target.known,
            horizon,
            observed: value,
            is_prorated: target.line.how == How::Flow && !is_whole_months(target),
            scale: forecast.scale,
            quantiles,
            crps: crps(sample, observed),
            covered: INTERVALS.map(|share| is_covered(sample, observed, share)),
            pit: probability_integral(sample, observed),
            ape: (quantiles[2] - value).abs() / value.abs().max(f64::MIN_POSITIVE),
            pool: rivals
                .as_ref()
                .zip(damped)
                .map(|(rivals, damped)| PoolMoments::of(sample, &rivals[damped], observed)),
            simple: rivals.and_then(|rivals| {
                let scores: Vec<f64> = rivals.iter().map(|values| crps(values, observed)).collect();
                scores.try_into().ok()
            }),
        }
    }

    /// The forecast of a simple forecaster on the scale of the target; none without history.
    fn simple(&self, target: &Target<'_>, kind: Forecaster, of: &Scaled) -> Option<Vec<f64>> {
        let (mut values, months) = self.rates(target, kind)?;
        for value in &mut values {
            let log = libm::log(*value);
            *value = match of.scale {
                Scale::Size => {
                    let size = target.value.abs().max(f64::MIN_POSITIVE);
                    Scale::of(target.line).back(log) * months / size
                }
                Scale::Log => log + libm::log(months),
                Scale::Odds | Scale::Growth => log,
            };
        }
        Some(values)
    }

    /// The rates that a simple forecaster expects of a target, and the months over which they run; none without history.
    fn rates(&self, target: &Target<'_>, kind: Forecaster) -> Option<(Vec<f64>, f64)> {
        let line = target.line;
        let noise = self.known.noise(&line.group)?;
        let reading = target.reading()?;
        let wanted = forecasters::Target {
            from: reading.from,
            until: reading.until,
            is_flow: reading.is_flow,
            // A Student error with four degrees of freedom has twice the variance of its scale.
            error: reading.error * std::f64::consts::SQRT_2,
        };
        let history = self.known.readings(&line.label);
        let values = forecasters::forecast(kind, &history, noise, &wanted, SIMPLE_SIZE)?;
        let months = if reading.is_flow {
            reading.until - reading.from
        } else {
            1.0
        };
        Some((values, months))
    }

    /// The score of a simple forecaster in the place of a run; none without history.
    fn alone(&self, target: &Target<'_>, kind: Forecaster) -> Option<Score> {
        let (rates, months) = self.rates(target, kind)?;
        let scale = Scale::of(target.line);
        let values: Vec<f64> = rates
            .iter()
            .map(|rate| scale.back(libm::log(*rate)) * months)
            .collect();
        let forecast = scaled(target.line, &values, target.value);
        Some(self.scored(target, self.months_to(target), &forecast))
    }

    /// Months from the vintage to the end of a target's period, a part of a month as a whole one.
    fn months_to(&self, target: &Target<'_>) -> usize {
        let days = target.until.days_since_epoch() - self.known.vintage.days_since_epoch();
        usize::try_from(days).map_or(1, |days| days.div_ceil(31).max(1))
    }
}

/// True if a period begins on the first day of a month and ends on the last day of one.
fn is_whole_months(target: &Target<'_>) -> bool {
    target.seen.from.is_some_and(Date::is_first_of_month) && target.until.is_last_of_month()
}

/// Scores the damped trend, which is the filter of the nowcast, in the place of a run: at origins for which no scenario
/// exists. It needs a history, so labels without one are left out.
#[must_use]
pub fn score_trend(evidence: &Evidence<'_>, vintage: Date) -> Vec<Score> {
    let all = with_derived(evidence.observed);
    let past = with_derived(evidence.past);
    let known = Known::at(vintage, &past, evidence.mapping);
    let origin = Origin { known: &known };
    let usable = all
        .iter()
        .filter(|seen| unscorable(seen, evidence.mapping).is_none());
    let later = targets(usable, evidence.mapping)
        .into_iter()
        .filter(|target| origin.is_later(target) && target.until > vintage);
    later
        .filter_map(|target| origin.alone(&target, Forecaster::DampedTrend))
        .collect()
}
