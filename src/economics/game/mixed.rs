//! Equilibria in mixed strategies, by enumeration of supports (Porter, Nudelman and Shoham 2008): for each choice of the
//! strategies that are played, Newton's method finds probabilities that make each player indifferent among its own.

use nalgebra::{DMatrix, DVector};

use super::{Game, Mixes};

/// Most choices of supports that are tried.
pub const MOST_SUPPORTS: usize = 200_000;
/// Starts of Newton's method for each choice of supports with three players or more; with two players the equations are linear.
const STARTS: usize = 12;
/// Most steps of Newton's method.
const STEPS: usize = 40;
/// Residual of the conditions at which Newton's method ends, with payoffs from 0 to 1.
const RESIDUAL: f64 = 1e-12;
/// Least pivot of the derivatives over the largest at an equilibrium that is isolated.
const ISOLATED: f64 = 1e-9;
/// Least probability of a strategy that counts as played.
const LEAST: f64 = 1e-7;
/// Largest regret of an equilibrium, with payoffs from 0 to 1.
const REGRET: f64 = 1e-9;
/// Equilibria that differ by less in every probability count as one.
const APART: f64 = 1e-5;

/// The isolated equilibria in which some player mixes; `None` if there are too many choices of supports. `uniform` draws
/// the starts of Newton's method. Each equilibrium is verified: no player regrets it. Where equilibria form a continuum, as
/// in degenerate games, some may be missing.
#[must_use]
pub fn mixed_equilibria(game: &Game, uniform: &mut dyn FnMut() -> f64) -> Option<Vec<Mixes>> {
    let scaled = game.scaled();
    let allowed = scaled.undominated();
    let mut count: usize = 1;
    for strategies in &allowed {
        let subsets = 1_usize.checked_shl(u32::try_from(strategies.len()).ok()?)? - 1;
        count = count.checked_mul(subsets)?;
    }
    if count > MOST_SUPPORTS {
        return None;
    }
    let mut found: Vec<Mixes> = Vec::new();
    for number in 0..count {
        let supports = supports(&allowed, number);
        if supports.iter().all(|support| support.len() == 1) || is_hopeless(&scaled, &supports) {
            continue;
        }
        let starts = if scaled.shape.players() == 2 {
            1
        } else {
            STARTS
        };
        for start in 0..starts {
            let mixes = begin(&supports, start > 0, uniform);
            let Some(mixes) = newton(&scaled, &supports, mixes) else {
                continue;
            };
            if is_equilibrium(&scaled, &supports, &mixes) && is_new(&found, &mixes) {
                found.push(mixes);
            }
        }
    }
    Some(found)
}

/// The supports of that number: a subset of the allowed strategies of each player, never empty.
fn supports(allowed: &[Vec<usize>], mut number: usize) -> Vec<Vec<usize>> {
    let mut chosen = Vec::with_capacity(allowed.len());
    for strategies in allowed {
        let subsets = (1 << strategies.len()) - 1;
        let bits = number % subsets + 1;
        number /= subsets;
        let is_in = |(at, _): &(usize, &usize)| bits >> at & 1 == 1;
        let inside = strategies.iter().enumerate().filter(is_in);
        chosen.push(inside.map(|(_, strategy)| *strategy).collect());
    }
    chosen
}

/// True if a strategy of a support is worse than another strategy of its player against everything in the other supports.
fn is_hopeless(game: &Game, supports: &[Vec<usize>]) -> bool {
    (0..supports.len()).any(|player| {
        let mut wide = supports.to_vec();
        wide[player] = (0..game.shape.sizes()[player]).collect();
        let mut own = supports[player].iter();
        own.any(|strategy| game.is_dominated(player, *strategy, &wide))
    })
}

/// Equal probabilities over the supports, or random ones.
fn begin(supports: &[Vec<usize>], is_random: bool, uniform: &mut dyn FnMut() -> f64) -> Mixes {
    let mut mix = |support: &Vec<usize>| {
        let draw = |_: &usize| {
            if is_random {
                -libm::log(1.0 - uniform())
            } else {
                1.0
            }
        };
        let weights: Vec<f64> = support.iter().map(draw).collect();
        let sum: f64 = weights.iter().sum();
        weights.iter().map(|weight| weight / sum).collect()
    };
    supports.iter().map(&mut mix).collect()
}

/// Newton's method on the conditions of indifference and of probabilities that add up to one. Mixes are over the supports on
/// the way in, over all strategies on the way out; `None` if the method does not end.
fn newton(game: &Game, supports: &[Vec<usize>], mut mixes: Mixes) -> Option<Mixes> {
    for _ in 0..STEPS {
        let (residual, jacobian) = conditions(game, supports, &mixes);
        let factors = jacobian.lu();
        let pivots = factors.u().diagonal().map(f64::abs);
        if residual.amax() < RESIDUAL {
            // Where the conditions do not determine the probabilities, equilibria are not isolated.
            let is_isolated = pivots.min() > ISOLATED * pivots.max();
            return is_isolated.then(|| spread(game, supports, &mixes));
        }
        let step = factors.solve(&residual)?;
        if !step.iter().all(|part| part.is_finite()) || step.amax() > 1e3 {
            return None;
        }
        let probabilities = mixes.iter_mut().flatten();
        for (probability, part) in probabilities.zip(step.iter()) {
            *probability -= part;
        }
    }
    None
}

/// The conditions and their derivatives. By player: the payoff of each strategy of its support less that of the first, and
/// the sum of its probabilities less one.
fn conditions(game: &Game, supports: &[Vec<usize>], mixes: &Mixes) -> (DVector<f64>, DMatrix<f64>) {
    let players = supports.len();
    let mut firsts = vec![0; players + 1];
    for player in 0..players {
        firsts[player + 1] = firsts[player] + supports[player].len();
    }
    let size = firsts[players];
    let (mut values, mut slopes) = (DVector::zeros(size), DMatrix::zeros(size, size));
    let mut places = vec![0; players];
    loop {
        let strategies: Vec<usize> = (places.iter().zip(supports)).map(|(p, s)| s[*p]).collect();
        let profile = game.shape.profile(&strategies);
        for player in 0..players {
            let (row, payoff) = (
                firsts[player] + places[player],
                game.payoffs[player][profile],
            );
            values[row] += payoff * weight(mixes, &places, &[player]);
            for other in (0..players).filter(|other| *other != player) {
                let column = firsts[other] + places[other];
                slopes[(row, column)] += payoff * weight(mixes, &places, &[player, other]);
            }
        }
        if !advance(&mut places, supports) {
            break;
        }
    }
    // From payoffs to differences; the row of the first strategy becomes the sum of probabilities.
    for player in 0..players {
        let (first, end) = (firsts[player], firsts[player + 1]);
        for row in first + 1..end {
            values[row] -= values[first];
            for column in 0..size {
                slopes[(row, column)] -= slopes[(first, column)];
            }
        }
        values[first] = mixes[player].iter().sum::<f64>() - 1.0;
        for column in 0..size {
            slopes[(first, column)] = f64::from(u8::from((first..end).contains(&column)));
        }
    }
    (values, slopes)
}

/// The probability of the strategies at `places` of all players but some.
fn weight(mixes: &Mixes, places: &[usize], without: &[usize]) -> f64 {
    let others = (0..places.len()).filter(|player| !without.contains(player));
    others.map(|player| mixes[player][places[player]]).product()
}

/// Moves to the next profile of the supports; false after the last.
fn advance(places: &mut [usize], supports: &[Vec<usize>]) -> bool {
    for (place, support) in places.iter_mut().zip(supports).rev() {
        *place += 1;
        if *place < support.len() {
            return true;
        }
        *place = 0;
    }
    false
}

/// Probabilities over the supports as probabilities over all strategies.
fn spread(game: &Game, supports: &[Vec<usize>], mixes: &Mixes) -> Mixes {
    let of_player = |player: usize| {
        let mut mix = vec![0.0; game.shape.sizes()[player]];
        for (strategy, probability) in supports[player].iter().zip(&mixes[player]) {
            mix[*strategy] = *probability;
        }
        mix
    };
    (0..supports.len()).map(of_player).collect()
}

fn is_equilibrium(game: &Game, supports: &[Vec<usize>], mixes: &Mixes) -> bool {
    let played = supports.iter().zip(mixes);
    let mut chances = played.flat_map(|(support, mix)| support.iter().map(|s| mix[*s]));
    chances.all(|chance| chance > LEAST)
        && (0..mixes.len()).all(|player| game.mixed_regret(player, mixes) < REGRET)
}

fn is_new(found: &[Mixes], mixes: &Mixes) -> bool {
    let is_near = |other: &Mixes| {
        let pairs = other.iter().flatten().zip(mixes.iter().flatten());
        pairs.fold(0.0, |far: f64, (a, b)| far.max((a - b).abs())) < APART
    };
    !found.iter().any(is_near)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{battle, dilemma, game, pennies};
    use super::*;
    use crate::base::rng::{Purpose, Streams};

    fn found(game: &Game) -> Vec<Mixes> {
        let mut stream = Streams::new(1, 0).stream(Purpose::User, 0, 0);
        mixed_equilibria(game, &mut || stream.uniform()).expect("a small game")
    }

    fn assert_near(mixes: &Mixes, expected: &[&[f64]]) {
        let expected: Mixes = expected.iter().map(|mix| mix.to_vec()).collect();
        assert!(!is_new(&[expected], mixes), "{mixes:?}");
    }

    #[test]
    fn textbook_games_have_their_mixed_equilibria() {
        assert!(found(&dilemma()).is_empty());
        let battle = found(&battle());
        assert_eq!(battle.len(), 1);
        assert_near(
            &battle[0],
            &[&[2.0 / 3.0, 1.0 / 3.0], &[1.0 / 3.0, 2.0 / 3.0]],
        );
        let pennies = found(&pennies());
        assert_eq!(pennies.len(), 1);
        assert_near(&pennies[0], &[&[0.5, 0.5], &[0.5, 0.5]]);
    }

    #[test]
    fn rock_paper_scissors_is_mixed_over_three() {
        let pay = |a: i32, b: i32| f64::from([0, -1, 1][usize::try_from((b - a + 3) % 3).unwrap()]);
        let rows: Vec<Vec<f64>> = (0..9)
            .map(|p| vec![pay(p / 3, p % 3), pay(p % 3, p / 3)])
            .collect();
        let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
        let all = found(&game(&[3, 3], &rows));
        assert_eq!(all.len(), 1);
        assert_near(&all[0], &[&[1.0 / 3.0; 3], &[1.0 / 3.0; 3]]);
    }

    /// The game of three players with nine equilibria in "Computation of equilibria in finite games" (1996), which Gambit ships.
    #[test]
    fn three_players_have_nine_equilibria() {
        let none: &[f64] = &[0.0, 0.0, 0.0];
        let profiles: [&[f64]; 8] = [
            &[9.0, 8.0, 12.0],
            none,
            none,
            &[3.0, 4.0, 6.0],
            none,
            &[3.0, 4.0, 6.0],
            &[9.0, 8.0, 2.0],
            none,
        ];
        let game = game(&[2, 2, 2], &profiles);
        let pure = game.pure_equilibria(0.0).len();
        let mixed = found(&game);
        assert_eq!(pure + mixed.len(), 9, "{mixed:?}");
        let is_total = |mixes: &&Mixes| mixes.iter().flatten().all(|p| *p > LEAST);
        assert_eq!(mixed.iter().filter(is_total).count(), 2);
    }

    #[test]
    fn a_continuum_is_not_listed_point_by_point() {
        // The first player is indifferent whatever the second plays.
        let profiles: [&[f64]; 4] = [&[1.0, 2.0], &[1.0, 0.0], &[1.0, 2.0], &[1.0, 1.0]];
        assert!(found(&game(&[2, 2], &profiles)).is_empty());
    }

    #[test]
    fn a_table_that_is_too_large_is_refused() {
        let mut stream = Streams::new(1, 0).stream(Purpose::User, 1, 0);
        let rows: Vec<Vec<f64>> = (0..1_000)
            .map(|_| (0..3).map(|_| stream.uniform()).collect())
            .collect();
        let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
        assert_eq!(
            mixed_equilibria(&game(&[10, 10, 10], &rows), &mut || 0.5),
            None
        );
    }
}
