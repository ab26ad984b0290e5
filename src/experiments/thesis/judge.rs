//! The test of one claim on the values of its replications.

use crate::base::rng::Stream;
use crate::stats::Summary;
use crate::stats::boxes::pick;
use crate::stats::intervals::{binomial_cdf, correlation, half_width, proportion_interval};

use super::check::Test;
use super::finding::{Finding, Verdict};

/// Number of resamples of metrics over replications.
const RESAMPLES: usize = 1_000;

/// By replication: the result of a test, and its margin.
#[derive(Clone, Debug, Default)]
pub(super) struct TestResults {
    pub(super) truths: Vec<bool>,
    pub(super) margins: Vec<f64>,
}

/// Tests a thesis. `rate` of the finding is the p-value of a probability other than the claimed one, until [`super::audit`] adjusts it.
pub(super) fn judge(test: &Test, kept: &[Vec<f64>], stream: &mut Stream) -> (Finding, TestResults) {
    let n = kept.len();
    if test.metric.is_over {
        return (over(test, kept, stream), TestResults::default());
    }
    let truths: Vec<bool> = kept
        .iter()
        .map(|row| test.metric.value(row) != 0.0)
        .collect();
    let hits = truths.iter().filter(|truth| **truth).count();
    let mut sizes: Vec<f64> = kept
        .iter()
        .zip(&truths)
        .map(
            |(row, truth)| match (&test.effect, test.metric.sides(row)) {
                (Some(effect), _) => effect.value(row),
                (None, Some((left, right))) => left - right,
                (None, None) => f64::from(u8::from(*truth)),
            },
        )
        .collect();
    let margins = margins(test, kept, &truths, &sizes);
    let effect = Summary::of(&mut sizes);
    // A truth has no size.
    let is_sized = test.effect.is_some()
        || kept
            .first()
            .is_some_and(|row| test.metric.sides(row).is_some());
    let in_size = |value: f64| if is_sized { value } else { f64::NAN };
    let p = test.probability;
    let low = binomial_cdf(hits, n, p);
    let high = if hits == 0 {
        1.0
    } else {
        1.0 - binomial_cdf(hits - 1, n, p)
    };
    #[expect(clippy::cast_precision_loss, reason = "replications are few")]
    let probability = hits as f64 / n as f64;
    let finding = Finding {
        verdict: if probability >= p {
            Verdict::Holds
        } else {
            Verdict::Fails
        },
        probability,
        interval: proportion_interval(hits, n, 0.95),
        effect: in_size(effect.mean),
        effect_half_width: in_size(half_width(effect.sd, n, 0.95)),
        effect_range: (in_size(effect.quantiles[0]), in_size(effect.quantiles[4])),
        rate: (2.0 * low.min(high)).min(1.0),
        ..Finding::not_expressible()
    };
    (finding, TestResults { truths, margins })
}

/// Margin of the test in each replication. Tests that are not a comparison take the effect, with a sign and an offset such that
/// it is above zero as often as the test is true.
#[expect(clippy::cast_precision_loss, reason = "replications are few")]
fn margins(test: &Test, kept: &[Vec<f64>], truths: &[bool], sizes: &[f64]) -> Vec<f64> {
    let own: Option<Vec<f64>> = kept.iter().map(|row| test.metric.margin(row)).collect();
    own.unwrap_or_else(|| {
        let hits: Vec<f64> = truths
            .iter()
            .map(|truth| f64::from(u8::from(*truth)))
            .collect();
        let sign = if correlation(sizes, &hits) < 0.0 {
            -1.0
        } else {
            1.0
        };
        let turned: Vec<f64> = sizes.iter().map(|size| sign * size).collect();
        let mut sorted = turned.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let share = hits.iter().sum::<f64>() / hits.len().max(1) as f64;
        let edge = crate::stats::quantile(&sorted, 1.0 - share);
        turned.into_iter().map(|size| size - edge).collect()
    })
}

/// Tests a thesis about all replications, by resampling them.
fn over(test: &Test, kept: &[Vec<f64>], stream: &mut Stream) -> Finding {
    let n = kept.len();
    let columns = test.metric.columns(kept);
    let effects = test
        .effect
        .as_ref()
        .map(|effect| (effect, effect.columns(kept)));
    let all: Vec<usize> = (0..n).collect();
    let (mut hits, mut sizes) = (0_usize, Vec::with_capacity(RESAMPLES));
    for _ in 0..RESAMPLES {
        let picks: Vec<usize> = (0..n).map(|_| pick(n, stream)).collect();
        hits += usize::from(test.metric.over(&columns, &picks) != 0.0);
        if let Some((effect, columns)) = &effects {
            sizes.push(effect.over(columns, &picks));
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "resamples are few")]
    let share = hits as f64 / RESAMPLES as f64;
    let is_true = test.metric.over(&columns, &all) != 0.0;
    let (effect, half, range) = match &effects {
        Some((effect, columns)) => {
            let summary = Summary::of(&mut sizes);
            (
                effect.over(columns, &all),
                1.96 * summary.sd,
                (summary.quantiles[0], summary.quantiles[4]),
            )
        }
        None => (f64::NAN, f64::NAN, (f64::NAN, f64::NAN)),
    };
    Finding {
        verdict: if is_true {
            Verdict::Holds
        } else {
            Verdict::Fails
        },
        probability: share,
        // A share of resamples is not a probability of the test, so it has no interval.
        interval: (f64::NAN, f64::NAN),
        effect,
        effect_half_width: half,
        effect_range: range,
        #[expect(clippy::cast_precision_loss, reason = "resamples are few")]
        rate: (2.0 * share.min(1.0 - share)).max(1.0 / RESAMPLES as f64),
        ..Finding::not_expressible()
    }
}
