//! Probability distributions by their quantile functions.
//!
//! Every uncertain number of a scenario is drawn by inversion, `quantile(u)`, with one uniform draw each, so that rank
//! correlation between inputs only needs correlated uniforms. All functions use `libm`: the platform's own functions
//! differ between machines.

use std::f64::consts::SQRT_2;

use super::root::root_between;

/// Returns the standard normal distribution function at `z`.
#[must_use]
pub fn normal_cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z / SQRT_2)
}

/// Returns the standard normal quantile by Wichura's algorithm AS 241 (1988), with relative accuracy of about 1e-16.
///
/// The result is minus infinity at 0 and plus infinity at 1.
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    const A: [f64; 8] = [
        3.387_132_872_796_366_5,
        133.141_667_891_784_38,
        1_971.590_950_306_551_3,
        13_731.693_765_509_46,
        45_921.953_931_549_87,
        67_265.770_927_008_7,
        33_430.575_583_588_13,
        2_509.080_928_730_122_7,
    ];
    const B: [f64; 8] = [
        1.0,
        42.313_330_701_600_91,
        687.187_007_492_057_9,
        5_394.196_021_424_751,
        21_213.794_301_586_597,
        39_307.895_800_092_71,
        28_729.085_735_721_943,
        5_226.495_278_852_545,
    ];
    const C: [f64; 8] = [
        1.423_437_110_749_683_5,
        4.630_337_846_156_546,
        5.769_497_221_460_691,
        3.647_848_324_763_204_5,
        1.270_458_252_452_368_4,
        0.241_780_725_177_450_6,
        0.022_723_844_989_269_184,
        7.745_450_142_783_414e-4,
    ];
    const D: [f64; 8] = [
        1.0,
        2.053_191_626_637_759,
        1.676_384_830_183_803_8,
        0.689_767_334_985_1,
        0.148_103_976_427_480_08,
        0.015_198_666_563_616_457,
        5.475_938_084_995_345e-4,
        1.050_750_071_644_416_9e-9,
    ];
    const E: [f64; 8] = [
        6.657_904_643_501_103,
        5.463_784_911_164_114,
        1.784_826_539_917_291_3,
        0.296_560_571_828_504_87,
        0.026_532_189_526_576_124,
        0.001_242_660_947_388_078_4,
        2.711_555_568_743_487_6e-5,
        2.010_334_399_292_288_1e-7,
    ];
    const F: [f64; 8] = [
        1.0,
        0.599_832_206_555_888,
        0.136_929_880_922_735_8,
        0.014_875_361_290_850_615,
        7.868_691_311_456_133e-4,
        1.846_318_317_510_054_8e-5,
        1.421_511_758_316_446e-7,
        2.044_263_103_389_939_8e-15,
    ];
    let polynomial = |c: &[f64; 8], x: f64| {
        c.iter()
            .rev()
            .fold(0.0, |sum, coefficient| sum * x + coefficient)
    };
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * polynomial(&A, r) / polynomial(&B, r);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    if tail <= 0.0 {
        return if q < 0.0 {
            f64::NEG_INFINITY
        } else {
            f64::INFINITY
        };
    }
    let r = libm::sqrt(-libm::log(tail));
    let z = if r <= 5.0 {
        polynomial(&C, r - 1.6) / polynomial(&D, r - 1.6)
    } else {
        polynomial(&E, r - 5.0) / polynomial(&F, r - 5.0)
    };
    if q < 0.0 { -z } else { z }
}

/// Returns the quantile of the triangular distribution on `[low, high]` with the given mode.
#[must_use]
pub fn triangular_quantile(u: f64, low: f64, mode: f64, high: f64) -> f64 {
    if high <= low {
        return low;
    }
    let split = (mode - low) / (high - low);
    if u < split {
        low + libm::sqrt(u * (high - low) * (mode - low))
    } else {
        high - libm::sqrt((1.0 - u) * (high - low) * (high - mode))
    }
}

/// Returns the quantile of the PERT distribution: a beta distribution on `[low, high]` with given mode and weight 4.
///
/// Source: Malcolm et al. (1959). The shape parameters are `1 + 4 (mode - low) / (high - low)` and
/// `1 + 4 (high - mode) / (high - low)`.
#[must_use]
pub fn pert_quantile(u: f64, low: f64, mode: f64, high: f64) -> f64 {
    if high <= low {
        return low;
    }
    let a = 1.0 + 4.0 * (mode - low) / (high - low);
    let b = 1.0 + 4.0 * (high - mode) / (high - low);
    low + (high - low) * beta_quantile(u, a, b)
}

/// Returns the quantile of the beta distribution: the root of [`beta_cdf`] less `u`, to full double precision.
#[must_use]
pub fn beta_quantile(u: f64, a: f64, b: f64) -> f64 {
    root_between(|x| beta_cdf(x, a, b) - u, 0.0, 1.0)
}

/// Returns the regularised incomplete beta function by Lentz's continued fraction (Numerical Recipes, 6.4).
#[must_use]
#[expect(
    clippy::many_single_char_names,
    reason = "the names of the cited recipe"
)]
pub fn beta_cdf(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - beta_cdf(1.0 - x, b, a);
    }
    let log_front = libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b)
        + a * libm::log(x)
        + b * libm::log1p(-x);
    let guard = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for m in 1..300_u32 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / guard(1.0 + even * d);
        c = guard(1.0 + even / c);
        fraction *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / guard(1.0 + odd * d);
        c = guard(1.0 + odd / c);
        let step = d * c;
        fraction *= step;
        if (step - 1.0).abs() < 1e-15 {
            break;
        }
    }
    libm::exp(log_front) * fraction / a
}

/// Returns the quantile of a distribution given by (probability, value) points, by linear interpolation.
#[must_use]
pub fn table_quantile(u: f64, points: &[(f64, f64)]) -> f64 {
    let after = points.partition_point(|(p, _)| *p < u);
    match (
        after.checked_sub(1).and_then(|i| points.get(i)),
        points.get(after),
    ) {
        (Some((p0, v0)), Some((p1, v1))) => v0 + (v1 - v0) * (u - p0) / (p1 - p0),
        (None, Some((_, value))) | (Some((_, value)), None) => *value,
        (None, None) => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_quantiles_are_the_published_ones() {
        // R 4.3: qnorm(c(0.001, 0.05, 0.25, 0.975)).
        for (p, z) in [
            (0.001, -3.090_232_306_167_813_5),
            (0.05, -1.644_853_626_951_472_7),
            (0.25, -0.674_489_750_196_081_7),
            (0.975, 1.959_963_984_540_054),
        ] {
            assert!((normal_quantile(p) - z).abs() < 1e-13, "{p}");
            assert!((normal_cdf(z) - p).abs() < 1e-13, "{p}");
        }
        assert!((normal_quantile(1e-12) + 7.034_483_825_301_132).abs() < 1e-9);
    }

    #[test]
    fn beta_quantiles_invert_the_distribution() {
        // R 4.3: pbeta(0.3, 2, 5) = 0.579825; qbeta(0.5, 2, 3) = 0.385728.
        assert!((beta_cdf(0.3, 2.0, 5.0) - 0.579_825).abs() < 1e-9);
        assert!((beta_quantile(0.5, 2.0, 3.0) - 0.385_727_568).abs() < 1e-7);
        for u in [0.01, 0.3, 0.77, 0.999] {
            assert!((beta_cdf(beta_quantile(u, 1.4, 4.6), 1.4, 4.6) - u).abs() < 1e-12);
        }
    }

    #[test]
    fn triangular_and_tables_invert_by_hand() {
        assert!((triangular_quantile(0.5, 0.0, 1.0, 2.0) - 1.0).abs() < 1e-12);
        assert!((triangular_quantile(0.125, 0.0, 1.0, 2.0) - 0.5).abs() < 1e-12);
        assert!((table_quantile(0.25, &[(0.0, 1.0), (0.5, 3.0), (1.0, 9.0)]) - 2.0).abs() < 1e-12);
        assert!((pert_quantile(0.5, 1.0, 2.0, 3.0) - 2.0).abs() < 1e-9);
    }
}
