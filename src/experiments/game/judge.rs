//! Certificates of stability: runs of the deviations, and what each actor could gain by them.

use crate::runner::{Runner, Stopped};
use crate::scenario::{Faults, Loaded};
use crate::stats::Summary;
use crate::stats::intervals::half_width;

use super::account::{Bench, Row};
use super::certificate::CertificatePlan;
use super::samples::Stance;
use crate::experiments::arms::RunCheckpoint;

/// The gain of a deviation at one terminal multiple.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gain {
    /// Mean over replications.
    pub mean: f64,
    /// Half the width of its 95 % interval.
    pub half: f64,
    /// Gain over the actor's revenue, both as means.
    pub share: f64,
    /// 95 % interval of the share.
    pub range: (f64, f64),
}

/// The results of an actor.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Replications.
    pub replications: usize,
    /// Value of the scenario to it.
    pub value: Summary,
    /// Its revenue, valued as its profit is.
    pub revenue: Summary,
    /// Gains by deviation and multiple.
    pub gains: Vec<Vec<Gain>>,
    /// Largest upper end of the gains over deviations, as a share of the revenue of the months observed alone.
    pub of_observed: f64,
    /// The deviation that gains most, at the multiple of the valuation.
    pub best: usize,
    /// Where the shares of revenue stand against the bound.
    pub stance: Stance,
}

impl Judged {
    /// The gain of the best deviation.
    #[must_use]
    pub fn gain(&self) -> Gain {
        self.gains[self.best][0]
    }

    /// The largest upper end of the intervals of shares over all deviations.
    #[must_use]
    pub fn upper(&self) -> f64 {
        let ends = self.gains.iter().map(|gains| gains[0].range.1);
        ends.fold(f64::NEG_INFINITY, f64::max)
    }
}

/// Runs all deviations, in batches until each actor is decided against the bound or the most replications are reached.
///
/// # Errors
/// The reason why the runs ended early.
pub fn certify(
    plan: &CertificatePlan,
    checkpoint: RunCheckpoint<'_>,
    runner: Runner<'_>,
) -> Result<Vec<Judged>, Stopped> {
    let all = plan.all();
    let mut bench = Bench::new(&plan.accounts, checkpoint, runner);
    let build = |arm: usize| -> Result<Loaded, Faults> {
        Ok(match arm.checked_sub(1) {
            None => plan.base.clone(),
            Some(at) => all[at].1.loaded.clone(),
        })
    };
    let mut rows: Vec<Vec<Row>> = vec![Vec::new(); all.len() + 1];
    let mut found: Vec<Option<Judged>> = vec![None; plan.actors.len()];
    let mut done = 0;
    loop {
        let until = (done + plan.first).min(plan.most);
        let is_open = |actor: usize| {
            let judged = found[actor].as_ref();
            judged.is_none_or(|judged| judged.stance == Stance::Open)
        };
        let deviations = (1..).zip(&all).filter(|(_, (actor, _))| is_open(*actor));
        let arms: Vec<usize> = std::iter::once(0)
            .chain(deviations.map(|(arm, _)| arm))
            .collect();
        for (arm, new) in arms.iter().zip(bench.run(&arms, &(done..until), &build)?) {
            rows[*arm].extend(new);
        }
        done = until;
        for (actor, judged) in found.iter_mut().enumerate() {
            let own = (1..).zip(&all).filter(|(_, (owner, _))| *owner == actor);
            let own: Vec<&[Row]> = own.map(|(arm, _)| &rows[arm][..]).collect();
            if own[0].len() == done as usize {
                *judged = Some(judge(plan, actor, &rows[0], &own));
            }
        }
        let is_settled = |judged: &Option<Judged>| {
            judged
                .as_ref()
                .is_some_and(|judged| judged.stance != Stance::Open)
        };
        if done == plan.most || found.iter().all(is_settled) {
            let judged = found.into_iter();
            return Ok(judged
                .map(|j| j.expect("every actor was judged in the first batch"))
                .collect());
        }
    }
}

/// Judges an actor from the rows of the scenario and of its deviations.
fn judge(plan: &CertificatePlan, actor: usize, base: &[Row], deviations: &[&[Row]]) -> Judged {
    let (payoff, revenue) = (2 * actor, 2 * actor + 1);
    let value = |row: &Row, multiple: f64| row[payoff].at(multiple);
    let multiple = plan.multiples[0];
    // Revenue is valued as profit is, so that their ratio does not depend on the time that a value covers.
    let revenues = |rows: &[Row], multiple: f64| -> Vec<f64> {
        rows.iter().map(|row| row[revenue].at(multiple)).collect()
    };
    let gains: Vec<Vec<Gain>> = (deviations.iter())
        .map(|rows| {
            let at = |multiple: &f64| {
                let pairs = rows.iter().zip(base);
                let gains = pairs.map(|(own, base)| value(own, *multiple) - value(base, *multiple));
                gain(
                    &gains.collect::<Vec<f64>>(),
                    &revenues(&base[..rows.len()], *multiple),
                )
            };
            plan.multiples.iter().map(at).collect()
        })
        .collect();
    let of_observed = deviations.iter().map(|rows| {
        let pairs = rows.iter().zip(base);
        let gains = pairs.map(|(own, base)| value(own, multiple) - value(base, multiple));
        let flows: Vec<f64> = base[..rows.len()]
            .iter()
            .map(|row| row[revenue].flow)
            .collect();
        gain(&gains.collect::<Vec<f64>>(), &flows).range.1
    });
    let of_observed = of_observed.fold(f64::NEG_INFINITY, f64::max);
    let best = (0..gains.len()).max_by(|a, b| gains[*a][0].mean.total_cmp(&gains[*b][0].mean));
    let replications = deviations[0].len();
    let base = &base[..replications];
    Judged {
        of_observed,
        replications,
        value: Summary::of(
            &mut base
                .iter()
                .map(|row| value(row, multiple))
                .collect::<Vec<f64>>(),
        ),
        revenue: Summary::of(&mut revenues(base, multiple)),
        best: best.expect("an actor has deviations"),
        stance: Stance::of(gains.iter().map(|gains| gains[0].range), plan.bound),
        gains,
    }
}

/// A gain, and its share of revenue with the interval of a ratio of means (by linearisation, as in survey sampling).
fn gain(gains: &[f64], revenues: &[f64]) -> Gain {
    let n = gains.len();
    let revenue = Summary::of(&mut revenues.to_vec()).mean;
    let mut rests = gains.to_vec();
    let summary = Summary::of(&mut rests.clone());
    let share = summary.mean / revenue;
    for (rest, own) in rests.iter_mut().zip(revenues) {
        *rest = (*rest - share * own) / revenue;
    }
    let half = half_width(Summary::of(&mut rests).sd, n, 0.95);
    Gain {
        mean: summary.mean,
        half: summary.half_width(0.95),
        share,
        range: (share - half, share + half),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_revenue_have_the_interval_of_a_ratio() {
        // A gain that is a fixed share of revenue has no interval, however revenue varies.
        let revenues = [100.0, 300.0, 50.0, 250.0];
        let exact = gain(&revenues.map(|r| 0.03 * r), &revenues);
        assert!((exact.share - 0.03).abs() < 1e-12 && exact.range.1 - exact.range.0 < 1e-12);
        assert!(exact.half > 1.0);
        let noisy = gain(&[1.0, -1.0, 2.0, 0.0], &[100.0; 4]);
        assert!((noisy.share - 0.005).abs() < 1e-12);
        assert!((noisy.range.1 - noisy.share - noisy.half / 100.0).abs() < 1e-12);
    }
}
