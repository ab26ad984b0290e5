//! Prices: blended token prices and cost-plus rules.

/// The blended price of a million tokens, of which `input_share` are input tokens.
#[must_use]
pub fn blended_price(price_in: f64, price_out: f64, input_share: f64) -> f64 {
    price_in * input_share + price_out * (1.0 - input_share)
}

/// The price at which `unit_cost` leaves the gross margin `margin` (a share of price, below 1).
#[must_use]
pub fn cost_plus_price(unit_cost: f64, margin: f64) -> f64 {
    unit_cost / (1.0 - margin.min(0.99))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_to_one_is_the_published_blend() {
        // Opus 4.6 at 5 in and 25 out: 10.0 at 3:1.
        assert!((blended_price(5.0, 25.0, 0.75) - 10.0).abs() < 1e-12);
    }

    #[test]
    fn cost_plus_leaves_the_margin() {
        let price = cost_plus_price(0.55, 0.45);
        assert!(((price - 0.55) / price - 0.45).abs() < 1e-12);
    }
}
