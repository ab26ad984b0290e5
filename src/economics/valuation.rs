//! Valuation: a stream of monthly amounts as one amount of today.

/// A rule that values monthly amounts: those of the months observed, and the time after them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Valuation {
    /// Number of months observed.
    pub months: usize,
    /// Discount a year: an amount in a year is worth `1 / (1 + discount)` of it today.
    pub discount: f64,
    /// Terminal multiple: the value at the end over twelve times the amount of the last month.
    pub multiple: f64,
}

/// The parts of a value, so that it can be had at any terminal multiple.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Worth {
    /// Discounted sum of the monthly amounts.
    pub flow: f64,
    /// Twelve times the amount of the last month, discounted.
    pub last_year: f64,
}

impl Worth {
    /// The value at a terminal multiple.
    #[must_use]
    pub fn at(self, multiple: f64) -> f64 {
        self.flow + multiple * self.last_year
    }
}

impl Valuation {
    /// The present value of an amount at the end of a month, from one, is this times the amount.
    #[must_use]
    pub fn factor(&self, month: usize) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "at most 120 months")]
        let years = month as f64 / 12.0;
        libm::pow(1.0 + self.discount, -years)
    }

    /// The worth of monthly amounts, the first month first.
    #[must_use]
    pub fn worth(&self, monthly: &[f64]) -> Worth {
        let dated = (1..).zip(monthly);
        let flow = dated.map(|(month, amount)| amount * self.factor(month));
        let last = monthly.last().copied().unwrap_or(0.0);
        Worth {
            flow: flow.sum(),
            last_year: 12.0 * last * self.factor(monthly.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_annuity_and_its_end_are_worth_what_the_formulas_say() {
        let rule = Valuation {
            months: 36,
            discount: 0.10,
            multiple: 5.0,
        };
        let worth = rule.worth(&[1.0; 36]);
        // A monthly annuity at the monthly rate that compounds to 10 % a year.
        let rate = libm::pow(1.1, 1.0 / 12.0) - 1.0;
        let annuity = (1.0 - 1.0 / 1.331) / rate;
        assert!((worth.flow - annuity).abs() < 1e-9);
        assert!((worth.last_year - 12.0 / 1.331).abs() < 1e-12);
        assert!((worth.at(rule.multiple) - annuity - 60.0 / 1.331).abs() < 1e-9);
    }

    #[test]
    fn without_discount_and_end_the_value_is_the_sum() {
        let rule = Valuation {
            months: 3,
            discount: 0.0,
            multiple: 0.0,
        };
        assert!((rule.worth(&[1.0, -2.0, 4.0]).at(rule.multiple) - 3.0).abs() < 1e-12);
    }
}
