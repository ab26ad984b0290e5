//! Value of a lab to investors: discounted cash flow per dollar of yearly revenue, and the chance that a round fails.

/// Years of cash flow that investors forecast; the last year's flow then grows slowly for ever.
const YEARS: u32 = 10;

/// Growth of the cash flow after the forecast, a year.
const TERMINAL_GROWTH: f64 = 0.03;

/// Forecast of a lab's cash flow by investors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outlook {
    /// Half-life of growth, months.
    pub growth_fade: f64,
    /// Margin of a mature lab, as a share of revenue.
    pub mature_margin: f64,
    /// Years in which the margin moves there from today's.
    pub years_to_margin: f64,
    /// Cost of capital, a year; above the terminal growth of 3 %.
    pub cost_of_capital: f64,
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
        for year in 1..=YEARS {
            let year = f64::from(year);
            let faded = libm::exp2(-12.0 * (year - 0.5) / self.growth_fade.max(0.1));
            revenue *= libm::exp(12.0 * growth * faded);
            let way = (year / self.years_to_margin.max(0.1)).min(1.0);
            discount /= 1.0 + self.cost_of_capital;
            sum += discount * revenue * (margin + (self.mature_margin - margin) * way);
        }
        let spread = (self.cost_of_capital - TERMINAL_GROWTH).max(0.01);
        let end = revenue * self.mature_margin * (1.0 + TERMINAL_GROWTH) / spread;
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

#[cfg(test)]
mod tests {
    use super::*;

    const OUTLOOK: Outlook = Outlook {
        growth_fade: 12.0,
        mature_margin: 0.2,
        years_to_margin: 5.0,
        cost_of_capital: 0.13,
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
    fn a_round_fails_more_often_after_losses_and_never_at_a_base_of_zero() {
        let fails = |burn, drawdown| round_failure(0.05, burn, drawdown, [1.0, 2.0]);
        assert!((fails(0.0, 0.0) - 0.05).abs() < 1e-15);
        assert!(fails(1.0, 0.0) > 0.05 && fails(1.0, 0.5) > fails(1.0, 0.0));
        assert_eq!(round_failure(0.0, 9.0, 9.0, [1.0, 2.0]), 0.0);
        assert!(fails(1e9, 0.0) <= 1.0);
    }
}
