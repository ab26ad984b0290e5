//! Findings of an audit: a verdict with its numbers, the region of failure, and the nearest flip.

/// The verdict on a claim. The words have fixed meanings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// At least as probable as the claim says, beyond the errors of simulation and of testing many claims at once.
    Holds,
    /// Less probable than the claim says, beyond the same errors.
    Fails,
    /// The replications do not decide.
    Open,
    /// The model cannot express the claim.
    NotExpressible,
}

impl Verdict {
    /// The verdict as a word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Fails => "fails",
            Self::Open => "open",
            Self::NotExpressible => "not expressible",
        }
    }
}

/// The bounds of a region in one input, in its unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    /// Path of the input.
    pub path: String,
    /// Lower bound.
    pub above: Option<f64>,
    /// Upper bound.
    pub below: Option<f64>,
}

/// A box of inputs in which a claim fails.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    /// Bounds.
    pub sides: Vec<Side>,
    /// Share of all failures that lie in the box.
    pub coverage: f64,
    /// Share of the replications in the box that fail.
    pub density: f64,
}

/// The finding on one thesis.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The verdict.
    pub verdict: Verdict,
    /// Probability that the test is true; for a test over replications, the share of resamples in which it is true.
    pub probability: f64,
    /// 95 % interval of the probability; not a number for a share of resamples.
    pub interval: (f64, f64),
    /// Mean effect over replications; for an effect over all replications, its value.
    pub effect: f64,
    /// Half the width of the 95 % interval of the effect.
    pub effect_half_width: f64,
    /// 5 % and 95 % quantiles of the effect over replications or resamples.
    pub effect_range: (f64, f64),
    /// Lowest false-discovery rate at which the verdict stands.
    pub rate: f64,
    /// Region of failure, if failures lie together.
    pub region: Option<Region>,
    /// Nearest change of inputs that reverses the verdict.
    pub flip: Option<Flip>,
}

impl Finding {
    pub(super) fn not_expressible() -> Self {
        Self {
            verdict: Verdict::NotExpressible,
            probability: f64::NAN,
            interval: (f64::NAN, f64::NAN),
            effect: f64::NAN,
            effect_half_width: f64::NAN,
            effect_range: (f64::NAN, f64::NAN),
            rate: f64::NAN,
            region: None,
            flip: None,
        }
    }
}

/// A change of inputs that reverses a verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct Flip {
    /// Shifted inputs.
    pub moves: Vec<Move>,
    /// Size of the change: root of the sum of squared shifts, in standard deviations.
    pub distance: f64,
    /// Probability that the test is true after the change, on new random streams.
    pub probability: f64,
}

/// A shift of one input.
#[derive(Clone, Debug, PartialEq)]
pub struct Move {
    /// Path of the input.
    pub path: String,
    /// Shift of its distribution, in standard deviations of a normal.
    pub by: f64,
    /// Medians before and after.
    pub medians: (f64, f64),
}
