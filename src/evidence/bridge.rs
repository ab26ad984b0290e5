//! The ratio of observations to a measure that they are proportional to, estimated at the vintage.

use super::forecast::{DAYS_PER_MONTH, Why, at_start};
use super::known::Known;
use super::mapping::{Bridge, Line};
use super::samples::RunSamples;
use super::scale::Scale;
use crate::stats::quantile;
use crate::stats::trend::fit;

/// The difference of a label from its measure at the start of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Shift {
    /// Difference on the scale of the line: the logarithm of the ratio of amounts.
    pub shift: f64,
    /// Standard error of the difference.
    pub error: f64,
}

impl Shift {
    /// The shift of a line: that of its label at the vintage, by the damped trend of the rows known by then, from the
    /// median of the run at its start. None for a line without bridge.
    ///
    /// # Errors
    /// If no row of the label was known, or the run does not have the measure.
    pub fn of(samples: &RunSamples<'_>, line: &Line, known: &Known<'_>) -> Result<Self, Why> {
        const UNKNOWN: Why = "no row of this label was known at the vintage, so its ratio is not";
        if line.bridge == Bridge::None {
            return Ok(Self::default());
        }
        let start = samples.span().0 / DAYS_PER_MONTH;
        let readings = known.readings(&line.label);
        let noise = known.noise(&line.group).ok_or(UNKNOWN)?;
        let trend = fit(&readings, &noise.damped, start, start).ok_or(UNKNOWN)?;
        let (level, variance) = trend.reading(start, start, false);
        let mut values = at_start(samples, line)?;
        values.sort_unstable_by(f64::total_cmp);
        let median = Scale::of(line)
            .to(quantile(&values, 0.5))
            .ok_or("the measure is zero at the start of the run")?;
        Ok(Self {
            shift: level - median,
            error: libm::sqrt(variance),
        })
    }

    /// The ratio by which months of the run are multiplied: one on scales other than the logarithmic.
    #[must_use]
    pub fn factor(self, scale: Scale) -> f64 {
        match scale {
            Scale::Log => libm::exp(self.shift),
            Scale::Odds | Scale::Growth | Scale::Size => 1.0,
        }
    }

    /// The value of a share, in units of the model, with its odds shifted; other values stay.
    #[must_use]
    pub fn shifted(self, scale: Scale, value: f64) -> f64 {
        match (scale, scale.to(value)) {
            (Scale::Odds, Some(odds)) if self.shift != 0.0 => scale.back(odds + self.shift),
            _ => value,
        }
    }
}
