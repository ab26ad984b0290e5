//! Keyed random streams: draws by purpose, entity and ordinal, the same on every machine.
//!
//! A stream is looked up by its key: (seed, replication, purpose, entity, ordinal) keys one block of
//! Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011), which seeds a
//! Xoroshiro128++ generator. One more draw for one entity moves nothing elsewhere, and two scenarios with
//! one seed share every draw that both make (common random numbers). Transcendental functions come
//! from `libm` or `elementary`, so that the bits do not depend on the platform.

use std::convert::Infallible;
use std::sync::OnceLock;

use rand::rand_core::TryRng;

use crate::base::distributions::normal_quantile;
use crate::base::elementary::quick_exp;

/// The purpose of a stream; each purpose has its own streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Purpose {
    /// Values of uncertain scenario parameters, once a replication.
    Parameter = 1,
    /// Attributes of an enterprise.
    Enterprise = 2,
    /// Adoption of a workload, and its first review.
    Adoption = 3,
    /// A review: its occurrence, the offers considered, the choice.
    Review = 4,
    /// Duration and success of a migration.
    Migration = 5,
    /// Releases of a lab.
    Release = 6,
    /// Lead times of accelerator deliveries.
    Delivery = 7,
    /// Rents.
    Rent = 8,
    /// Noise in the observation of a router's steering.
    Steering = 9,
    /// Rounds, tranches and the end of labs.
    Finance = 10,
    /// Cases of regulators.
    Regulation = 11,
    /// Incidents.
    Incident = 12,
    /// Entry of labs.
    Entry = 13,
    /// Contracts that are broken.
    Contract = 14,
    /// Surprises of growth.
    Growth = 15,
    /// Outcome of investigations into clouds, and cases of breach.
    Designation = 16,
    /// Free for users of the kernel.
    User = 255,
}

/// All streams of one replication.
#[derive(Clone, Copy, Debug)]
pub struct Streams {
    /// The keys of Philox by round.
    keys: [[u64; 2]; ROUNDS],
    replication: u32,
}

impl Streams {
    /// The streams of `replication` under `seed`. At most 2^24 replications have streams of their own.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the seed is split into its two halves"
    )]
    pub const fn new(seed: u64, replication: u32) -> Self {
        Self {
            keys: keys_of([seed as u32, (seed >> 32) as u32]),
            replication: replication & 0x00ff_ffff,
        }
    }

    /// The stream for `purpose`, `entity` and `ordinal`.
    #[inline]
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the entity is split into its two halves"
    )]
    pub fn stream(&self, purpose: Purpose, entity: u64, ordinal: u32) -> Stream {
        let tag = (u32::from(purpose as u8) << 24) | self.replication;
        let block = philox(
            [entity as u32, (entity >> 32) as u32, ordinal, tag],
            &self.keys,
        );
        let [first, second] = [[block[0], block[1]], [block[2], block[3]]]
            .map(|[low, high]| u64::from(low) | u64::from(high) << 32);
        Stream {
            // A state of zeros alone would stand still.
            state: [first.max(u64::from(second == 0)), second],
        }
    }
}

/// A short sequence of draws for one purpose.
#[derive(Clone, Debug)]
pub struct Stream {
    /// Xoroshiro128++ (Blackman and Vigna 2021): written out here, so that setting it up costs nothing.
    state: [u64; 2],
}

impl Stream {
    /// The next 64 random bits.
    #[inline]
    pub fn bits(&mut self) -> u64 {
        let [first, second] = self.state;
        let bits = first
            .wrapping_add(second)
            .rotate_left(17)
            .wrapping_add(first);
        let mixed = second ^ first;
        self.state = [
            first.rotate_left(49) ^ mixed ^ (mixed << 21),
            mixed.rotate_left(28),
        ];
        bits
    }

    /// A uniform draw strictly between 0 and 1.
    #[inline]
    #[expect(clippy::cast_precision_loss, reason = "52 bits fit a double exactly")]
    pub fn uniform(&mut self) -> f64 {
        ((self.bits() >> 12) as f64 + 0.5) * (1.0 / (1_u64 << 52) as f64)
    }

    /// A standard normal draw, by inversion: monotone in the uniform, so that paired runs stay close.
    pub fn normal(&mut self) -> f64 {
        normal_quantile(self.uniform())
    }

    /// Draws from Student's distribution with four degrees of freedom, scaled to a standard deviation of one: heavier
    /// tails than the normal's.
    pub fn heavy(&mut self) -> f64 {
        let squares: f64 = (0..4).map(|_| self.normal()).map(|z| z * z).sum();
        self.normal() * libm::sqrt(2.0 / squares)
    }

    /// True with probability `probability`.
    pub fn is_hit(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// A lognormal draw with the given median and sigma of its logarithm.
    pub fn lognormal(&mut self, median: f64, sigma: f64) -> f64 {
        median * libm::exp(sigma * self.normal())
    }

    /// A standard exponential draw (ziggurat of Marsaglia and Tsang, 2000, 256 layers).
    #[inline]
    pub fn exponential(&mut self) -> f64 {
        self.exponential_from(Ziggurat::get())
    }

    /// Standard exponential draws without end.
    #[inline]
    pub fn exponentials(&mut self) -> impl Iterator<Item = f64> {
        let ziggurat = Ziggurat::get();
        std::iter::repeat_with(move || self.exponential_from(ziggurat))
    }

    #[inline]
    fn exponential_from(&mut self, ziggurat: &Ziggurat) -> f64 {
        let (layer, x, inside) = ziggurat.throw(self.bits());
        if x < inside {
            return x;
        }
        // By value, so that the state of a stream can stay in registers.
        let (draw, rest) = ziggurat.throw_at_edge(self.clone(), layer, x);
        *self = rest;
        draw
    }
}

impl TryRng for Stream {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.bits() >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.bits())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        rand::rand_core::utils::fill_bytes_via_next_word(bytes, || self.try_next_u64())
    }
}

/// A stable 64-bit key of a name (FNV-1a), for streams of named entities.
#[must_use]
pub fn key_of(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The key of one aspect of a named entity, for purposes that draw several things for one entity; aspect 0 has the key
/// of [`key_of`].
#[must_use]
pub fn key_of_aspect(name: &str, aspect: u64) -> u64 {
    key_of(name) ^ aspect
}

const ZIGGURAT_TAIL: f64 = 7.697_117_470_131_05;
const ZIGGURAT_AREA: f64 = 0.003_949_659_822_581_572;
/// Widths of layers are in units of this: 2^-53.
const UNIT: f64 = f64::EPSILON / 2.0;
/// Points nearer than this to a line count as on neither side of it, so that rounding decides nothing.
const CLOSE: f64 = 1e-12;

struct Ziggurat {
    /// By layer: its width in units of 2^-53, and how far from the axis it lies wholly inside.
    layers: [(f64, f64); 256],
    f: [f64; 257],
}

impl Ziggurat {
    /// A layer, a point on its width, and up to where such points lie inside.
    #[inline]
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_wrap,
        reason = "53 bits fit a double exactly"
    )]
    fn throw(&self, bits: u64) -> (usize, f64, f64) {
        let layer = (bits & 0xff) as usize;
        let (width, inside) = self.layers[layer];
        (layer, (bits >> 11) as i64 as f64 * width, inside)
    }

    /// The rest of an exponential draw that fell on the edge of a layer: one in a hundred.
    #[cold]
    fn throw_at_edge(&self, mut stream: Stream, layer: usize, x: f64) -> (f64, Stream) {
        let (mut layer, mut x) = (layer, x);
        loop {
            if layer == 0 {
                return (ZIGGURAT_TAIL - libm::log(stream.uniform()), stream);
            }
            if self.is_below_curve(layer, x, stream.uniform()) {
                return (x, stream);
            }
            let inside;
            (layer, x, inside) = self.throw(stream.bits());
            if x < inside {
                return (x, stream);
            }
        }
    }

    /// True if a point of a layer's edge lies below the exponential curve; `down` is its distance from the top of the
    /// layer, as a share of the layer's height.
    #[inline]
    fn is_below_curve(&self, layer: usize, x: f64, down: f64) -> bool {
        let (width, inside) = self.layers[layer];
        let (top, bottom) = (self.f[layer + 1], self.f[layer]);
        let (along, height) = (x - inside, top + (bottom - top) * down);
        // The curve runs above its tangent at the top and below the chord to the bottom: mostly they tell.
        let is_below_tangent = height < top * (1.0 - along - CLOSE);
        let is_above_chord = down * (width / UNIT - inside) < along - CLOSE;
        is_below_tangent || !is_above_chord && height < quick_exp(-x)
    }

    #[inline]
    fn get() -> &'static Self {
        static TABLES: OnceLock<Ziggurat> = OnceLock::new();
        TABLES.get_or_init(|| {
            let mut x = [0.0; 257];
            x[0] = ZIGGURAT_AREA / libm::exp(-ZIGGURAT_TAIL);
            x[1] = ZIGGURAT_TAIL;
            for layer in 2..256 {
                x[layer] = -libm::log(ZIGGURAT_AREA / x[layer - 1] + libm::exp(-x[layer - 1]));
            }
            let f = x.map(|edge| libm::exp(-edge));
            let layers = std::array::from_fn(|layer| (x[layer] * UNIT, x[layer + 1]));
            Self { layers, f }
        })
    }
}

/// Rounds of Philox.
const ROUNDS: usize = 10;

/// The keys of Philox by round.
const fn keys_of(key: [u32; 2]) -> [[u64; 2]; ROUNDS] {
    let mut keys = [[key[0] as u64, key[1] as u64]; ROUNDS];
    let mut round = 1;
    while round < ROUNDS {
        let [first, second] = keys[round - 1];
        keys[round] = [first + 0x9e37_79b9, second + 0xbb67_ae85];
        round += 1;
    }
    keys
}

/// Philox 4x32-10, on pairs of wide numbers of which the last 32 bits count: a third fewer steps than on halves cut out each
/// round.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "Philox splits numbers into their halves"
)]
fn philox(counter: [u32; 4], keys: &[[u64; 2]; ROUNDS]) -> [u32; 4] {
    let wide = |pair: [u32; 2]| pair.map(u64::from);
    let half = |number: u64| number & u64::from(u32::MAX);
    let mut even = wide([counter[0], counter[2]]);
    let mut odd = wide([counter[1], counter[3]]);
    for key in keys {
        let products = [half(even[0]) * 0xd251_1f53, half(even[1]) * 0xcd9e_8d57];
        let swapped = [products[1], products[0]];
        even = std::array::from_fn(|i| (swapped[i] >> 32) ^ odd[i] ^ key[i]);
        odd = swapped;
    }
    [even[0], odd[0], even[1], odd[1]].map(|number| number as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;
    use rand::rand_core::SeedableRng;
    use rand_xoshiro::Xoroshiro128PlusPlus;

    #[test]
    fn philox_gives_its_published_values() {
        // Known-answer vectors of Random123 (kat_vectors, philox4x32 10).
        assert_eq!(
            philox([0; 4], &keys_of([0; 2])),
            [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]
        );
        assert_eq!(
            philox([u32::MAX; 4], &keys_of([u32::MAX; 2])),
            [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
        );
    }

    #[test]
    fn bits_are_those_of_the_reference_generator() {
        let mut stream = Stream { state: [1, 2] };
        let mut seed = [0; 16];
        (seed[0], seed[8]) = (1, 2);
        let mut reference = Xoroshiro128PlusPlus::from_seed(seed);
        for _ in 0..1_000 {
            assert_eq!(stream.bits(), reference.next_u64());
        }
    }

    #[test]
    fn draws_are_stable() {
        let mut stream = Streams::new(1, 0).stream(Purpose::User, 7, 0);
        let drawn = [stream.uniform(), stream.exponential(), stream.normal()].map(f64::to_bits);
        let mut again = Streams::new(1, 0).stream(Purpose::User, 7, 0);
        assert_eq!(
            drawn,
            [again.uniform(), again.exponential(), again.normal()].map(f64::to_bits)
        );
        let mut other = Streams::new(1, 0).stream(Purpose::User, 7, 1);
        assert_ne!(drawn[0], other.uniform().to_bits());
    }

    #[test]
    fn tangent_and_chord_tell_what_the_curve_tells() {
        let ziggurat = Ziggurat::get();
        let mut stream = Streams::new(4, 0).stream(Purpose::User, 0, 0);
        for layer in 1..256 {
            let (width, inside) = ziggurat.layers[layer];
            let (top, bottom) = (ziggurat.f[layer + 1], ziggurat.f[layer]);
            for place in 0..2_000 {
                let part = stream.uniform();
                let x = inside + (width / UNIT - inside) * part;
                // Also points on both lines, to the last bits.
                let down = match place % 4 {
                    0 => part,
                    1 => top * (x - inside) / (top - bottom),
                    _ => stream.uniform(),
                };
                let height = top + (bottom - top) * down;
                let is_below = height < quick_exp(-x);
                assert_eq!(ziggurat.is_below_curve(layer, x, down), is_below, "{layer}");
            }
        }
    }

    #[test]
    fn exponential_draws_have_the_right_moments_and_tail() {
        let mut stream = Streams::new(3, 0).stream(Purpose::User, 0, 0);
        let n = 1_000_000;
        let (mut sum, mut squares, mut tail) = (0.0, 0.0, 0_u32);
        for _ in 0..n {
            let draw = stream.exponential();
            sum += draw;
            squares += draw * draw;
            tail += u32::from(draw > 8.0);
        }
        let n = f64::from(n);
        assert!((sum / n - 1.0).abs() < 0.004, "mean {}", sum / n);
        assert!(
            (squares / n - 2.0).abs() < 0.02,
            "second moment {}",
            squares / n
        );
        assert!(
            (f64::from(tail) / n - 3.3546e-4).abs() < 7.5e-5,
            "tail {tail}"
        );
    }
}
