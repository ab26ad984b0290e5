//! Exponential and logarithm by basic arithmetic alone: identical bits on every machine, and several times faster than
//! `libm`.
//!
//! They serve the inner loops of choices and settlement, which form millions of weights; everything else uses `libm`.

const MANTISSA: u64 = (1 << 52) - 1;
/// Bits of the square root of one half. Mantissas are reduced to [sqrt(1/2), sqrt(2)).
const HALF_ROOT: u64 = 0x3fe6_a09e_667f_3bcd;

/// Splits a positive, normal number into its exponent and its mantissa in [sqrt(1/2), sqrt(2)).
#[inline]
fn split(x: f64) -> (f64, f64) {
    // Bits of 1.5 * 2^52, a number whose last bits hold an integer.
    const INTEGER: u64 = 0x4338_0000_0000_0000;
    let shifted = x.to_bits().wrapping_sub(HALF_ROOT);
    // The exponent has eleven bits and a sign: 1,023 is added so that it is not negative, and subtracted again below.
    let raised = shifted.wrapping_add(1_023 << 52) >> 52;
    let exponent = f64::from_bits(INTEGER | raised) - (f64::from_bits(INTEGER) + 1_023.0);
    (
        exponent,
        f64::from_bits((shifted & MANTISSA).wrapping_add(HALF_ROOT)),
    )
}

/// Returns the natural logarithm of a positive, normal number, to 1e-12.
#[inline]
#[must_use]
pub fn quick_log(x: f64) -> f64 {
    let (exponent, mantissa) = split(x);
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let q = s * s;
    let series = 1.0
        + q * (1.0 / 3.0
            + q * (0.2
                + q * (1.0 / 7.0
                    + q * (1.0 / 9.0 + q * (1.0 / 11.0 + q * (1.0 / 13.0 + q * (1.0 / 15.0)))))));
    exponent * std::f64::consts::LN_2 + 2.0 * s * series
}

/// Replaces every number by its [`quick_log`], several at a time.
pub fn quick_log_all(numbers: &mut [f64]) {
    for x in numbers {
        *x = quick_log(*x);
    }
}

/// Returns the exponential function, with a relative error of 4e-16; zero below -708, infinite above 709.
#[inline]
#[must_use]
pub fn quick_exp(x: f64) -> f64 {
    if x < LEAST {
        return 0.0;
    }
    if x > MOST {
        return f64::INFINITY;
    }
    power(x)
}

/// Replaces every number by its [`quick_exp`], several at a time. It is not inlined, because the compiler would then
/// compute short lists one number at a time.
#[inline(never)]
pub fn quick_exp_all(numbers: &mut [f64]) {
    for x in numbers {
        let inside = power(*x);
        let small = if *x < LEAST { 0.0 } else { inside };
        *x = if *x > MOST { f64::INFINITY } else { small };
    }
}

const LEAST: f64 = -708.0;
const MOST: f64 = 709.0;

/// Returns the exponential function between [`LEAST`] and [`MOST`].
#[inline]
fn power(x: f64) -> f64 {
    // Adding and subtracting 1.5 * 2^52 rounds to the nearest integer.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    // ln 2 is stored in two parts. The first ends in zeros, so that its product with an exponent is exact.
    const HIGH: f64 = 6.931_471_803_691_238e-1;
    const LOW: f64 = 1.908_214_929_270_587_7e-10;
    let rounded = x * std::f64::consts::LOG2_E + ROUND;
    let count = rounded - ROUND;
    let r = (x - count * HIGH) - count * LOW;
    let r2 = r * r;
    let r4 = r2 * r2;
    // Terms of the Taylor series up to the thirteenth, summed in pairs.
    let p01 = 1.0 + r;
    let p23 = 0.5 + r * (1.0 / 6.0);
    let p45 = 1.0 / 24.0 + r * (1.0 / 120.0);
    let p67 = 1.0 / 720.0 + r * (1.0 / 5_040.0);
    let p89 = 1.0 / 40_320.0 + r * (1.0 / 362_880.0);
    let p1011 = 1.0 / 3_628_800.0 + r * (1.0 / 39_916_800.0);
    let p1213 = 1.0 / 479_001_600.0 + r * (1.0 / 6_227_020_800.0);
    let series =
        (p01 + r2 * p23) + r4 * ((p45 + r2 * p67) + r4 * ((p89 + r2 * p1011) + r4 * p1213));
    // The last bits of the rounded number are the exponent.
    let scale = f64::from_bits(rounded.to_bits().wrapping_add(1023) << 52);
    series * scale
}

/// Adds `factor` times `row` to `sum`.
#[inline]
pub fn add_scaled(sum: &mut [f64], row: &[f64], factor: f64) {
    for (sum, value) in sum.iter_mut().zip(row) {
        *sum += factor * value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_are_as_near_as_they_say() {
        for exponent in -300..300 {
            for step in 0..200 {
                let x = (1.0 + f64::from(step) / 200.0) * libm::exp2(f64::from(exponent));
                let exact = libm::log(x);
                assert!((quick_log(x) - exact).abs() < 2e-12 * exact.abs().max(1.0));
                let mut many = [x; 3];
                quick_log_all(&mut many);
                assert_eq!(many.map(f64::to_bits), [quick_log(x).to_bits(); 3]);
            }
        }
    }

    #[test]
    fn the_quick_exponential_is_the_exponential() {
        for step in -69_900..70_000 {
            let x = f64::from(step) * 0.010_123;
            let exact = libm::exp(x);
            assert!(
                (quick_exp(x) - exact).abs() <= 4e-16 * exact,
                "{x}: {} {exact}",
                quick_exp(x)
            );
            let mut many = [x; 3];
            quick_exp_all(&mut many);
            assert_eq!(many.map(f64::to_bits), [quick_exp(x).to_bits(); 3]);
        }
        assert_eq!(quick_exp(0.0).to_bits(), 1.0_f64.to_bits());
        assert_eq!(quick_exp(f64::NEG_INFINITY).to_bits(), 0.0_f64.to_bits());
        assert!(quick_exp(f64::INFINITY).is_infinite() && quick_exp(f64::NAN).is_nan());
    }
}
