//! Findings of an audit: a verdict with its numbers, the region of failure, and the nearest flip.

/// The verdict on a claim. The words have fixed meanings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// At least as probable as the claim says, beyond the errors of simulation and of testing many claims at once.
    Holds,
    /// Less probable than the claim says, beyond the same errors.
    Fails,
    /// An input sets the outcome, not the simulated market.
    Assumed,
    /// The whole interval of the effect lies within the smallest effect of interest.
    TooSmall,
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
            Self::Assumed => "assumed",
            Self::TooSmall => "too small to matter",
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
    /// Inputs that set the outcome, if the market does not.
    pub assumed: Option<Assumed>,
    /// Break-even value of the input that the claim names.
    pub break_even: Option<BreakEven>,
    /// Smallest effect of interest, in the unit of the effect; not a number if the claim states none.
    pub smallest: f64,
}

/// Inputs that set the outcome of a test.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assumed {
    /// Paths; none if nothing that the test compares varies over replications.
    pub paths: Vec<String>,
}

/// The value of an input at which a verdict turns, over a stated range.
#[derive(Clone, Debug, PartialEq)]
pub struct BreakEven {
    /// Paths that get the value together.
    pub paths: Vec<String>,
    /// Value of the first path in the arm that it is set in; the median if it is uncertain.
    pub present: f64,
    /// Range of values.
    pub range: (f64, f64),
    /// Bounds of the break-even value that is nearest to the present one; none if the verdict turns nowhere in the range.
    pub at: Option<(f64, f64)>,
    /// Number of times that the verdict turns between the values of the scan.
    pub turns: usize,
    /// Values of the scan in order, each with the probability that the test is true.
    pub points: Vec<(f64, f64)>,
    /// Share of the variance of what the claim is about that the input explains over its range; not a number for a test over
    /// all replications.
    pub explained: f64,
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
            assumed: None,
            break_even: None,
            smallest: f64::NAN,
        }
    }
}

/// A change of inputs that reverses a verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct Flip {
    /// Shifted inputs.
    pub moves: Vec<Shift>,
    /// Size of the change: root of the sum of squared shifts, in standard deviations.
    pub distance: f64,
    /// Probability that the test is true after the change, on new random streams.
    pub probability: f64,
}

/// A shift of one input.
#[derive(Clone, Debug, PartialEq)]
pub struct Shift {
    /// Path of the input.
    pub path: String,
    /// Shift of its distribution, in standard deviations of a normal.
    pub by: f64,
    /// Medians before and after.
    pub medians: (f64, f64),
}
