//! The forecast of an observation from the samples of a run.

use super::mapping::{How, Line};
use super::samples::{RunSamples, days};
use crate::base::time::{Calendar, Date, SimTime};

/// Days of a mean year.
pub const DAYS_PER_YEAR: f64 = 365.25;
/// Days of a mean month.
pub const DAYS_PER_MONTH: f64 = DAYS_PER_YEAR / 12.0;
/// Days by which periods may differ and still be one.
pub const SLACK: f64 = 3.5;

/// Period of an observation, in days since 1970: from the start of its first day to the end of its last day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Period {
    /// Start of the first day; that of the last day if no first day is stated.
    pub from: f64,
    /// End of the last day.
    pub until: f64,
}

impl Period {
    /// Length in days.
    #[must_use]
    pub fn length(self) -> f64 {
        self.until - self.from
    }

    /// This period a year before.
    #[must_use]
    pub fn year_before(self) -> Self {
        Self {
            from: year_before(self.from),
            until: year_before(self.until),
        }
    }

    /// Length of the part in common with another period.
    #[must_use]
    pub fn overlap(self, other: Self) -> f64 {
        (self.until.min(other.until) - self.from.max(other.from)).max(0.0)
    }
}

/// Day of the calendar a year before; 28 February for the 29th.
fn year_before(day: f64) -> f64 {
    const EPOCH: &str = "1970-01-01";
    let Some(epoch) = Date::parse(EPOCH) else {
        return day - DAYS_PER_YEAR;
    };
    #[expect(clippy::cast_possible_truncation, reason = "days of this century")]
    let text = Calendar::new(epoch, 1)
        .date_of(SimTime::from_days(libm::floor(day) as i64))
        .to_string();
    let year = text[..4].parse::<i32>().unwrap_or(1970) - 1;
    let rest = if &text[4..] == "-02-29" {
        "-02-28"
    } else {
        &text[4..]
    };
    let before = Date::parse(&format!("{year:04}{rest}"));
    before.map_or(day - DAYS_PER_YEAR, days)
}

/// Values known at the vintage of the quantity that a line reads, in units of the model.
#[derive(Clone, Debug, Default)]
pub struct Before {
    /// Sums over periods, by period.
    pub flows: Vec<(Period, f64)>,
    /// Growth on the year before, with the end of its period.
    pub growth: Vec<(f64, f64)>,
}

impl Before {
    /// The sum over a period that known periods tile; `None` if they do not.
    #[must_use]
    pub fn sum(&self, period: Period) -> Option<f64> {
        let (mut reached, mut sum) = (period.from, 0.0);
        while reached < period.until - SLACK {
            let next = self.flows.iter().filter(|(known, _)| {
                (known.from - reached).abs() < SLACK && known.until < period.until + SLACK
            });
            // The longest first: a year is known better than its four quarters.
            let (known, value) = next.max_by(|a, b| a.0.until.total_cmp(&b.0.until))?;
            if known.until <= reached + SLACK {
                return None;
            }
            reached = known.until;
            sum += value;
        }
        Some(sum)
    }

    /// The last known rate a day before a day, with the middle of its period; of at most a year before.
    fn last_rate(&self, day: f64) -> Option<(f64, f64)> {
        let middle = |known: &Period| 0.5 * (known.from + known.until);
        self.flows
            .iter()
            .filter(|(known, value)| {
                let age = day - middle(known);
                *value > 0.0 && known.until < day + SLACK && age > 0.0 && age < DAYS_PER_YEAR
            })
            .max_by(|a, b| middle(&a.0).total_cmp(&middle(&b.0)))
            .map(|(known, value)| (middle(known), value / known.length()))
    }

    /// The last known growth on the year before, of a period that ended at most 200 days before a day.
    fn last_growth(&self, day: f64) -> Option<f64> {
        let recent = self
            .growth
            .iter()
            .filter(|(until, growth)| day - until < 200.0 && *growth > -1.0);
        recent.max_by(|a, b| a.0.total_cmp(&b.0)).map(|last| last.1)
    }
}

/// The reason why a run has no forecast of an observation.
pub type Why = &'static str;

const OUTSIDE: Why = "outside the months of the run";
const EARLY: Why = "more than half of its period lies before the run";
const NO_BASE: Why = "the year before lies before the run and is not known";
const NO_MEASURE: Why = "the run has no such measure";

/// The forecast of an observation by replication, in units of the model. `factor` is the ratio of the observation to
/// the measure.
///
/// # Errors
/// The reason why there is none.
pub fn forecast(
    samples: &RunSamples<'_>,
    line: &Line,
    period: Period,
    before: &Before,
    factor: f64,
) -> Result<Vec<f64>, Why> {
    let run = Run {
        samples,
        line,
        factor,
    };
    let (start, end) = samples.span();
    if period.until <= start || period.until > end + 0.5 {
        return Err(OUTSIDE);
    }
    match line.how {
        How::Level | How::Annual => run.level(period.until),
        How::Flow => run.flow(period, before),
        How::Year => run.year(period.until),
        How::Growth => run.growth(period, before),
    }
}

/// The value of a line at the start of a run by replication, in units of the model; the rate a month of a flow.
///
/// # Errors
/// If the run has no such measure.
pub fn at_start(samples: &RunSamples<'_>, line: &Line) -> Result<Vec<f64>, Why> {
    let run = Run {
        samples,
        line,
        factor: 1.0,
    };
    let start = samples.span().0;
    if line.how == How::Flow {
        let rates = run.ends(0)?;
        let month = |(first, second): (f64, f64)| {
            DAYS_PER_MONTH
                * between(
                    (run.samples.middle(0), first),
                    (run.samples.middle(1), second),
                    start,
                )
        };
        Ok(rates.into_iter().map(month).collect())
    } else {
        run.level(start)
    }
}

/// The geometric interpolation between two points, also beyond them; linear, and level beyond them, if a value is not
/// positive.
fn between((t0, v0): (f64, f64), (t1, v1): (f64, f64), t: f64) -> f64 {
    if t1 <= t0 {
        return v0;
    }
    let share = (t - t0) / (t1 - t0);
    if v0 > 0.0 && v1 > 0.0 {
        v0 * libm::exp(share * libm::log(v1 / v0))
    } else {
        v0 + share.clamp(0.0, 1.0) * (v1 - v0)
    }
}

/// The mean of an exponential path between its values at two ends.
fn path_mean(first: f64, last: f64) -> f64 {
    if first > 0.0 && last > 0.0 && (last / first - 1.0).abs() > 1e-9 {
        (last - first) / libm::log(last / first)
    } else {
        0.5 * (first + last)
    }
}

/// A line of a run, with the ratio of the observation to the measure.
struct Run<'a> {
    samples: &'a RunSamples<'a>,
    line: &'a Line,
    factor: f64,
}

impl Run<'_> {
    fn count(&self) -> usize {
        self.samples.months.len()
    }

    fn month(&self, month: usize) -> Result<Vec<f64>, Why> {
        let mut values = self.samples.month(self.line, month).ok_or(NO_MEASURE)?;
        for value in &mut values {
            *value *= self.factor;
        }
        Ok(values)
    }

    /// The level on a day.
    fn level(&self, day: f64) -> Result<Vec<f64>, Why> {
        let place = |month: usize| self.samples.position(self.line, month);
        let last = self.count() - 1;
        if last == 0 {
            return self.month(0);
        }
        let first = (0..last - 1)
            .find(|month| day <= place(month + 1))
            .unwrap_or(last - 1);
        let (a, b) = (self.month(first)?, self.month(first + 1)?);
        let pairs = a.into_iter().zip(b);
        Ok(pairs
            .map(|(a, b)| between((place(first), a), (place(first + 1), b), day))
            .collect())
    }

    /// The rates a day in a month and the next one, or in the last month twice.
    fn ends(&self, month: usize) -> Result<Vec<(f64, f64)>, Why> {
        let next = (month + 1).min(self.count() - 1);
        let rate = |values: Vec<f64>, month: usize| {
            let length = self.samples.length(month);
            values.into_iter().map(move |value| value / length)
        };
        let second = rate(self.month(next)?, next);
        Ok(rate(self.month(month)?, month).zip(second).collect())
    }

    /// The sum over the part of a period that lies in the run.
    fn inside(&self, period: Period) -> Result<Vec<f64>, Why> {
        let mut sum = vec![0.0; self.month(0)?.len()];
        for month in 0..self.count() {
            let span = Period {
                from: self.samples.boundary(month),
                until: self.samples.boundary(month + 1),
            };
            let share = span.overlap(period) / span.length();
            if share > 0.0 {
                for (sum, value) in sum.iter_mut().zip(self.month(month)?) {
                    *sum += share * value;
                }
            }
        }
        Ok(sum)
    }

    fn flow(&self, period: Period, before: &Before) -> Result<Vec<f64>, Why> {
        let start = self.samples.span().0;
        let missing = Period {
            from: period.from,
            until: start,
        };
        if missing.length() < SLACK {
            return self.inside(period);
        }
        if missing.length() > 0.5 * period.length() + SLACK {
            return Err(EARLY);
        }
        let mut sum = self.inside(period)?;
        for (sum, part) in sum.iter_mut().zip(self.carried(missing, before)?) {
            *sum += part;
        }
        Ok(sum)
    }

    /// The sum over a period that ends where the run starts: what is known of it; or else on the path from the last
    /// known rate to the first month of the run; or else the first month carried back by the growth to the second one.
    fn carried(&self, missing: Period, before: &Before) -> Result<Vec<f64>, Why> {
        let rates = self.ends(0)?;
        if let Some(known) = before.sum(missing) {
            return Ok(vec![known; rates.len()]);
        }
        let (first, second) = (self.samples.middle(0), self.samples.middle(1));
        let known = before.last_rate(missing.until);
        let part = |(rate, next): (f64, f64)| {
            let path = |day: f64| match known {
                Some(known) => between(known, (first, rate), day),
                None if self.count() > 1 => between((first, rate), (second, next), day),
                None => rate,
            };
            missing.length() * path_mean(path(missing.from), path(missing.until))
        };
        Ok(rates.into_iter().map(part).collect())
    }

    /// The mean of the year that ends on a day, of the part in the run.
    fn year(&self, until: f64) -> Result<Vec<f64>, Why> {
        let (start, _) = self.samples.span();
        let from = (until - DAYS_PER_YEAR).max(start);
        if until - from < 0.5 * DAYS_PER_YEAR - SLACK {
            return Err("less than half of its year lies in the run");
        }
        let mut mean = vec![0.0; self.month(0)?.len()];
        for month in 0..self.count() {
            let span = Period {
                from: self.samples.boundary(month),
                until: self.samples.boundary(month + 1),
            };
            let weight = span.overlap(Period { from, until }) / (until - from);
            if weight > 0.0 {
                for (mean, value) in mean.iter_mut().zip(self.month(month)?) {
                    *mean += weight * value;
                }
            }
        }
        Ok(mean)
    }

    /// The growth on the year before, whose part before the run is what is known of it, or follows from the last known
    /// growth.
    fn growth(&self, period: Period, before: &Before) -> Result<Vec<f64>, Why> {
        let now = self.flow(period, before)?;
        let start = self.samples.span().0;
        let base = period.year_before();
        let early = Period {
            from: base.from,
            until: base.until.min(start),
        };
        let mut bases = if base.until > start + SLACK {
            self.inside(base)?
        } else {
            vec![0.0; now.len()]
        };
        if early.length() > SLACK {
            let parts = match (before.sum(early), before.last_growth(start)) {
                (Some(known), _) => vec![known; now.len()],
                (None, Some(growth)) => self.shrunk(early, growth)?,
                (None, None) => return Err(NO_BASE),
            };
            for (base, part) in bases.iter_mut().zip(parts) {
                *base += part;
            }
        }
        let pairs = now.into_iter().zip(bases);
        Ok(pairs.map(|(now, base)| now / base - 1.0).collect())
    }

    /// The sum over a period before the run, along a path that grew by `growth` in the year before the run.
    fn shrunk(&self, early: Period, growth: f64) -> Result<Vec<f64>, Why> {
        let first = self.samples.middle(0);
        let part = |(rate, _): (f64, f64)| {
            let path = |day: f64| {
                let years = (first - day) / DAYS_PER_YEAR;
                rate * libm::exp(-years * libm::log1p(growth))
            };
            early.length() * path_mean(path(early.from), path(early.until))
        };
        Ok(self.ends(0)?.into_iter().map(part).collect())
    }
}

#[cfg(test)]
mod tests;
