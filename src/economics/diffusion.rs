//! Diffusion: the Bass process of adoption, and growth that fades.

/// Returns the share of eventual adopters who have adopted after `years` (Bass 1969, closed form).
///
/// Equation 1 of `docs/model.md`.
#[must_use]
pub fn bass_share(p: f64, q: f64, years: f64) -> f64 {
    if years <= 0.0 {
        return 0.0;
    }
    let decay = libm::exp(-(p + q) * years);
    (1.0 - decay) / (1.0 + q / p * decay)
}

/// Returns the time in years at which `share` of eventual adopters have adopted: the inverse of [`bass_share`].
/// Infinite for a share of one.
#[must_use]
pub fn bass_time(p: f64, q: f64, share: f64) -> f64 {
    if share >= 1.0 {
        return f64::INFINITY;
    }
    -libm::log((1.0 - share) / (1.0 + q / p * share)) / (p + q)
}

/// Returns the logarithm of the growth factor after `months` of growth whose rate fades.
///
/// The monthly rate starts at `initial` and halves every `half_life` months, so that the logarithm of the factor is
/// `initial * tau * (1 - exp(-months / tau))` with `tau = half_life / ln 2`.
///
/// Equation 2 of `docs/model.md`.
#[must_use]
pub fn fading_growth(initial: f64, half_life: f64, months: f64) -> f64 {
    if half_life <= 0.0 {
        return 0.0;
    }
    let tau = half_life / std::f64::consts::LN_2;
    initial * tau * -libm::expm1(-months / tau)
}

/// Returns the months after which growth whose rate fades has brought `share` of the volume that it brings in the end,
/// where `whole` is the logarithm of the factor in the end. Infinite without growth.
///
/// Equation 47 of `docs/model.md`.
#[must_use]
pub fn fading_time(whole: f64, half_life: f64, share: f64) -> f64 {
    if whole <= 0.0 {
        return f64::INFINITY;
    }
    let grown = libm::log1p(share * libm::expm1(whole)) / whole;
    -half_life * libm::log2((1.0 - grown).max(1e-300))
}

/// Returns the growth of adopters at the start of a Bass process that has reached `share`, a year.
///
/// Equation 48 of `docs/model.md`.
#[must_use]
pub fn bass_growth(p: f64, q: f64, share: f64) -> f64 {
    if share <= 0.0 {
        return 0.0;
    }
    (p + q * share) * (1.0 - share) / share
}

/// Returns the slope of a damped local linear trend a month later, and the change of its level in that month.
///
/// The slope halves every `half_life` months; `noise` is that of the month on level and slope.
///
/// Equation 49 of `docs/model.md`.
#[must_use]
pub fn trend_step(slope: f64, half_life: f64, [level, change]: [f64; 2]) -> (f64, f64) {
    let kept = if half_life > 0.0 {
        libm::exp2(-1.0 / half_life)
    } else {
        0.0
    };
    let slope = slope * kept + change;
    (slope, slope + level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_where_bass_printed_it() {
        // Colour television, p = 0.010399 and q = 0.41861: T* = ln(q/p)/(p+q) = 8.613 years.
        let (p, q) = (0.010_399, 0.418_61);
        let peak = libm::log(q / p) / (p + q);
        assert!((peak - 8.613).abs() < 1e-3);
        let rate = |t: f64| bass_share(p, q, t + 1e-4) - bass_share(p, q, t - 1e-4);
        assert!(rate(peak) > rate(peak - 0.1) && rate(peak) > rate(peak + 0.1));
    }

    #[test]
    fn time_inverts_share() {
        for share in [0.0, 0.1, 0.5, 0.99] {
            assert!((bass_share(0.02, 0.5, bass_time(0.02, 0.5, share)) - share).abs() < 1e-12);
        }
    }

    #[test]
    fn fading_growth_starts_at_its_rate_and_halves() {
        assert!((fading_growth(0.1, 12.0, 0.01) / 0.01 - 0.1).abs() < 1e-4);
        let slope = (fading_growth(0.1, 12.0, 12.01) - fading_growth(0.1, 12.0, 12.0)) / 0.01;
        assert!((slope - 0.05).abs() < 1e-4);
    }

    #[test]
    fn fading_time_inverts_the_volume_of_fading_growth() {
        let (growth, half_life) = (0.05, 24.0);
        let whole = fading_growth(growth, half_life, f64::INFINITY);
        for months in [0.0, 1.0, 12.0, 60.0] {
            let volume = libm::expm1(fading_growth(growth, half_life, months));
            let found = fading_time(whole, half_life, volume / libm::expm1(whole));
            assert!((found - months).abs() < 1e-9 * (1.0 + months), "{found}");
        }
        assert!(fading_time(0.0, half_life, 0.5).is_infinite());
    }

    #[test]
    fn the_growth_of_a_bass_process_is_the_slope_of_its_share() {
        let (p, q) = (0.02, 0.5);
        let growth = |years: f64| {
            let share = |years: f64| libm::log(bass_share(p, q, years));
            (share(years + 1e-4) - share(years - 1e-4)) / 2e-4
        };
        for years in [0.5, 2.0, 8.0] {
            let found = bass_growth(p, q, bass_share(p, q, years));
            assert!((found - growth(years)).abs() < 1e-6, "{found}");
        }
    }

    #[test]
    fn a_slope_without_noise_halves_and_noise_of_the_level_does_not_last() {
        let (mut slope, mut level) = (0.08, 0.0);
        for _ in 0..12 {
            let (next, change) = trend_step(slope, 12.0, [0.0, 0.0]);
            (slope, level) = (next, level + change);
        }
        assert!((slope - 0.04).abs() < 1e-12 && level > 0.0);
        assert_eq!(trend_step(0.08, f64::INFINITY, [0.3, 0.0]), (0.08, 0.38));
        assert_eq!(trend_step(0.08, 0.0, [0.0, 0.01]), (0.01, 0.01));
    }
}
