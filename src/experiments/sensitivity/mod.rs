//! Sensitivity of metrics to uncertain inputs: screening by elementary effects (Morris), then shares of variance (Sobol).
//!
//! Inputs are the uncertain numbers of the scenario. Numbers that the scenario correlates form one input, because shares of variance
//! need independent inputs; draws in a group keep their correlation. All numbers that are not studied are one more input, and so is
//! chance: everything random in the market once all numbers are drawn.

mod groups;
mod screen;
mod shares;

use super::arms::{ArmMetrics, RunCheckpoint};
use crate::runner::{Runner, Stopped};
use crate::scenario::Loaded;
use crate::simulation::Simulation;
use crate::stats::sensitivity::Share;

pub use groups::{Group, groups};
use screen::screen;
use shares::Study;

/// The settings of a study.
#[derive(Clone, Copy, Debug)]
pub struct Setup<'a> {
    /// The scenario.
    pub loaded: &'a Loaded,
    /// Metrics, checked against the scenario.
    pub metrics: &'a ArmMetrics,
    /// All inputs.
    pub groups: &'a [Group],
    /// Base points of the screening; 0 skips it, and keeps the first inputs.
    pub screen: u32,
    /// Inputs that are kept for shares of variance.
    pub keep: usize,
    /// Base points of the shares of variance.
    pub points: u32,
    /// Value of the sure alternative to the first metric in a decision, in its unit.
    pub threshold: Option<f64>,
}

/// The elementary effects of an input, in standard deviations of each metric over the base points.
#[derive(Clone, Debug, PartialEq)]
pub struct Screened {
    /// Place of the input among the groups.
    pub group: usize,
    /// By metric: mean size of the effect of replacing one draw of the input by another.
    pub size: Vec<f64>,
    /// By metric: standard deviation of the effects; large relative to their mean size if the input interacts or is nonlinear.
    pub spread: Vec<f64>,
}

/// Shares of variance of an input, with bootstrap intervals.
#[derive(Clone, Debug, PartialEq)]
pub struct Index {
    /// Name: an input, all other numbers, chance, or a class of numbers.
    pub name: String,
    /// Point estimates and their standard errors.
    pub share: Share,
    /// 95 % interval of the first-order share, by resampling base points.
    pub first: (f64, f64),
    /// 95 % interval of the total share, by resampling base points.
    pub total: (f64, f64),
    /// Expected value of perfect information about it in the decision at the threshold, in the unit of the metric; `None` without
    /// a threshold, or for more than one number.
    pub perfect_information: Option<f64>,
    /// Means of the metric in the lowest and the highest fifth of the number; `None` for more than one number.
    pub swing: Option<(f64, f64)>,
}

/// Shares of variance of one metric.
#[derive(Clone, Debug)]
pub struct MetricShares {
    /// Mean of the metric.
    pub mean: f64,
    /// Variance of the metric.
    pub variance: f64,
    /// Shares of the kept inputs, then of all other numbers, then of chance.
    pub indices: Vec<Index>,
    /// Shares of all numbers of a class.
    pub classes: Vec<Index>,
}

/// The results of a study.
#[derive(Clone, Debug)]
pub struct Sensitivity {
    /// The screening, the strongest input first; empty if it was skipped.
    pub screened: Vec<Screened>,
    /// Places of the kept inputs among the groups.
    pub kept: Vec<usize>,
    /// By metric: its shares of variance.
    pub found: Vec<MetricShares>,
}

/// First replication of the second sample; the two samples share no draws.
const SECOND: u32 = 1 << 19;

/// Runs a study.
///
/// # Errors
/// The reason why the runs ended early.
pub fn sensitivity(
    setup: Setup<'_>,
    checkpoint: RunCheckpoint<'_>,
    runner: Runner<'_>,
) -> Result<Sensitivity, Stopped> {
    let simulation = Simulation::of(setup.loaded).observing(setup.metrics.observed.clone());
    let screened = if setup.screen > 0 {
        screen(setup, &simulation, checkpoint, runner)?
    } else {
        Vec::new()
    };
    let mut kept: Vec<usize> = if screened.is_empty() {
        (0..setup.groups.len()).collect()
    } else {
        screened.iter().map(|one| one.group).collect()
    };
    kept.truncate(setup.keep);
    let found = Study::new(setup, &simulation, &kept).run(checkpoint, runner)?;
    Ok(Sensitivity {
        screened,
        kept,
        found,
    })
}

#[cfg(test)]
mod tests {
    use super::super::arms::metrics_of_one;
    use super::*;
    use crate::runner::NoCheckpoint;
    use crate::scenario::{Request, load};

    fn small() -> Loaded {
        let sets = ["months=2", "run.enterprises=60"]
            .map(str::to_owned)
            .to_vec();
        load(&Request {
            sets,
            ..Request::default()
        })
        .unwrap()
    }

    #[test]
    fn enterprise_spend_drives_spend_of_the_first_month() {
        let loaded = small();
        let metrics =
            metrics_of_one("a", &loaded, &["market.market.spend_usd[1]".to_owned()]).unwrap();
        let only = ["demand.enterprise_spend", "tier.flagship.progress"].map(str::to_owned);
        let groups = groups(&loaded, &[], &only).unwrap();
        let setup = Setup {
            loaded: &loaded,
            metrics: &metrics,
            groups: &groups,
            screen: 4,
            keep: 2,
            points: 32,
            threshold: None,
        };
        let found = sensitivity(setup, &mut NoCheckpoint, Runner::quiet()).unwrap();
        assert_eq!(groups[found.screened[0].group].name, only[0]);
        let of = |name: &str| {
            let mut indices = found.found[0].indices.iter();
            indices.find(|index| index.name == name).unwrap()
        };
        // No release has brought progress yet in the first month.
        // Half of the spend follows from run rates, which are not inputs here.
        let spend = of("demand.enterprise_spend");
        assert!(spend.share.total > 0.0);
        let other = &found.found[0].indices[1];
        assert!(other.share.total.abs() < 1e-12, "{other:?}");
        let (low, high) = spend.swing.unwrap();
        assert!(high > low);
        assert!(spend.total.0 <= spend.share.total && spend.share.total <= spend.total.1);
    }

    #[test]
    fn correlated_numbers_form_one_input() {
        let loaded = small();
        let all = groups(&loaded, &[], &[]).unwrap();
        assert!(
            all.iter()
                .any(|group| group.name.ends_with("(correlated)") && group.inputs.len() > 1)
        );
        let missing = groups(&loaded, &[], &["demnd".to_owned()]).expect_err("none");
        assert!(
            missing
                .to_string()
                .contains("no uncertain number begins with `demnd`")
        );
        let named = groups(&loaded, &[("d".to_owned(), vec!["demand".to_owned()])], &[]).unwrap();
        assert!(named[0].name == "d" && named[0].inputs.len() > 1);
    }
}
