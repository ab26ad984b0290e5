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

/// Returns the growth of adopters at the start of a Bass process that has reached `share`, a year.
///
/// Equation 43 of `docs/model.md`.
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
/// Equation 44 of `docs/model.md`.
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
}
