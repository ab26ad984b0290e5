//! Funding of labs: their value to investors (discounted cash flow per dollar of yearly revenue), the chance that a round
//! fails, and how the amount of a commitment falls due.

/// Forecast of a lab's cash flow by investors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outlook {
    /// Half-life of growth, months.
    pub growth_fade: f64,
    /// Margin of a mature lab, as a share of revenue.
    pub mature_margin: f64,
    /// Years in which the margin moves there from today's.
    pub years_to_margin: f64,
    /// Cost of capital, a year; above the terminal growth.
    pub cost_of_capital: f64,
    /// Years of cash flow that investors forecast; rounded to whole years.
    pub forecast: f64,
    /// Growth of the cash flow after the forecast, a year.
    pub terminal_growth: f64,
}

impl Outlook {
    /// Returns the discounted cash flow of a lab per dollar of its present yearly revenue. Revenue grows at first by
    /// `growth`, as a logarithm a month; `margin` is cash flow over revenue today. Not negative: owners can walk away.
    ///
    /// Equation 35 of `docs/model.md`.
    #[must_use]
    pub fn worth(&self, growth: f64, margin: f64) -> f64 {
        let (mut revenue, mut sum) = (1.0, 0.0);
        let mut discount = 1.0;
        let mut year = 0.0;
        while year + 0.5 < self.forecast {
            year += 1.0;
            let faded = libm::exp2(-12.0 * (year - 0.5) / self.growth_fade.max(0.1));
            revenue *= libm::exp(12.0 * growth * faded);
            let way = (year / self.years_to_margin.max(0.1)).min(1.0);
            discount /= 1.0 + self.cost_of_capital;
            sum += discount * revenue * (margin + (self.mature_margin - margin) * way);
        }
        let spread = (self.cost_of_capital - self.terminal_growth).max(0.01);
        let end = revenue * self.mature_margin * (1.0 + self.terminal_growth) / spread;
        (sum + discount * end).max(0.0)
    }
}

/// Returns the chance that a round fails: `base` for a lab that burns nothing and whose value has not fallen. The odds
/// grow by the factor `exp(burn_risk)` for each unit of burn over revenue, and by `exp(drawdown_risk)` for each unit of
/// the logarithm by which its value has fallen since the last round.
///
/// Equation 36 of `docs/model.md`.
#[must_use]
pub fn round_failure(
    base: f64,
    burn: f64,
    drawdown: f64,
    [burn_risk, drawdown_risk]: [f64; 2],
) -> f64 {
    if base <= 0.0 {
        return 0.0;
    }
    let more = burn_risk * burn.max(0.0) + drawdown_risk * drawdown.max(0.0);
    let odds = base / (1.0 - base).max(1e-12) * libm::exp(more.min(50.0));
    odds / (1.0 + odds)
}

/// Schedule by which the amount of a commitment falls due over its years.
#[derive(Clone, Debug, PartialEq)]
pub enum Due {
    /// The amount due a year grows at this rate, a year.
    Growing(f64),
    /// Shares of the amount by year of the contract; they sum to one.
    ByYear(Vec<f64>),
}

impl Due {
    /// Returns the share of the amount that has fallen due `at` years into a commitment that lasts `years`.
    ///
    /// Equation 37 of `docs/model.md`.
    #[must_use]
    pub fn share_by(&self, years: f64, at: f64) -> f64 {
        if years <= 0.0 {
            return 0.0;
        }
        let at = at.clamp(0.0, years);
        match self {
            Self::Growing(growth) => {
                let rate = libm::log1p(*growth);
                if rate.abs() < 1e-9 {
                    at / years
                } else {
                    libm::expm1(rate * at) / libm::expm1(rate * years)
                }
            }
            Self::ByYear(shares) => {
                // Years of the contract may be shorter than the calendar's: the last one ends with the contract.
                #[expect(clippy::cast_precision_loss, reason = "few years")]
                let place = at / years * shares.len() as f64;
                let mut left = place;
                let mut sum = 0.0;
                for share in shares {
                    sum += share * left.clamp(0.0, 1.0);
                    left -= 1.0;
                }
                sum
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTLOOK: Outlook = Outlook {
        growth_fade: 12.0,
        mature_margin: 0.2,
        years_to_margin: 5.0,
        cost_of_capital: 0.13,
        forecast: 10.0,
        terminal_growth: 0.03,
    };

    #[test]
    fn a_mature_lab_without_growth_is_worth_its_flow_over_the_rate() {
        let mut outlook = OUTLOOK;
        outlook.cost_of_capital = 0.1;
        // Ten years of 0.2, then a flow that grows by 3 %: an annuity and a perpetuity.
        let annuity = 0.2 * (1.0 - libm::pow(1.1, -10.0)) / 0.1;
        let end = 0.2 * 1.03 / 0.07 * libm::pow(1.1, -10.0);
        assert!((outlook.worth(0.0, 0.2) - annuity - end).abs() < 1e-12);
    }

    #[test]
    fn value_rises_with_growth_and_falls_with_burn() {
        let worth = |growth, margin| OUTLOOK.worth(growth, margin);
        assert!(worth(0.05, -0.5) > worth(0.02, -0.5));
        assert!(worth(0.05, -0.5) > worth(0.05, -2.0));
        assert_eq!(worth(-0.05, -9.0), 0.0);
    }

    #[test]
    fn a_commitment_falls_due_to_its_whole_amount() {
        for due in [
            Due::Growing(0.0),
            Due::Growing(0.5),
            Due::Growing(-0.2),
            Due::ByYear(vec![0.1, 0.2, 0.7]),
        ] {
            let parts = (0..96).map(|month| {
                let at = |month: i32| f64::from(month) / 12.0;
                due.share_by(8.0, at(month + 1)) - due.share_by(8.0, at(month))
            });
            assert!((parts.sum::<f64>() - 1.0).abs() < 1e-12, "{due:?}");
            assert_eq!(due.share_by(8.0, 9.0), due.share_by(8.0, 8.0));
        }
        let by_year = Due::ByYear(vec![0.1, 0.2, 0.7]);
        assert!((by_year.share_by(3.0, 2.5) - 0.65).abs() < 1e-15);
    }

    #[test]
    fn a_round_fails_more_often_after_losses_and_never_at_a_base_of_zero() {
        let fails = |burn, drawdown| round_failure(0.05, burn, drawdown, [1.0, 2.0]);
        assert!((fails(0.0, 0.0) - 0.05).abs() < 1e-15);
        assert!(fails(1.0, 0.0) > 0.05 && fails(1.0, 0.5) > fails(1.0, 0.0));
        assert_eq!(round_failure(0.0, 9.0, 9.0, [1.0, 2.0]), 0.0);
        assert!(fails(1e9, 0.0) <= 1.0);
    }
}
