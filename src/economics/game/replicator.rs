//! Replicator dynamics (Taylor and Jonker 1978), one population a player: a strategy's share grows with its payoff over the
//! mean of its population.

use super::{Game, Mixes};

/// Growth of a log share in one step: the step of time follows the fastest growth, which changes speed and not path.
const STEP: f64 = 0.1;
/// Longest step of time, with payoffs from 0 to 1.
const LONGEST: f64 = 100.0;
/// Most steps.
const STEPS: usize = 20_000;
/// Speed of shares at which a state counts as at rest, with payoffs from 0 to 1.
const REST: f64 = 1e-8;
/// Share of one strategy in each population from which the others count as gone, if their payoff is lower.
const GONE: f64 = 1.0 - 1e-6;

/// Random shares, uniform over all shares of each population.
pub fn random_mixes(sizes: &[usize], uniform: &mut dyn FnMut() -> f64) -> Mixes {
    let mut mix = |size: &usize| {
        let weights: Vec<f64> = (0..*size).map(|_| -libm::log(1.0 - uniform())).collect();
        let sum: f64 = weights.iter().sum();
        weights.iter().map(|weight| weight / sum).collect()
    };
    sizes.iter().map(&mut mix).collect()
}

/// The state in which the dynamics come to rest from a start; `None` if they do not, as in a cycle. The game should be
/// scaled, since the speeds of populations are in units of their payoffs.
#[must_use]
pub fn rest_point(game: &Game, mut mixes: Mixes) -> Option<Mixes> {
    for _ in 0..STEPS {
        let growth = growth(game, &mixes);
        let fastest = growth
            .iter()
            .flatten()
            .fold(0.0, |f: f64, g| f.max(g.abs()));
        let shares = mixes.iter().flatten().zip(growth.iter().flatten());
        let speed = shares.fold(0.0, |f: f64, (share, g)| f.max((share * g).abs()));
        if speed < REST || is_settled(&mixes, &growth) {
            return Some(mixes);
        }
        let time = (STEP / fastest).min(LONGEST);
        for (mix, growth) in mixes.iter_mut().zip(&growth) {
            for (share, growth) in mix.iter_mut().zip(growth) {
                *share *= libm::exp(time * growth);
            }
            let sum: f64 = mix.iter().sum();
            for share in mix.iter_mut() {
                *share /= sum;
            }
        }
    }
    None
}

/// By player: the payoff of each strategy over the mean of the population.
fn growth(game: &Game, mixes: &Mixes) -> Vec<Vec<f64>> {
    let of_player = |player: usize| {
        let values = game.values(player, mixes);
        let mean: f64 = values.iter().zip(&mixes[player]).map(|(v, p)| v * p).sum();
        values.iter().map(|value| value - mean).collect()
    };
    (0..mixes.len()).map(of_player).collect()
}

/// True if one strategy holds each population and every other shrinks.
fn is_settled(mixes: &Mixes, growth: &[Vec<f64>]) -> bool {
    mixes.iter().zip(growth).all(|(mix, growth)| {
        let mut pairs = mix.iter().zip(growth);
        mix.iter().any(|share| *share > GONE)
            && pairs.all(|(share, growth)| *share > GONE || *growth < 0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{battle, dilemma, pennies};
    use super::*;

    #[test]
    fn prisoners_end_in_defection() {
        let rest = rest_point(&dilemma().scaled(), vec![vec![0.9, 0.1], vec![0.8, 0.2]]).unwrap();
        assert!(rest.iter().all(|mix| mix[1] > 0.999));
    }

    #[test]
    fn the_battle_goes_to_the_nearer_equilibrium_and_rests_at_the_mixed_one() {
        let game = battle().scaled();
        for (start, end) in [(0.8, 0), (0.2, 1)] {
            let mixes = vec![vec![start, 1.0 - start]; 2];
            let rest = rest_point(&game, mixes).unwrap();
            assert!(rest.iter().all(|mix| mix[end] > 0.999), "{start}");
        }
        let mixed = vec![vec![2.0 / 3.0, 1.0 / 3.0], vec![1.0 / 3.0, 2.0 / 3.0]];
        assert_eq!(rest_point(&game, mixed.clone()), Some(mixed));
    }

    #[test]
    fn pennies_do_not_come_to_rest() {
        let start = vec![vec![0.7, 0.3], vec![0.4, 0.6]];
        assert_eq!(rest_point(&pennies().scaled(), start), None);
    }
}
