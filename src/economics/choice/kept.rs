//! Whether a choice is certain to fall on the alternative in use: bounds on what could pass it in its race mostly tell.

use super::{FIXED, MAX_NESTS, Nests, whole};
use crate::elementary::{BITS_ERROR, half_bits, quick_log};
use crate::rng::Stream;

/// The alternative that is in use, among others that are bounded.
#[derive(Clone, Copy, Debug)]
pub struct Incumbent {
    /// Its nest.
    pub nest: usize,
    /// Its rank in the nest, in the order of [`by_nest`](super::by_nest).
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

/// No lead is larger, nor as far below none. Two of them and a draw fit in 32 bits.
const FAR: i32 = 1 << 29;

/// How much later the alternative in use may arrive than its rough draw says, with some units more for what is rounded.
#[expect(clippy::cast_possible_truncation, reason = "a small number")]
const MARGIN: i64 = (BITS_ERROR * 1_048_576.0) as i64 + 17;

/// Leads in the order of nests; the last lanes may stand for none.
#[must_use]
pub fn in_lanes(leads: impl ExactSizeIterator<Item = i32>) -> Vec<Lanes> {
    let mut lanes = vec![[-FAR; LANES]; leads.len().div_ceil(LANES)];
    for (lane, lead) in lanes.as_flattened_mut().iter_mut().zip(leads) {
        *lane = lead;
    }
    lanes
}

impl Nests {
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
        ((self.fixed_lambda * log) >> FIXED) - MARGIN
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Streams};

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
}
