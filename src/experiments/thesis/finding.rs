//! The finding of an audit: a verdict with its numbers, where the claim fails and what would turn the verdict.

/// What the replications say of a claim. The words have fixed meanings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// At least as probable as the claim says, beyond the errors of simulation and of testing many claims at once.
    Holds,
    /// Less probable than the claim says, likewise.
    Fails,
    /// The replications do not decide.
    Open,
    /// The model cannot express the claim.
    NotExpressible,
}

impl Verdict {
    /// The word.
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

/// A bound of a region, in the unit of the input.
#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    /// The input.
    pub path: String,
    /// It lies above this.
    pub above: Option<f64>,
    /// It lies below this.
    pub below: Option<f64>,
}

/// Where a claim fails: a box of inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    /// Its bounds.
    pub sides: Vec<Side>,
    /// The share of all failures in it.
    pub coverage: f64,
    /// The share of replications in it that fail.
    pub density: f64,
}

/// What was found of one thesis.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The verdict.
    pub verdict: Verdict,
    /// The probability that the test is true; of a test over replications, the share of resamples in which it is.
    pub probability: f64,
    /// Its 95 % interval; none of a share of resamples.
    pub interval: (f64, f64),
    /// Mean size of the effect and half the width of its interval; of an effect over replications, its value.
    pub effect: f64,
    /// Half the width of the effect's 95 % interval.
    pub effect_half_width: f64,
    /// The effect in the 5th and 95th of a hundred replications, or resamples.
    pub effect_range: (f64, f64),
    /// The lowest false-discovery rate at which the verdict stands.
    pub rate: f64,
    /// Where it fails, if failures lie together.
    pub region: Option<Region>,
    /// The nearest change of an input that turns the verdict.
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

/// A change of inputs that turns a verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct Flip {
    /// What is moved.
    pub moves: Vec<Move>,
    /// How far in all: the root of the sum of squares, in standard deviations.
    pub distance: f64,
    /// The probability that the test is true then, on fresh luck.
    pub probability: f64,
}

/// One input that is moved.
#[derive(Clone, Debug, PartialEq)]
pub struct Move {
    /// The input.
    pub path: String,
    /// How far its distribution is moved, in standard deviations of a normal.
    pub by: f64,
    /// Its median before and after.
    pub medians: (f64, f64),
}
