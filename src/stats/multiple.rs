//! Multiple testing: false-discovery rates.

/// By p-value: true if its hypothesis is rejected at the false-discovery rate `rate` (Benjamini and Hochberg 1995). At most that
/// share of the rejections is expected to be wrong, for independent or positively dependent tests.
#[must_use]
pub fn discoveries(p_values: &[f64], rate: f64) -> Vec<bool> {
    adjusted(p_values).into_iter().map(|q| q <= rate).collect()
}

/// Adjusted p-values: the lowest false-discovery rate at which each is rejected.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "few tests")]
pub fn adjusted(p_values: &[f64]) -> Vec<f64> {
    let count = p_values.len();
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|a, b| p_values[*b].total_cmp(&p_values[*a]));
    let mut least: f64 = 1.0;
    let mut found = vec![1.0; count];
    for (place, index) in order.into_iter().enumerate() {
        let rank = (count - place) as f64;
        least = least.min(p_values[index] * count as f64 / rank);
        found[index] = least;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adjusted_values_are_those_of_r() {
        // SciPy: stats.false_discovery_control([0.01, 0.04, 0.03, 0.005, 0.6]).
        let found = adjusted(&[0.01, 0.04, 0.03, 0.005, 0.6]);
        for (got, expected) in found.iter().zip([0.025, 0.05, 0.05, 0.025, 0.6]) {
            assert!((got - expected).abs() < 1e-12, "{found:?}");
        }
        assert_eq!(discoveries(&[0.01, 0.5], 0.05), [true, false]);
    }
}
