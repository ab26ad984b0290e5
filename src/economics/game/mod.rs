//! Games in normal form: payoffs by profile of strategies, equilibria in pure and mixed strategies, and the replicator dynamics.
//!
//! Profiles are numbered: the strategy of the last player changes fastest.

mod mixed;
mod replicator;

pub use mixed::{MOST_SUPPORTS, mixed_equilibria};
pub use replicator::{random_mixes, rest_point};

/// By player: the probability of each strategy.
pub type Mixes = Vec<Vec<f64>>;

/// The numbers of strategies of each player, and the numbering of profiles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    sizes: Vec<usize>,
    strides: Vec<usize>,
}

impl Shape {
    /// The shape of a game whose players have these numbers of strategies; `None` if its profiles cannot be numbered.
    #[must_use]
    pub fn new(sizes: Vec<usize>) -> Option<Self> {
        let mut strides = vec![1; sizes.len()];
        let mut count: usize = 1;
        for (stride, size) in strides.iter_mut().zip(&sizes).rev() {
            *stride = count;
            count = count.checked_mul(*size)?;
        }
        Some(Self { sizes, strides })
    }

    /// Numbers of strategies by player.
    #[must_use]
    pub fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    /// Number of players.
    #[must_use]
    pub fn players(&self) -> usize {
        self.sizes.len()
    }

    /// Number of profiles.
    #[must_use]
    pub fn profiles(&self) -> usize {
        self.sizes.iter().product()
    }

    /// The strategy of a player in a profile.
    #[must_use]
    pub fn strategy(&self, profile: usize, player: usize) -> usize {
        profile / self.strides[player] % self.sizes[player]
    }

    /// The strategies of a profile.
    #[must_use]
    pub fn strategies(&self, profile: usize) -> Vec<usize> {
        (0..self.players())
            .map(|player| self.strategy(profile, player))
            .collect()
    }

    /// The number of a profile.
    #[must_use]
    pub fn profile(&self, strategies: &[usize]) -> usize {
        let parts = strategies.iter().zip(&self.strides);
        parts.map(|(strategy, stride)| strategy * stride).sum()
    }

    /// The profile in which one player plays another strategy.
    #[must_use]
    pub fn with(&self, profile: usize, player: usize, strategy: usize) -> usize {
        let own = self.strategy(profile, player);
        profile - own * self.strides[player] + strategy * self.strides[player]
    }

    /// The other strategies of a player in a profile.
    pub fn others(&self, profile: usize, player: usize) -> impl Iterator<Item = usize> + '_ {
        let own = self.strategy(profile, player);
        (0..self.sizes[player]).filter(move |strategy| *strategy != own)
    }

    /// The profiles that differ from one in the strategy of one player.
    #[must_use]
    pub fn neighbours(&self, profile: usize) -> Vec<usize> {
        let of_player = |player: usize| {
            self.others(profile, player)
                .map(move |strategy| self.with(profile, player, strategy))
        };
        (0..self.players()).flat_map(of_player).collect()
    }

    /// A profile as probabilities: one for the strategy of each player.
    #[must_use]
    pub fn pure(&self, profile: usize) -> Mixes {
        let of_player = |(player, size): (usize, &usize)| {
            let own = self.strategy(profile, player);
            (0..*size).map(|s| f64::from(u8::from(s == own))).collect()
        };
        self.sizes.iter().enumerate().map(of_player).collect()
    }
}

/// A game in normal form.
#[derive(Clone, Debug, PartialEq)]
pub struct Game {
    /// The shape.
    pub shape: Shape,
    /// Payoffs by player and profile.
    pub payoffs: Vec<Vec<f64>>,
}

impl Game {
    /// The gain of a player from playing another strategy in a profile.
    #[must_use]
    pub fn gain(&self, profile: usize, player: usize, strategy: usize) -> f64 {
        let payoffs = &self.payoffs[player];
        payoffs[self.shape.with(profile, player, strategy)] - payoffs[profile]
    }

    /// The regret of a player in a profile: the gain from the best reply, zero if no reply gains.
    #[must_use]
    pub fn regret(&self, profile: usize, player: usize) -> f64 {
        let others = self.shape.others(profile, player);
        let gains = others.map(|strategy| self.gain(profile, player, strategy));
        gains.fold(0.0, f64::max)
    }

    /// The profiles in which no player regrets more than `epsilon`; 0 for Nash equilibria.
    #[must_use]
    pub fn pure_equilibria(&self, epsilon: f64) -> Vec<usize> {
        let players = 0..self.shape.players();
        let is_stable = |profile: &usize| {
            let mut players = players.clone();
            players.all(|player| self.regret(*profile, player) <= epsilon)
        };
        (0..self.shape.profiles()).filter(is_stable).collect()
    }

    /// The payoff of each strategy of a player if the others mix.
    #[must_use]
    pub fn values(&self, player: usize, mixes: &Mixes) -> Vec<f64> {
        let mut values = vec![0.0; self.shape.sizes[player]];
        for (profile, payoff) in self.payoffs[player].iter().enumerate() {
            let weight = self.weight(profile, mixes, |other| other != player);
            values[self.shape.strategy(profile, player)] += weight * payoff;
        }
        values
    }

    /// The probability that the players chosen by `counts` play as in a profile.
    fn weight(&self, profile: usize, mixes: &Mixes, counts: impl Fn(usize) -> bool) -> f64 {
        let players = (0..self.shape.players()).filter(|player| counts(*player));
        let chances = players.map(|player| mixes[player][self.shape.strategy(profile, player)]);
        chances.product()
    }

    /// The regret of a player if all mix: the payoff of the best strategy less that of the mix.
    #[must_use]
    pub fn mixed_regret(&self, player: usize, mixes: &Mixes) -> f64 {
        let values = self.values(player, mixes);
        let own = values.iter().zip(&mixes[player]).map(|(v, p)| v * p);
        let own: f64 = own.sum();
        values.iter().copied().fold(f64::NEG_INFINITY, f64::max) - own
    }

    /// The game with the payoffs of each player brought to the range from 0 to 1.
    #[must_use]
    pub fn scaled(&self) -> Self {
        let scale = |payoffs: &Vec<f64>| {
            let low = payoffs.iter().copied().fold(f64::INFINITY, f64::min);
            let high = payoffs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let range = if high > low { high - low } else { 1.0 };
            payoffs
                .iter()
                .map(|payoff| (payoff - low) / range)
                .collect()
        };
        Self {
            shape: self.shape.clone(),
            payoffs: self.payoffs.iter().map(scale).collect(),
        }
    }

    /// By player: the strategies that remain if those that another pure strategy beats in every case are removed, and again
    /// among the remaining ones.
    #[must_use]
    pub fn undominated(&self) -> Vec<Vec<usize>> {
        let mut left: Vec<Vec<usize>> =
            self.shape.sizes.iter().map(|n| (0..*n).collect()).collect();
        loop {
            let beaten = (0..left.len()).find_map(|player| {
                let own = left[player].iter();
                let is_beaten = |strategy: &&usize| self.is_dominated(player, **strategy, &left);
                own.copied().find(|s| is_beaten(&s)).map(|s| (player, s))
            });
            let Some((player, strategy)) = beaten else {
                return left;
            };
            left[player].retain(|other| *other != strategy);
        }
    }

    /// True if another strategy pays a player more whatever the others play among `left`.
    fn is_dominated(&self, player: usize, strategy: usize, left: &[Vec<usize>]) -> bool {
        let mut profiles = vec![self.shape.profile(&vec![0; left.len()])];
        for (other, strategies) in left.iter().enumerate() {
            let own = [strategy];
            let choices = if other == player {
                &own[..]
            } else {
                strategies
            };
            let spread = |profile: &usize| {
                let with = |s: &usize| self.shape.with(*profile, other, *s);
                choices.iter().map(with).collect::<Vec<_>>()
            };
            profiles = profiles.iter().flat_map(spread).collect();
        }
        let beats = |better: &usize| {
            let mut cases = profiles.iter();
            *better != strategy && cases.all(|case| self.gain(*case, player, *better) > 0.0)
        };
        left[player].iter().any(beats)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A game from the payoffs of each profile, one number a player.
    pub(crate) fn game(sizes: &[usize], profiles: &[&[f64]]) -> Game {
        let shape = Shape::new(sizes.to_vec()).expect("a small game");
        let of_player = |player: usize| profiles.iter().map(|p| p[player]).collect();
        Game {
            payoffs: (0..sizes.len()).map(of_player).collect(),
            shape,
        }
    }

    /// Prisoners' dilemma; the first strategy cooperates.
    pub(crate) fn dilemma() -> Game {
        game(
            &[2, 2],
            &[&[3.0, 3.0], &[0.0, 5.0], &[5.0, 0.0], &[1.0, 1.0]],
        )
    }

    /// Battle of the sexes.
    pub(crate) fn battle() -> Game {
        game(
            &[2, 2],
            &[&[2.0, 1.0], &[0.0, 0.0], &[0.0, 0.0], &[1.0, 2.0]],
        )
    }

    /// Matching pennies.
    pub(crate) fn pennies() -> Game {
        let (win, lose): (&[f64], &[f64]) = (&[1.0, -1.0], &[-1.0, 1.0]);
        game(&[2, 2], &[win, lose, lose, win])
    }

    #[test]
    fn profiles_have_numbers_and_neighbours() {
        let shape = Shape::new(vec![2, 3, 2]).unwrap();
        assert_eq!(shape.profiles(), 12);
        for profile in 0..12 {
            assert_eq!(shape.profile(&shape.strategies(profile)), profile);
            let near = shape.neighbours(profile);
            assert_eq!(near.len(), 1 + 2 + 1);
            assert!(!near.contains(&profile));
        }
        assert_eq!(shape.strategies(shape.with(0, 1, 2)), [0, 2, 0]);
        assert_eq!(Shape::new(vec![1 << 22; 4]), None);
    }

    #[test]
    fn prisoners_defect_and_regret_cooperation() {
        let game = dilemma();
        assert_eq!(game.pure_equilibria(0.0), [3]);
        assert!((game.regret(0, 0) - 2.0).abs() < 1e-12);
        assert_eq!(game.pure_equilibria(2.0), [0, 1, 2, 3]);
        assert_eq!(game.undominated(), [[1], [1]]);
    }

    #[test]
    fn the_battle_has_two_pure_equilibria_and_pennies_none() {
        assert_eq!(battle().pure_equilibria(0.0), [0, 3]);
        assert!(pennies().pure_equilibria(0.0).is_empty());
        assert_eq!(pennies().undominated(), [[0, 1], [0, 1]]);
    }

    #[test]
    fn values_against_mixes_are_expectations() {
        let game = battle();
        let mixes = vec![vec![0.5, 0.5], vec![0.25, 0.75]];
        assert_eq!(game.values(0, &mixes), [0.5, 0.75]);
        assert!((game.mixed_regret(0, &mixes) - 0.125).abs() < 1e-12);
    }
}
