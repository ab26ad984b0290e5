//! The smallest effect of interest of a claim: an effect known to be smaller does not matter.

use crate::metric::unit::Unit;
use crate::metric::{ArmShape, Metric, Wanted};
use crate::scenario::fault::Fault;
use crate::scenario::record::{Name, record};

use super::finding::{Finding, Verdict};
use super::spec::Whose;

record! {
    /// The smallest effect that matters: a number with a unit, or a part of a metric.
    SmallestSpec {
        /// The number: in `unit`, or as a part of `of`.
        value: f64,
        /// Unit of the number, as in metrics; `none` for an effect without a unit.
        unit: Option<Name>,
        /// Metric of the unit of the effect; the number is a part of its mean over replications.
        of: Option<Name>,
        /// Reason for the number.
        reason: Name,
        /// Origin of the number.
        whose: Whose,
    }
}

/// A checked smallest effect of interest.
#[derive(Clone, Debug)]
pub struct Smallest {
    /// The number.
    pub value: f64,
    /// Metric of which the number is a part.
    pub of: Option<Metric>,
}

impl Smallest {
    /// Checks a smallest effect against the unit of the effect of a claim.
    ///
    /// # Errors
    /// The fault, with its place.
    pub(super) fn new(
        spec: &SmallestSpec,
        (unit, is_over): (Option<&Unit>, bool),
        arms: &[ArmShape<'_>],
        wanted: &mut Wanted,
    ) -> Result<Self, Fault> {
        let place = &spec.reason.place;
        let Some(unit) = unit else {
            let message = "the claim has no effect that could be too small";
            return Err(Fault::new(message, place.clone())
                .help("add `effect = \"...\"`, or leave out `smallest`"));
        };
        if spec.value <= 0.0 {
            let message = format!("the smallest effect is {}, not above zero", spec.value);
            return Err(Fault::new(message, place.clone())
                .help("give the size of an effect, without a sign"));
        }
        let wrong = |found: &Unit, place: &crate::scenario::source::Place| {
            let message =
                format!("the smallest effect is in `{found}`, and the effect is in `{unit}`");
            // In the words of metrics: `usd_per_mtok`, not `usd/mtok`.
            let name = if unit.is_plain() {
                "none".to_owned()
            } else {
                unit.to_string().replace("1/", "per_").replace('/', "_per_")
            };
            Fault::new(message, place.clone()).help(format!("give it in `{name}`"))
        };
        match (&spec.unit, &spec.of) {
            (Some(name), None) => {
                let stated = if name.text == "none" {
                    Some(Unit::plain())
                } else {
                    Unit::parse(&name.text)
                };
                let stated = stated.ok_or_else(|| {
                    Fault::new(format!("there is no unit `{}`", name.text), name.place.clone())
                        .help("write a unit of metrics such as `usd`, `months` or `usd_per_mtok`, or `none`")
                })?;
                if stated != *unit {
                    return Err(wrong(&stated, &name.place));
                }
                Ok(Self {
                    value: spec.value,
                    of: None,
                })
            }
            (None, Some(text)) => {
                let of = Metric::new(&text.text, &text.place, arms, wanted)?;
                if of.is_truth || of.is_over != is_over {
                    let message = "`of` is not a number of the same level as the effect";
                    return Err(Fault::new(message, text.place.clone())
                        .help("give a number of one replication, or a number over all replications if the effect is over all"));
                }
                if of.unit != *unit {
                    return Err(wrong(&of.unit, &text.place));
                }
                Ok(Self {
                    value: spec.value,
                    of: Some(of),
                })
            }
            _ => Err(
                Fault::new("the smallest effect has no unit, or two", place.clone())
                    .help("give either `unit`, or `of` with a metric that the number is a part of"),
            ),
        }
    }

    /// The smallest effect in the unit of the effect.
    pub(super) fn in_unit(&self, kept: &[Vec<f64>]) -> f64 {
        let Some(of) = &self.of else {
            return self.value;
        };
        if of.is_over {
            let all: Vec<usize> = (0..kept.len()).collect();
            return self.value * of.over(&of.columns(kept), &all).abs();
        }
        #[expect(clippy::cast_precision_loss, reason = "replications are few")]
        let mean = kept.iter().map(|row| of.value(row)).sum::<f64>() / kept.len() as f64;
        self.value * mean.abs()
    }
}

/// Marks an effect as too small if its whole interval lies within the smallest effect of interest.
pub(super) fn mark(finding: &mut Finding) {
    let farthest = finding.effect.abs() + finding.effect_half_width;
    if finding.verdict != Verdict::Assumed && farthest < finding.smallest {
        finding.verdict = Verdict::TooSmall;
    }
}
