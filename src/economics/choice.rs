//! Discrete choice: multinomial and nested logit, and how a simulated choice is drawn from them.
//!
//! The nesting parameter is that of Berry (1994) and pyblp: `rho` in [0, 1), where 0 is the plain logit;
//! `McFadden`'s dissimilarity is `lambda = 1 - rho`. Choices work on *weights* `exp(V / lambda)`, so that
//! utilities that many choosers share are exponentiated once.

use crate::elementary::{BITS_ERROR, half_bits, quick_exp_all, quick_log, quick_log_all};
use crate::rng::Stream;

/// Logit shares of utilities: `exp(v_j) / sum exp(v_k)`, computed without overflow.
///
/// Equation 3 of `docs/model.md`.
#[must_use]
pub fn logit_shares(utilities: &[f64]) -> Vec<f64> {
    let top = utilities.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = utilities.iter().map(|v| libm::exp(v - top)).collect();
    let total: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / total).collect()
}

/// The inclusive value `ln sum exp(v_j)`; minus infinity for no alternatives.
///
/// Equation 4 of `docs/model.md`.
#[must_use]
pub fn logsum(utilities: &[f64]) -> f64 {
    let top = utilities.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if top == f64::NEG_INFINITY {
        return top;
    }
    top + libm::log(utilities.iter().map(|v| libm::exp(v - top)).sum::<f64>())
}

/// Which alternatives belong together: alternative `j` lies in nest `nest_of[j]`, nests numbered from zero.
#[derive(Clone, Debug, PartialEq)]
pub struct Nests {
    nest_of: Vec<u8>,
    /// Alternatives nest by nest.
    order: Vec<usize>,
    /// Where each nest begins in that order, and the last ends.
    starts: Vec<usize>,
    count: usize,
    lambda: f64,
    /// The same in units of `2^-FIXED`.
    fixed_lambda: i64,
    /// How far behind the first a rough lead may be and its nest yet win.
    margin: i64,
    /// The same where only the draw of the alternative in use is rough, in units of leads without names.
    kept_margin: i64,
}

/// Room for one choice after the other.
#[derive(Clone, Debug, Default)]
pub struct Contest {
    /// Draws by nest, and the lead that each has at most.
    arrivals: [f64; MAX_NESTS],
    most: [i64; MAX_NESTS],
    /// The weights of the nest that leads, and of another.
    first: Vec<f64>,
    other: Vec<f64>,
}

/// The alternative that is in use, among others that are bounded.
#[derive(Clone, Copy, Debug)]
pub struct Incumbent {
    /// Its nest.
    pub nest: usize,
    /// Its rank in the nest, in the order of [`by_nest`].
    pub rank: usize,
    /// Its weight.
    pub weight: f64,
    /// What the weights of others in its nest sum to at most, with room for rounding.
    pub rivals: f64,
    /// The lead of factors of its nest that its weight is without.
    pub lead: i64,
}

/// What bounds tell of the alternative in use.
#[derive(Clone, Debug)]
pub enum Told {
    /// It is certain to win.
    Kept,
    /// Nothing yet: closer bounds may.
    NotYet(Race),
    /// Nothing.
    Nothing,
}

/// A race that bounds do not tell the end of.
#[derive(Clone, Debug)]
pub struct Race {
    /// What each nest's draw takes from its lead; much from that in use.
    draws: [i32; MAX_NESTS],
    /// The lead of the alternative in use, at least.
    limit: i64,
    /// Where draws of its rivals in the nest begin.
    stream: Stream,
}

/// Leads of nests that are compared at one time.
pub const LANES: usize = 4;

/// So many leads.
pub type Lanes = [i32; LANES];

/// Leads in the order of nests; the last lanes may stand for none.
#[must_use]
pub fn in_lanes(leads: impl ExactSizeIterator<Item = i32>) -> Vec<Lanes> {
    let mut lanes = vec![[-FAR; LANES]; leads.len().div_ceil(LANES)];
    for (lane, lead) in lanes.as_flattened_mut().iter_mut().zip(leads) {
        *lane = lead;
    }
    lanes
}

/// Choosers whose probabilities are found together.
pub const WIDE: usize = 4;

/// The most nests that a choice may have.
pub const MAX_NESTS: usize = 32;

/// The bits of a rough lead that are the number of its nest.
const NAME: i64 = NAMES - 1;

/// Leads are multiples of this, and the number of a nest.
#[expect(clippy::cast_possible_wrap, reason = "a small number")]
const NAMES: i64 = MAX_NESTS as i64;

/// Below all leads.
const NO_LEAD: i64 = i64::MIN / 2;

/// No lead is larger, nor as far below none. Two of them and a draw fit in 32 bits.
const FAR: i32 = 1 << 29;

/// Bits after the point of the fixed-point dissimilarity.
const FIXED: u32 = 31;

/// The alternatives nest by nest, in order within each.
#[must_use]
pub fn by_nest(nest_of: &[u8]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..nest_of.len()).collect();
    order.sort_by_key(|alternative| nest_of[*alternative]);
    order
}

#[expect(clippy::cast_possible_truncation, reason = "numbers far below 2^63")]
fn whole(number: f64) -> i64 {
    libm::round(number) as i64
}

impl Nests {
    /// Nests over alternatives with nesting parameter `rho`, 0 for the plain logit.
    ///
    /// # Panics
    /// If `rho` lies outside [0, 1) or there are more than [`MAX_NESTS`] nests.
    #[must_use]
    pub fn new(nest_of: Vec<u8>, rho: f64) -> Self {
        assert!((0.0..1.0).contains(&rho), "rho lies in [0, 1)");
        let count = nest_of
            .iter()
            .max()
            .map_or(0, |last| usize::from(*last) + 1);
        assert!(count <= MAX_NESTS, "at most {MAX_NESTS} nests");
        let order = by_nest(&nest_of);
        let start = |nest| order.partition_point(|other| usize::from(nest_of[*other]) < nest);
        let lambda = 1.0 - rho;
        Self {
            starts: (0..=count).map(start).collect(),
            nest_of,
            order,
            count,
            lambda,
            fixed_lambda: whole(lambda * libm::exp2(FIXED.into())),
            // Some units more for what is rounded.
            kept_margin: whole(BITS_ERROR * libm::exp2(20.0)) + 16,
            margin: (whole((1.0 + lambda) * BITS_ERROR * libm::exp2(20.0)) + 2) * NAMES,
        }
    }

    /// `McFadden`'s dissimilarity `1 - rho`: utilities are divided by it before they become weights.
    #[must_use]
    pub const fn lambda(&self) -> f64 {
        self.lambda
    }

    /// Choice probabilities for weights `exp(V_j / lambda)`, written over `probabilities`.
    /// Returns the inclusive value `ln sum_g S_g^lambda`.
    ///
    /// Equation 5 of `docs/model.md`.
    pub fn probabilities(&self, weights: &[f64], probabilities: &mut Vec<f64>) -> f64 {
        let by_nest = self.sums(weights);
        let (mut factors, total) = self.powers(&by_nest);
        for (factor, sum) in factors[..self.count].iter_mut().zip(&by_nest) {
            *factor = if *sum > 0.0 {
                *factor / sum / total
            } else {
                0.0
            };
        }
        probabilities.clear();
        let terms = weights.iter().zip(&self.nest_of);
        probabilities
            .extend(terms.map(|(weight, nest)| factors[usize::from(*nest) % MAX_NESTS] * weight));
        libm::log(total)
    }

    /// Adds the probabilities of [`WIDE`] choosers, times an amount and a value by alternative of each, to sums by
    /// alternative. What the choosers' weights are to be multiplied by is given by alternative.
    pub fn add_probabilities(
        &self,
        amounts: &[f64; WIDE],
        weights: &[[f64; WIDE]],
        factors: &[f64],
        values: [&[f64]; WIDE],
        sums: &mut [f64],
    ) {
        let mut by_nest = [[0.0; WIDE]; MAX_NESTS];
        for ((weights, factor), nest) in weights.iter().zip(factors).zip(&self.nest_of) {
            let sum = &mut by_nest[usize::from(*nest) % MAX_NESTS];
            *sum = std::array::from_fn(|i| sum[i] + weights[i] * factor);
        }
        let mut powers = by_nest;
        let own = powers[..self.count].as_flattened_mut();
        quick_log_all(own);
        for power in &mut *own {
            *power *= self.lambda;
        }
        quick_exp_all(own);
        let mut totals = [0.0; WIDE];
        for (power, sum) in powers[..self.count].iter_mut().zip(&by_nest) {
            *power = std::array::from_fn(|i| if sum[i] > 0.0 { power[i] } else { 0.0 });
            totals = std::array::from_fn(|i| totals[i] + power[i]);
        }
        for (power, sum) in powers[..self.count].iter_mut().zip(&by_nest) {
            *power = std::array::from_fn(|i| {
                if sum[i] > 0.0 {
                    amounts[i] * power[i] / sum[i] / totals[i]
                } else {
                    0.0
                }
            });
        }
        let [first, second, third, fourth] = values;
        let values = first.iter().zip(second).zip(third).zip(fourth);
        let terms = weights.iter().zip(factors).zip(values).zip(&self.nest_of);
        for (sum, (((weights, factor), (((a, b), c), d)), nest)) in sums.iter_mut().zip(terms) {
            let powers = &powers[usize::from(*nest) % MAX_NESTS];
            let bought: [f64; WIDE] = std::array::from_fn(|i| powers[i] * (weights[i] * factor));
            *sum = *sum + bought[0] * a + bought[1] * b + bought[2] * c + bought[3] * d;
        }
    }

    /// The inclusive value `ln sum_g S_g^lambda` of weights `exp(V_j / lambda)`.
    #[must_use]
    pub fn inclusive_value(&self, weights: &[f64]) -> f64 {
        libm::log(self.powers(&self.sums(weights)).1)
    }

    /// `S_g^lambda` by nest, and their sum.
    fn powers(&self, sums: &[f64; MAX_NESTS]) -> ([f64; MAX_NESTS], f64) {
        let mut powers = *sums;
        let own = &mut powers[..self.count];
        quick_log_all(own);
        for power in &mut *own {
            *power *= self.lambda;
        }
        quick_exp_all(own);
        let mut total = 0.0;
        for (power, sum) in own.iter_mut().zip(sums) {
            *power = if *sum > 0.0 { *power } else { 0.0 };
            total += *power;
        }
        (powers, total)
    }

    /// Draws one alternative by two exponential races: among nests, then inside the winner.
    ///
    /// `argmin E_j / w_j` with exponential `E_j` has logit probabilities. The race keeps paired runs
    /// together: an alternative changes only if it loses its own race. One draw is taken for every nest and
    /// every slot of the winning nest, also where an offer is absent. `None` if no weight is positive.
    #[must_use]
    pub fn choose(&self, weights: &[f64], stream: &mut Stream) -> Option<usize> {
        if self.count == 1 {
            let mut own = stream.clone();
            let first = first_arrival(weights, &mut own);
            *stream = own;
            return first;
        }
        let sums = self.sums(weights);
        let sum = |nest: usize| sums[nest % MAX_NESTS];
        let weigh = |nest: usize, own: &mut Vec<f64>| {
            let places = self.starts[nest]..self.starts[nest + 1];
            own.extend(self.order[places].iter().map(|other| weights[*other]));
            sum(nest)
        };
        self.choose_by((0, sum), weigh, &mut Contest::default(), stream)
    }

    /// By how much a factor of all weights in a nest puts it ahead in the race: lambda times its logarithm to the base of
    /// two, in units of 2^-20 and rounded up. So those of several factors can be added. Factors beyond 2^511 are not told
    /// apart.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "clamped")]
    pub fn lead(&self, factor: f64) -> i32 {
        if factor > 0.0 {
            let log = quick_log(factor.clamp(f64::MIN_POSITIVE, f64::MAX));
            let lead = whole(self.lambda * log * std::f64::consts::LOG2_E * libm::exp2(20.0)) + 1;
            lead.clamp(-i64::from(FAR), FAR.into()) as i32
        } else {
            -FAR
        }
    }

    /// Whether the alternative in use is certain to win, given two [leads](Self::lead) of every nest that add up to the most
    /// that it has: most choices end there, and need no more than bounds. The stream is that of the choice, which is still
    /// to be made if not.
    #[must_use]
    #[inline]
    pub fn is_kept(&self, incumbent: &Incumbent, most: [&[Lanes]; 2], stream: &Stream) -> Told {
        let Incumbent {
            nest,
            rank,
            weight,
            rivals,
            lead,
        } = *incumbent;
        if !weight.is_normal() {
            return Told::Nothing;
        }
        let mut stream = stream.clone();
        let mut draws = [0; MAX_NESTS];
        if self.count > 1 {
            self.draw_roughly(&mut draws, &mut stream);
        }
        let limit = self.least_lead(weight) - i64::from(draws[nest]);
        // Out of the race.
        draws[nest] = FAR;
        let mut tops = [i32::MIN; LANES];
        let ahead = most[0]
            .iter()
            .zip(most[1])
            .zip(draws.as_chunks::<LANES>().0);
        for ((ones, others), draws) in ahead {
            let ahead: Lanes = std::array::from_fn(|i| ones[i] + others[i] - draws[i]);
            tops = std::array::from_fn(|i| tops[i].max(ahead[i]));
        }
        let top = tops.into_iter().fold(i32::MIN, i32::max);
        if self.count == 1 || i64::from(top) < limit + lead {
            let mut stream = stream.clone();
            // Positive numbers are in the order of their bits.
            let never = f64::INFINITY.to_bits();
            let (mut own, mut first) = (never, never);
            let places = self.starts[nest]..self.starts[nest + 1];
            for (other, draw) in (0..places.len()).zip(stream.exponentials()) {
                let (draw, is_own) = (draw.to_bits(), other == rank);
                own = if is_own { draw } else { own };
                first = first.min(if is_own { never } else { draw });
            }
            if f64::from_bits(own) * rivals < f64::from_bits(first) * weight {
                return Told::Kept;
            }
        }
        Told::NotYet(Race {
            draws,
            limit,
            stream,
        })
    }

    /// Whether it is, where `closely` tells more of the few nests that might pass: the most lead of one, less what the nest
    /// in use has beside its weight, and the most weight of a rank in the nest in use.
    #[must_use]
    pub fn is_kept_closely(
        &self,
        incumbent: &Incumbent,
        most: [&[Lanes]; 2],
        race: &Race,
        (closely, rival): (impl Fn(usize) -> i32, impl Fn(usize) -> f64),
    ) -> bool {
        let Incumbent {
            nest,
            rank,
            weight,
            lead,
            ..
        } = *incumbent;
        let most = most.map(<[Lanes]>::as_flattened);
        let ahead = most[0].iter().zip(most[1]).zip(&race.draws);
        let may_pass = |(nest, ((one, other), draw)): (usize, ((&i32, &i32), &i32))| {
            i64::from(one + other - draw) >= race.limit + lead
                && i64::from(closely(nest)) - i64::from(*draw) >= race.limit
        };
        if self.count > 1 && ahead.enumerate().any(may_pass) {
            return false;
        }
        let count = self.starts[nest + 1] - self.starts[nest];
        let mut stream = race.stream.clone();
        let own = stream.clone().exponentials().nth(rank);
        let mut others = (0..count).zip(stream.exponentials());
        own.is_some_and(|own| {
            others.all(|(other, draw)| other == rank || own * rival(other) < draw * weight)
        })
    }

    /// Draws of nests as what they take from a lead, or a little less: the greater, the later a nest arrives.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "half the bits of a number")]
    fn draw_roughly(&self, draws: &mut [i32; MAX_NESTS], stream: &mut Stream) {
        for (rough, draw) in draws[..self.count].iter_mut().zip(stream.exponentials()) {
            *rough = (half_bits(draw) - half_bits(1.0)) as i32;
        }
    }

    /// The lead that a weight has at least, before its draw is rounded.
    #[inline]
    fn least_lead(&self, weight: f64) -> i64 {
        let log = half_bits(weight) - half_bits(1.0);
        ((self.fixed_lambda * log) >> FIXED) - self.kept_margin
    }

    /// [`Nests::choose`] given a nest that is likely to win, and what the sum of weights of each nest is at most. `weigh`
    /// appends the weights of a nest, in the order of [`by_nest`], and returns their sum; a common factor of the weights
    /// changes nothing, and may be left out of them. Only nests that may win are weighed: the tighter the bounds, the fewer.
    #[must_use]
    #[inline]
    pub fn choose_by(
        &self,
        (likely, bound): (usize, impl Fn(usize) -> f64),
        weigh: impl Fn(usize, &mut Vec<f64>) -> f64,
        contest: &mut Contest,
        stream: &mut Stream,
    ) -> Option<usize> {
        if self.count == 0 {
            return None;
        }
        // A copy, which can stay in registers.
        let mut own = stream.clone();
        let nest = if self.count > 1 {
            self.first_nest((likely, bound), weigh, contest, &mut own)
        } else {
            contest.first.clear();
            (weigh(0, &mut contest.first) > 0.0).then_some(0)
        };
        let choice = nest.and_then(|nest| {
            let first = self.starts[nest];
            first_arrival(&contest.first, &mut own).map(|rank| first + rank)
        });
        *stream = own;
        choice.map(|place| self.order[place])
    }

    /// The first nest to arrive: argmin E / S^lambda, in logarithms argmax of lambda ln S - ln E. The bits of the numbers
    /// tell which may win; logarithms decide among those. Its weights are left in the contest.
    #[inline]
    fn first_nest(
        &self,
        (likely, bound): (usize, impl Fn(usize) -> f64),
        weigh: impl Fn(usize, &mut Vec<f64>) -> f64,
        contest: &mut Contest,
        stream: &mut Stream,
    ) -> Option<usize> {
        let Contest {
            arrivals,
            most,
            first,
            other,
        } = contest;
        let (arrivals, most) = (&mut arrivals[..self.count], &mut most[..self.count]);
        let nests = arrivals.iter_mut().zip(&mut *most);
        for ((nest, (arrival, most)), draw) in (0..).zip(nests).zip(stream.exponentials()) {
            *arrival = draw;
            *most = self.rough_lead(bound(nest), draw, nest);
        }
        let sum_of = |nest: usize, own: &mut Vec<f64>| {
            own.clear();
            weigh(nest, own)
        };
        let lead_of = |nest: usize, own: &mut Vec<f64>| {
            let sum = sum_of(nest, own);
            debug_assert!(sum.is_nan() || sum <= bound(nest), "{sum} {}", bound(nest));
            let lead = self.rough_lead(sum, arrivals[nest], nest);
            if sum > 0.0 { lead } else { NO_LEAD }
        };
        most[likely] = NO_LEAD;
        let (mut top, mut second) = (lead_of(likely, first), NO_LEAD);
        for (nest, most) in most.iter().enumerate() {
            if *most >= top - self.margin {
                let lead = lead_of(nest, other);
                second = second.max(top.min(lead));
                if lead > top {
                    top = lead;
                    std::mem::swap(first, other);
                }
            }
        }
        if top == NO_LEAD {
            return None;
        }
        let winner = usize::try_from(top & NAME).ok();
        if second < top - self.margin {
            return winner;
        }
        most[likely] = top;
        let rivals = (most.iter().zip(&*arrivals).enumerate())
            .filter(|(_, (most, _))| **most >= top - self.margin)
            .map(|(nest, (_, arrival))| (nest, sum_of(nest, other), *arrival));
        let nest = self.first_of(rivals);
        if nest != winner {
            nest.map(|nest| sum_of(nest, first));
        }
        nest
    }

    /// The first to arrive of some nests, with their sums and draws.
    #[cold]
    fn first_of(&self, nests: impl Iterator<Item = (usize, f64, f64)>) -> Option<usize> {
        nests
            .filter(|(_, sum, _)| *sum > 0.0)
            .map(|(nest, sum, arrival)| (self.lambda * quick_log(sum) - quick_log(arrival), nest))
            .reduce(|first, next| if next.0 <= first.0 { first } else { next })
            .map(|(_, nest)| nest)
    }

    /// The lead of a nest in the race, from the first half of the bits of the numbers: their logarithm to the base of two,
    /// in units of 2^-20 and to within [`BITS_ERROR`]. Its last bits are the nest's number, which keeps leads apart. It grows
    /// with the sum.
    #[inline]
    fn rough_lead(&self, sum: f64, arrival: f64, nest: usize) -> i64 {
        let lead = ((self.fixed_lambda * half_bits(sum)) >> FIXED) - half_bits(arrival);
        (lead * NAMES) | i64::try_from(nest).unwrap_or(0)
    }

    #[inline]
    fn sums(&self, weights: &[f64]) -> [f64; MAX_NESTS] {
        let mut sums = [0.0; MAX_NESTS];
        for (weight, nest) in weights.iter().zip(&self.nest_of) {
            sums[usize::from(*nest) % MAX_NESTS] += weight;
        }
        sums
    }
}

/// The rank of the first arrival of an exponential race, one draw a contender; `None` if no weight is positive.
#[inline]
fn first_arrival(weights: &[f64], stream: &mut Stream) -> Option<usize> {
    let mut first = (f64::INFINITY, None);
    for (rank, (weight, draw)) in weights.iter().zip(stream.exponentials()).enumerate() {
        let arrival = draw / weight;
        if arrival < first.0 {
            first = (arrival, Some(rank));
        }
    }
    first.1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Streams};

    #[test]
    fn without_nesting_shares_are_plain_logit() {
        let utilities = [0.3, -1.0, 2.0, 0.0];
        let weights = utilities.map(libm::exp);
        let mut probabilities = Vec::new();
        let value = Nests::new(vec![0, 0, 1, 2], 0.0).probabilities(&weights, &mut probabilities);
        for (p, s) in probabilities.iter().zip(logit_shares(&utilities)) {
            assert!((p - s).abs() < 1e-14);
        }
        assert!((value - logsum(&utilities)).abs() < 1e-14);
    }

    #[test]
    fn nested_shares_follow_the_formula() {
        // By hand: rho 0.5, nests {a, b} and {c}; V = (1, 0, 0.5).
        let weights = [libm::exp(2.0), 1.0, libm::exp(1.0)];
        let mut p = Vec::new();
        Nests::new(vec![0, 0, 1], 0.5).probabilities(&weights, &mut p);
        let inside = libm::sqrt(libm::exp(2.0) + 1.0);
        let outside = libm::exp(0.5);
        let nest = inside / (inside + outside);
        assert!((p[0] - nest * libm::exp(2.0) / (libm::exp(2.0) + 1.0)).abs() < 1e-14);
        assert!((p[2] - (1.0 - nest)).abs() < 1e-14);
    }

    #[test]
    fn drawn_choices_have_the_nested_logit_shares() {
        let nests = Nests::new(vec![0, 0, 1, 1, 2], 0.4);
        let weights = [1.0, 2.5, 0.7, 0.0, 1.8];
        let mut expected = Vec::new();
        nests.probabilities(&weights, &mut expected);
        let mut counts = [0_u32; 5];
        let n = 200_000;
        let streams = Streams::new(5, 0);
        for chooser in 0..n {
            let mut stream = streams.stream(Purpose::Review, chooser, 0);
            counts[nests.choose(&weights, &mut stream).unwrap()] += 1;
        }
        for (count, p) in counts.iter().zip(&expected) {
            #[expect(clippy::cast_precision_loss, reason = "a small count")]
            let n = n as f64;
            let error = libm::sqrt(p * (1.0 - p) / n);
            assert!(
                (f64::from(*count) / n - p).abs() <= 4.0 * error,
                "{count} {p}"
            );
        }
    }

    #[test]
    fn the_winner_is_that_of_the_race_in_exact_logarithms() {
        let nests = Nests::new(vec![0, 0, 1, 1, 2, 3, 3, 4], 0.4);
        let streams = Streams::new(6, 0);
        for chooser in 0..20_000 {
            let mut stream = streams.stream(Purpose::User, chooser, 0);
            // Many nests within a hair of each other, some without a weight.
            let weights: Vec<f64> = (0..8)
                .map(|_| libm::floor(4.0 * stream.uniform()) * (1.0 + 0.1 * stream.uniform()))
                .collect();
            let mut twin = stream.clone();
            let arrivals: Vec<f64> = twin.exponentials().take(5).collect();
            let sums = nests.sums(&weights);
            let lead =
                |nest: &usize| nests.lambda * libm::log(sums[*nest]) - libm::log(arrivals[*nest]);
            let first = (0..5)
                .filter(|nest| sums[*nest] > 0.0)
                .max_by(|a, b| lead(a).total_cmp(&lead(b)));
            let chosen = nests.choose(&weights, &mut stream);
            assert_eq!(
                chosen.map(|chosen| usize::from(nests.nest_of[chosen])),
                first
            );
        }
    }

    /// Chooses among eight weights with bounds above the sums of nests; that it is as without them, and how many nests
    /// were weighed.
    fn weighed_under_loose_bounds(nests: &Nests, chooser: u64, contest: &mut Contest) -> usize {
        let mut stream = Streams::new(8, 0).stream(Purpose::User, chooser, 0);
        let weights: Vec<f64> = (0..8)
            .map(|_| libm::floor(4.0 * stream.uniform()) * libm::exp(2.0 * stream.normal()))
            .collect();
        let sums = nests.sums(&weights);
        let looseness: [f64; 5] = std::array::from_fn(|_| 1.0 + 3.0 * stream.uniform());
        let likely = usize::try_from(chooser).unwrap() % nests.count;
        let mut twin = stream.clone();
        let weighed = std::cell::Cell::new(0);
        let weigh = |nest: usize, own: &mut Vec<f64>| {
            weighed.set(weighed.get() + 1);
            let places = nests.starts[nest]..nests.starts[nest + 1];
            own.extend(nests.order[places].iter().map(|other| weights[*other]));
            sums[nest]
        };
        let bound = |nest: usize| sums[nest] * looseness[nest];
        let chosen = nests.choose_by((likely, bound), weigh, contest, &mut twin);
        assert_eq!(chosen, nests.choose(&weights, &mut stream));
        assert_eq!(twin.bits(), stream.bits());
        weighed.get()
    }

    #[test]
    fn loose_bounds_change_no_choice() {
        let mut contest = Contest::default();
        let nests = Nests::new(vec![0, 0, 1, 1, 2, 3, 3, 4], 0.4);
        let one = Nests::new(vec![0; 8], 0.4);
        let mut weighed = 0;
        for chooser in 0..20_000 {
            weighed += weighed_under_loose_bounds(&nests, chooser, &mut contest);
            weighed_under_loose_bounds(&one, chooser, &mut contest);
        }
        assert!(
            weighed < 3 * 20_000,
            "of five nests most cannot win: {weighed}"
        );
    }

    #[test]
    fn what_is_kept_is_what_is_chosen() {
        let streams = Streams::new(9, 0);
        for nests in [
            Nests::new(vec![0, 0, 1, 1, 2, 3, 3, 4], 0.4),
            Nests::new(vec![0; 8], 0.4),
        ] {
            let (mut roughly, mut kept, mut chosen) = (0, 0, 0);
            for chooser in 0..20_000 {
                let mut stream = streams.stream(Purpose::User, chooser, 0);
                let mut weights: Vec<f64> = (0..8).map(|_| 0.02 * stream.uniform()).collect();
                let own = usize::try_from(chooser).unwrap() % 8;
                weights[own] = 4.0 * stream.uniform();
                let nest = usize::from(nests.nest_of[own]);
                let looseness = 1.0 + 3.0 * stream.uniform();
                let sums = nests.sums(&weights);
                let place = nests.order.iter().position(|other| *other == own).unwrap();
                let incumbent = Incumbent {
                    nest,
                    rank: place - nests.starts[nest],
                    weight: weights[own],
                    rivals: 1.001 * looseness * (sums[nest] - weights[own]),
                    lead: 0,
                };
                let lead = |sum: &f64| nests.lead(1.001 * looseness * sum);
                let most = in_lanes(sums[..nests.count].iter().map(lead));
                let most = [&most[..], &vec![[0; LANES]; most.len()]];
                let closely = |other: usize| nests.lead(1.001 * sums[other]);
                let first = nests.starts[nest];
                let rival = |rank: usize| 1.001 * weights[nests.order[first + rank]];
                let told = nests.is_kept(&incumbent, most, &stream);
                roughly += u32::from(matches!(told, Told::Kept));
                let is_kept = match told {
                    Told::Kept => true,
                    Told::NotYet(race) => {
                        nests.is_kept_closely(&incumbent, most, &race, (closely, rival))
                    }
                    Told::Nothing => false,
                };
                let is_chosen = nests.choose(&weights, &mut stream) == Some(own);
                assert!(is_chosen || !is_kept);
                kept += u32::from(is_kept);
                chosen += u32::from(is_chosen);
            }
            assert!(2 * roughly > chosen, "{roughly} of {chosen}");
            assert!(
                kept > roughly && 10 * kept > 9 * chosen,
                "{kept} of {chosen}"
            );
        }
    }

    #[test]
    fn the_least_weight_wins_over_none() {
        // So small a weight has a lead that a nest without any often passes.
        let nests = Nests::new(vec![0, 1, 2], 0.4);
        let streams = Streams::new(7, 0);
        for chooser in 0..2_000 {
            let mut stream = streams.stream(Purpose::User, chooser, 0);
            let chosen = nests.choose(&[0.0, 1e-306, 0.0], &mut stream);
            assert_eq!(chosen, Some(1));
        }
    }

    #[test]
    fn no_weight_means_no_choice() {
        let mut stream = Streams::new(5, 0).stream(Purpose::Review, 0, 0);
        assert_eq!(
            Nests::new(vec![0, 1], 0.2).choose(&[0.0, 0.0], &mut stream),
            None
        );
        assert_eq!(
            Nests::new(vec![0, 0], 0.2).choose(&[0.0, 0.0], &mut stream),
            None
        );
        assert_eq!(Nests::new(Vec::new(), 0.2).choose(&[], &mut stream), None);
    }
}
