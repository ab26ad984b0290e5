//! Hazards: chances and times of events, with competing causes and with windows around known dates.

/// Returns the monthly rate of an event with yearly probability `annual`: `-ln(1 - q) / 12`.
///
/// Equation 30 of `docs/model.md`.
#[must_use]
pub fn monthly_rate(annual: f64) -> f64 {
    -libm::log1p(-annual.clamp(0.0, 1.0 - 1e-12)) / 12.0
}

/// Returns the chance that an event has not happened after months with the chances `hazards`.
#[must_use]
pub fn survival(hazards: impl Iterator<Item = f64>) -> f64 {
    hazards.map(|hazard| 1.0 - hazard).product()
}

/// Returns, for each cause, the chance that it comes first and within `span`, where causes are independent and
/// exponential at `rates`.
///
/// Equation 31 of `docs/model.md`.
#[must_use]
pub fn cumulative_incidence(rates: &[f64], span: f64) -> Vec<f64> {
    let total: f64 = rates.iter().sum();
    if total <= 0.0 {
        return vec![0.0; rates.len()];
    }
    let any = -libm::expm1(-total * span);
    rates.iter().map(|rate| rate / total * any).collect()
}

/// Returns the cause that strikes first within `span`, or `None`, for a uniform draw `u`. One draw decides both whether
/// a cause strikes and which.
#[must_use]
pub fn first_cause(rates: &[f64], span: f64, u: f64) -> Option<usize> {
    let mut left = u;
    for (cause, chance) in cumulative_incidence(rates, span).into_iter().enumerate() {
        if left < chance {
            return Some(cause);
        }
        left -= chance;
    }
    None
}

/// Window of a hazard: start in months, end in months, and the factor on the hazard between them.
pub type Window = (f64, f64, f64);

/// Returns the factor in force at `month`: the product over the windows `[from, until)` that hold it.
#[must_use]
pub fn window_factor(windows: &[Window], month: f64) -> f64 {
    windows
        .iter()
        .filter(|(from, until, _)| (*from..*until).contains(&month))
        .map(|(_, _, factor)| factor)
        .product()
}

/// Returns the time in months at which an event with chance `chance` within `span` happens, for a uniform draw `u`, or
/// `None` if it does not happen. The hazard is constant.
#[must_use]
pub fn time_within(chance: f64, span: f64, u: f64) -> Option<f64> {
    if u >= chance || span <= 0.0 {
        return None;
    }
    if chance >= 1.0 {
        return Some(span * u);
    }
    Some(span * libm::log1p(-u) / libm::log1p(-chance))
}

/// Returns the highest charge for a switch that European Union law allows a provider, USD, by date: the list charge
/// `list` before `capped_from`; at most the provider's cost `cost` from then on (11 January 2024); and nothing from
/// `free_from`, except that parallel use stays at cost (Data Act, articles 29, 34). Dates are days since any one day.
#[must_use]
pub fn lawful_switching_charge(
    list: f64,
    cost: f64,
    is_parallel: bool,
    day: f64,
    (capped_from, free_from): (f64, f64),
) -> f64 {
    if day < capped_from {
        list
    } else if is_parallel || day < free_from {
        list.min(cost)
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_share_what_happens() {
        let rates = [0.03, 0.012, 0.005];
        let parts = cumulative_incidence(&rates, 24.0);
        let none = 1.0 - parts.iter().sum::<f64>();
        assert!((none - libm::exp(-0.047 * 24.0)).abs() < 1e-14);
        assert_eq!(first_cause(&rates, 24.0, 0.999), None);
        assert_eq!(first_cause(&rates, 24.0, parts[0] + 1e-9), Some(1));
    }

    #[test]
    fn a_time_within_the_span_has_the_stated_chance() {
        assert_eq!(time_within(0.4, 30.0, 0.4), None);
        let late = time_within(0.4, 30.0, 0.399_999_999).unwrap();
        assert!((late - 30.0).abs() < 1e-5);
        assert_eq!(time_within(0.4, 30.0, 0.0), Some(0.0));
    }
}
