//! A history as dates and logarithms, its changes and its regression.

use super::GroupNoise;
use crate::stats::trend::Reading;

/// Changes that a series must have to be judged by its own variance.
const OWN_CHANGES: usize = 4;

#[expect(clippy::cast_precision_loss, reason = "histories are short")]
pub(super) const fn count_of(count: usize) -> f64 {
    count as f64
}

/// Dates and logarithms of a history, in order of time; readings of one date are one, their mean.
pub(super) struct Points(Vec<(f64, f64)>);

/// Changes between neighbours of a history.
pub(super) struct Changes {
    pub(super) count: usize,
    /// Change from the first point to the last one.
    pub(super) total: f64,
    /// Sum of squared changes over their lengths.
    pub(super) squares: f64,
    /// Sum of squared deviations of changes from the mean change, over their lengths.
    pub(super) squares_around_mean: f64,
}

/// The regression of logarithms on time.
pub(super) struct Line {
    mean_date: f64,
    mean: f64,
    slope: f64,
    /// Sum of squared dates around their mean.
    dates: f64,
    /// Sum of squared residuals.
    pub(super) misses: f64,
    /// Degrees of freedom of the residuals.
    pub(super) freedom: f64,
}

impl Points {
    pub(super) fn of(readings: &[Reading]) -> Option<Self> {
        let mut points: Vec<(f64, f64)> = readings
            .iter()
            .map(|reading| (reading.date(), reading.log))
            .collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let same = |a: &(f64, f64), b: &(f64, f64)| b.0 - a.0 < SAME_DATE;
        let merged: Vec<(f64, f64)> = points
            .chunk_by(same)
            .map(|chunk| {
                let mean = |part: fn(&(f64, f64)) -> f64| {
                    chunk.iter().map(part).sum::<f64>() / count_of(chunk.len())
                };
                (mean(|point| point.0), mean(|point| point.1))
            })
            .collect();
        (!merged.is_empty()
            && merged
                .iter()
                .all(|(date, log)| date.is_finite() && log.is_finite()))
        .then_some(Self(merged))
    }

    pub(super) const fn count(&self) -> usize {
        self.0.len()
    }

    fn last(&self) -> (f64, f64) {
        self.0[self.0.len() - 1]
    }

    pub(super) fn length(&self) -> f64 {
        self.last().0 - self.0[0].0
    }

    pub(super) fn changes(&self) -> Changes {
        let total = self.last().1 - self.0[0].1;
        let mean = if self.length() > 0.0 {
            total / self.length()
        } else {
            0.0
        };
        let squares = |drift: f64| {
            self.0
                .windows(2)
                .map(|pair| {
                    let span = pair[1].0 - pair[0].0;
                    let miss = pair[1].1 - pair[0].1 - drift * span;
                    miss * miss / span
                })
                .sum()
        };
        Changes {
            count: self.0.len() - 1,
            total,
            squares: squares(0.0),
            squares_around_mean: squares(mean),
        }
    }

    pub(super) fn regression(&self) -> Line {
        let n = count_of(self.0.len());
        let mean_date = self.0.iter().map(|point| point.0).sum::<f64>() / n;
        let mean = self.0.iter().map(|point| point.1).sum::<f64>() / n;
        let dates: f64 = self
            .0
            .iter()
            .map(|point| (point.0 - mean_date) * (point.0 - mean_date))
            .sum();
        let both: f64 = self
            .0
            .iter()
            .map(|point| (point.0 - mean_date) * (point.1 - mean))
            .sum();
        let slope = if dates > 0.0 { both / dates } else { 0.0 };
        let miss = |point: &(f64, f64)| point.1 - mean - slope * (point.0 - mean_date);
        Line {
            mean_date,
            mean,
            slope,
            dates,
            misses: self.0.iter().map(|point| miss(point) * miss(point)).sum(),
            freedom: (n - 2.0).max(0.0),
        }
    }

    pub(super) fn last_value(&self, group: &GroupNoise, at: f64) -> (f64, f64) {
        let changes = self.changes();
        let variance = if changes.count < OWN_CHANGES {
            group.change
        } else {
            changes.squares / count_of(changes.count)
        };
        (self.last().1, variance * (at - self.last().0).max(0.0))
    }

    pub(super) fn drift(&self, group: &GroupNoise, at: f64) -> (f64, f64) {
        let changes = self.changes();
        let ahead = (at - self.last().0).max(0.0);
        let variance = if changes.count < OWN_CHANGES {
            group.change_around_drift
        } else {
            changes.squares_around_mean / (count_of(changes.count) - 1.0)
        };
        // The drift is uncertain too, as the mean of few changes.
        let (drift, length) = if changes.count > 0 {
            (changes.total / self.length(), self.length())
        } else {
            (group.drift, group.length)
        };
        (
            self.last().1 + drift * ahead,
            variance * ahead * (1.0 + ahead / length),
        )
    }

    pub(super) fn log_trend(&self, group: &GroupNoise, at: f64) -> (f64, f64) {
        let line = self.regression();
        if line.dates <= 0.0 {
            let ahead = (at - self.last().0).max(0.0);
            return (
                self.last().1 + group.drift * ahead,
                group.residual + group.change_around_drift * ahead,
            );
        }
        let n = count_of(self.0.len());
        let residual = if self.0.len() > OWN_CHANGES {
            line.misses / line.freedom
        } else {
            group.residual
        };
        let away = at - line.mean_date;
        let mean = line.mean + line.slope * away;
        (mean, residual * (1.0 + 1.0 / n + away * away / line.dates))
    }
}

/// Readings whose dates differ by less than this many months are one point: half a day.
const SAME_DATE: f64 = 0.016;
