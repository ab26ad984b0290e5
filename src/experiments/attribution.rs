//! Attribution of the change of a metric between two arms to the edits between them, by Shapley values.

use crate::base::rng::{Purpose, Streams};
use crate::scenario::edit::{Edit, edits, take_over};
use crate::scenario::{Fault, Faults, Loaded, load_tree};
use crate::stats::Summary;

use super::arms::{Arm, RunCheckpoint, metric_values};
use crate::runner::{Runner, Stopped};

/// Pairs of orders that are sampled with more than [`EXACT_PLAYERS`] players.
const ORDERS: usize = 20;

/// A player: edits that are applied together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Player {
    /// Name of the group, or path of the edit.
    pub name: String,
    /// The edits.
    pub edits: Vec<Edit>,
}

/// The edits between two scenarios as players. A group names the beginnings of the paths of its edits; every other edit is a
/// player by itself.
///
/// # Errors
/// A group without edits.
pub fn players(
    first: &Loaded,
    second: &Loaded,
    groups: &[(String, Vec<String>)],
) -> Result<Vec<Player>, Faults> {
    let mut found: Vec<Player> = Vec::new();
    let mut left = edits(&first.tree, &second.tree);
    left.retain(|edit| edit.path[0] != "run");
    for (name, beginnings) in groups {
        let is_in = |edit: &Edit| {
            let path = edit.path.join(".");
            let mut beginnings = beginnings.iter();
            beginnings.any(|b| path == *b || path.starts_with(&format!("{b}.")))
        };
        let (inside, outside): (Vec<Edit>, Vec<Edit>) = left.into_iter().partition(is_in);
        left = outside;
        if inside.is_empty() {
            let known: Vec<String> = left.iter().map(|edit| edit.path.join(".")).collect();
            return Err(Faults(vec![
                Fault::nowhere(format!("group `{name}` contains no edit"))
                    .help(format!("the edits are {}", known.join(", "))),
            ]));
        }
        found.push(Player {
            name: name.clone(),
            edits: inside,
        });
    }
    found.extend(left.into_iter().map(|edit| Player {
        name: edit.path.join("."),
        edits: vec![edit],
    }));
    Ok(found)
}

/// The coalitions that an attribution runs.
#[derive(Debug)]
pub struct Coalitions {
    /// The plan of the coalitions.
    pub plan: Plan,
    /// The scenario of each coalition, in the order of the plan.
    pub arms: Vec<Arm>,
}

impl Coalitions {
    /// The scenario of every coalition of players between two scenarios.
    ///
    /// # Errors
    /// A coalition that is not a sound scenario: its edits need others.
    pub fn new(first: &Loaded, second: &Loaded, players: &[Player]) -> Result<Self, Faults> {
        let mut stream = Streams::new(first.scenario.run.seed.0, 0).stream(Purpose::User, 0, 0);
        let plan = Plan::new(players.len(), ORDERS, || stream.uniform());
        let mut arms = Vec::with_capacity(plan.coalitions.len());
        for coalition in &plan.coalitions {
            let moved =
                || (players.iter().enumerate()).filter(|(at, _)| coalition & (1 << at) != 0);
            let mut tree = first.tree.clone();
            for (_, player) in moved() {
                for edit in &player.edits {
                    take_over(&mut tree, &second.tree, &edit.path);
                }
            }
            let loaded = load_tree(tree, first).map_err(|mut faults| {
                let names: Vec<&str> = moved().map(|(_, player)| player.name.as_str()).collect();
                faults.0.push(
                    Fault::nowhere(format!(
                        "these edits are not valid without the others: {}",
                        names.join(", ")
                    ))
                    .help("put edits that belong together into a --group name=path,path"),
                );
                faults
            })?;
            arms.push(Arm {
                name: format!("coalition {coalition:b}"),
                loaded,
            });
        }
        Ok(Self { plan, arms })
    }
}

/// Runs every coalition, and attributes each metric to the players.
///
/// # Errors
/// Why it ended early.
pub fn attribute(
    coalitions: &Coalitions,
    metrics: &[String],
    replications: u32,
    checkpoint: RunCheckpoint<'_>,
    runner: Runner<'_>,
) -> Result<Vec<Attribution>, Stopped> {
    let Coalitions { plan, arms } = coalitions;
    let values = metric_values(arms, metrics, replications, checkpoint, runner)?;
    let of_metric = |metric: usize| {
        let outcomes: Vec<Vec<f64>> = (values.iter())
            .map(|rows| rows.iter().map(|row| row[metric]).collect())
            .collect();
        plan.attribute(&outcomes)
    };
    Ok((0..metrics.len()).map(of_metric).collect())
}

/// The most players of whom every subset is run; with more, orders are sampled.
pub const EXACT_PLAYERS: usize = 8;

/// A subset of players: the bits of those whose edits are applied.
pub type Coalition = u64;

/// Shapley values of one metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribution {
    /// Change of the metric between the arms, in its unit; the sum of the Shapley values.
    pub total: f64,
    /// Shapley value of each player: its contribution averaged over all orders.
    pub values: Vec<f64>,
    /// Standard error of each value, over replications and sampled orders.
    pub errors: Vec<f64>,
    /// Change of the metric when only this player is applied.
    pub alone: Vec<f64>,
    /// Change of the metric when this player is applied after all others.
    pub last: Vec<f64>,
    /// Interaction of each pair: the change of both together less the sum of the two, averaged over subsets of the others
    /// (Grabisch and Roubens 1999). Empty if orders were sampled.
    pub interactions: Vec<(usize, usize, f64)>,
}

/// The coalitions that are run: all subsets, or those along sampled orders.
#[derive(Clone, Debug)]
pub struct Plan {
    players: usize,
    /// Distinct coalitions, in the order of their outcomes.
    pub coalitions: Vec<Coalition>,
    /// Sampled orders; empty if all subsets are run.
    orders: Vec<Vec<usize>>,
}

impl Plan {
    /// A plan for a number of players. With more than [`EXACT_PLAYERS`], `uniform` draws `orders` pairs of an order and its
    /// reverse.
    pub fn new(players: usize, orders: usize, mut uniform: impl FnMut() -> f64) -> Self {
        if players <= EXACT_PLAYERS {
            return Self {
                players,
                coalitions: (0..1 << players).collect(),
                orders: Vec::new(),
            };
        }
        let mut drawn = Vec::new();
        for _ in 0..orders {
            let mut order: Vec<usize> = (0..players).collect();
            for end in (1..players).rev() {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    clippy::cast_precision_loss,
                    reason = "few players"
                )]
                let pick = (uniform() * (end + 1) as f64) as usize;
                order.swap(end, pick.min(end));
            }
            drawn.push(order.iter().rev().copied().collect());
            drawn.push(order);
        }
        let all = (1 << players) - 1;
        let mut coalitions: Vec<Coalition> = vec![0, all];
        coalitions.extend((0..players).map(|player| 1 << player));
        coalitions.extend((0..players).map(|player| all & !(1 << player)));
        for order in &drawn {
            let mut moved: Coalition = 0;
            for player in order {
                moved |= 1 << player;
                coalitions.push(moved);
            }
        }
        coalitions.sort_unstable();
        coalitions.dedup();
        Self {
            players,
            coalitions,
            orders: drawn,
        }
    }

    /// True if orders were sampled.
    #[must_use]
    pub fn is_sampled(&self) -> bool {
        !self.orders.is_empty()
    }

    fn place(&self, coalition: Coalition) -> usize {
        self.coalitions
            .binary_search(&coalition)
            .expect("the plan contains every coalition that it reads")
    }

    /// Attributes a metric, from its values by coalition of the plan and replication.
    ///
    /// # Panics
    /// If `outcomes` does not have one row for each coalition.
    #[must_use]
    pub fn attribute(&self, outcomes: &[Vec<f64>]) -> Attribution {
        assert_eq!(
            outcomes.len(),
            self.coalitions.len(),
            "one row for each coalition"
        );
        let replications = outcomes[0].len();
        let all: Coalition = (1 << self.players) - 1;
        let mut by_player: Vec<Vec<f64>> = vec![Vec::with_capacity(replications); self.players];
        let value_in =
            |coalition: Coalition, replication: usize| outcomes[self.place(coalition)][replication];
        for replication in 0..replications {
            let value = |coalition: Coalition| value_in(coalition, replication);
            for (player, values) in self.shapley(&value).into_iter().enumerate() {
                by_player[player].push(values);
            }
        }
        let mean: Vec<f64> = outcomes.iter().map(|row| mean(row)).collect();
        let value = |coalition: Coalition| mean[self.place(coalition)];
        let over_replications = |values: &Vec<f64>| {
            let summary = Summary::of(&mut values.clone());
            #[expect(clippy::cast_precision_loss, reason = "replications are few")]
            let n = summary.n as f64;
            summary.sd * summary.sd / n
        };
        let over_orders = self.spread_of_orders(&value);
        Attribution {
            total: value(all) - value(0),
            // From mean outcomes, so that the values add up to the change of the mean.
            values: self.shapley(&value),
            errors: by_player
                .iter()
                .zip(over_orders)
                .map(|(values, orders)| libm::sqrt(over_replications(values) + orders))
                .collect(),
            alone: (0..self.players)
                .map(|p| value(1 << p) - value(0))
                .collect(),
            last: (0..self.players)
                .map(|p| value(all) - value(all & !(1 << p)))
                .collect(),
            interactions: self.interactions(&value),
        }
    }

    fn shapley(&self, value: &impl Fn(Coalition) -> f64) -> Vec<f64> {
        let mut values = vec![0.0; self.players];
        if self.is_sampled() {
            #[expect(clippy::cast_precision_loss, reason = "few orders")]
            let count = self.orders.len() as f64;
            for order in &self.orders {
                let mut moved: Coalition = 0;
                for player in order {
                    let before = value(moved);
                    moved |= 1 << player;
                    values[*player] += (value(moved) - before) / count;
                }
            }
            return values;
        }
        for (player, sum) in values.iter_mut().enumerate() {
            for coalition in self.coalitions.iter().filter(|c| *c & (1 << player) == 0) {
                let weight = weight(self.players, coalition.count_ones(), 1);
                *sum += weight * (value(coalition | (1 << player)) - value(*coalition));
            }
        }
        values
    }

    /// By player: variance of the mean over pairs of sampled orders; zero if none were sampled.
    fn spread_of_orders(&self, value: &impl Fn(Coalition) -> f64) -> Vec<f64> {
        let pairs = self.orders.len() / 2;
        if pairs < 2 {
            return vec![0.0; self.players];
        }
        let mut by_pair = vec![Vec::new(); self.players];
        for pair in self.orders.chunks(2) {
            let mut steps = vec![0.0; self.players];
            for order in pair {
                let mut moved: Coalition = 0;
                for player in order {
                    let before = value(moved);
                    moved |= 1 << player;
                    steps[*player] += 0.5 * (value(moved) - before);
                }
            }
            for (steps, all) in steps.into_iter().zip(&mut by_pair) {
                all.push(steps);
            }
        }
        by_pair
            .iter_mut()
            .map(|steps| {
                let summary = Summary::of(steps);
                #[expect(clippy::cast_precision_loss, reason = "few orders")]
                let n = summary.n as f64;
                summary.sd * summary.sd / n
            })
            .collect()
    }

    fn interactions(&self, value: &impl Fn(Coalition) -> f64) -> Vec<(usize, usize, f64)> {
        if self.is_sampled() {
            return Vec::new();
        }
        let mut found = Vec::new();
        for first in 0..self.players {
            for second in first + 1..self.players {
                let pair = (1 << first) | (1 << second);
                let sum: f64 = self
                    .coalitions
                    .iter()
                    .filter(|coalition| *coalition & pair == 0)
                    .map(|rest| {
                        let both = value(rest | pair)
                            - value(rest | (1 << first))
                            - value(rest | (1 << second))
                            + value(*rest);
                        weight(self.players, rest.count_ones(), 2) * both
                    })
                    .sum();
                found.push((first, second, sum));
            }
        }
        found
    }
}

/// The weight of a coalition of `size` of `players` players in the value of `apart` players outside it:
/// `(n - s - a)! s! / (n - a + 1)!`.
fn weight(players: usize, size: u32, apart: u32) -> f64 {
    let factorial = |n: u32| (1..=n).map(f64::from).product::<f64>();
    let n = u32::try_from(players).expect("few players");
    factorial(n - size - apart) * factorial(size) / factorial(n - apart + 1)
}

#[expect(clippy::cast_precision_loss, reason = "replications are few")]
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(plan: &Plan, value: impl Fn(Coalition) -> f64) -> Vec<Vec<f64>> {
        plan.coalitions
            .iter()
            .map(|coalition| vec![value(*coalition), value(*coalition) + 1.0])
            .collect()
    }

    #[test]
    fn the_glove_game_is_solved() {
        // One left and two right gloves: Shapley 2/3, 1/6, 1/6.
        let pairs = |c: Coalition| f64::from(u8::from(c & 1 != 0 && c & 6 != 0));
        let plan = Plan::new(3, 0, || 0.0);
        let found = plan.attribute(&rows(&plan, pairs));
        for (got, expected) in found.values.iter().zip([2.0 / 3.0, 1.0 / 6.0, 1.0 / 6.0]) {
            assert!((got - expected).abs() < 1e-12, "{found:?}");
        }
        assert!((found.values.iter().sum::<f64>() - found.total).abs() < 1e-12);
        // The right gloves are substitutes, each goes well with the left one.
        let of = |a, b| {
            found
                .interactions
                .iter()
                .find(|i| (i.0, i.1) == (a, b))
                .unwrap()
                .2
        };
        assert!(of(0, 1) > 0.0 && of(1, 2) < 0.0);
    }

    #[test]
    fn a_player_without_effect_has_value_zero() {
        let plan = Plan::new(4, 0, || 0.0);
        let sum = |c: Coalition| {
            0.1 * f64::from(u8::from(c & 1 != 0)) + 0.7 * f64::from(u8::from(c & 0b1010 == 0b1010))
        };
        let found = plan.attribute(&rows(&plan, sum));
        assert_eq!(found.values[2].to_bits() << 1, 0);
        assert!((found.values.iter().sum::<f64>() - found.total).abs() < 1e-12);
    }

    #[test]
    fn values_of_sampled_orders_add_up_within_their_errors() {
        let mut state = 0.37;
        let plan = Plan::new(10, 30, || {
            state = (state * 997.0 + 0.1) % 1.0;
            state
        });
        assert!(plan.is_sampled());
        let game = |c: Coalition| {
            let n = f64::from(c.count_ones());
            n * n + 5.0 * f64::from(u8::from(c & 3 == 3))
        };
        let found = plan.attribute(&rows(&plan, game));
        assert!((found.values.iter().sum::<f64>() - found.total).abs() < 1e-9);
        // Exact by symmetry: 10 each, and 2.5 more for the first two.
        for (player, (got, error)) in found.values.iter().zip(&found.errors).enumerate() {
            let exact = if player < 2 { 12.5 } else { 10.0 };
            assert!(
                (got - exact).abs() <= 4.0 * error + 1e-9,
                "{player} {got} {error}"
            );
        }
    }
}
