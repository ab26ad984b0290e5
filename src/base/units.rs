//! Units of measure: exact money, and the units that a scenario may state.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

/// Units of [`Usd`] in a dollar.
pub const UNITS_PER_USD: f64 = 10_000.0;

/// Hours in the average month, 365.25 × 24 / 12.
pub const HOURS_PER_MONTH: f64 = 730.5;

/// Days in the average month, 365.25 / 12.
pub const DAYS_PER_MONTH: f64 = 30.4375;

/// An exact amount of money in ten-thousandths of a US dollar.
///
/// Sums do not depend on their order, so books balance with `==`.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Usd(i64);

impl Usd {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// Rounds an amount in dollars to the nearest unit: the one place where floats become money.
    ///
    /// # Panics
    /// If the amount is not finite or exceeds 9e14 USD, which no market reaches.
    #[must_use]
    pub fn from_f64(usd: f64) -> Self {
        let units = libm::round(usd * UNITS_PER_USD);
        assert!(
            units.abs() < 9.0e18,
            "an amount of {usd} USD is out of range"
        );
        #[expect(clippy::cast_possible_truncation, reason = "checked just above")]
        Self(units as i64)
    }

    /// The amount in dollars, for reports and ratios.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "reports need 15 digits, not 19")]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / UNITS_PER_USD
    }

    /// The amount in ten-thousandths of a dollar.
    #[must_use]
    pub const fn units(self) -> i64 {
        self.0
    }

    /// An amount given in ten-thousandths of a dollar.
    #[must_use]
    pub const fn from_units(units: i64) -> Self {
        Self(units)
    }

    /// True if the amount is below zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Splits the amount in proportion to non-negative `weights`; the parts sum to the whole exactly.
    ///
    /// Remainders go to the earliest parts that have weight. Without any weight the first part takes all.
    #[must_use]
    pub fn split(self, weights: &[i64]) -> Vec<Self> {
        let mut parts = Vec::new();
        self.split_into(weights, &mut parts);
        parts
    }

    /// Splits the amount like [`Usd::split`], and overwrites `parts` with the parts.
    pub fn split_into(self, weights: &[i64], parts: &mut Vec<Self>) {
        parts.clear();
        let total: i64 = weights.iter().sum();
        if total <= 0 {
            parts.resize(weights.len(), Self::ZERO);
            if let Some(first) = parts.first_mut() {
                *first = self;
            }
            return;
        }
        let shares = weights
            .iter()
            .map(|weight| share_of(self.0, *weight, total));
        parts.extend(shares.map(Self));
        let mut left = self.0 - parts.iter().map(|part| part.0).sum::<i64>();
        let step = left.signum();
        for (part, weight) in parts.iter_mut().zip(weights) {
            if left == 0 {
                break;
            }
            if *weight > 0 {
                part.0 += step;
                left -= step;
            }
        }
    }
}

/// `amount * weight / total`, rounded towards zero, for a weight between zero and a positive total.
fn share_of(amount: i64, weight: i64, total: i64) -> i64 {
    if weight == 0 || amount == 0 {
        return 0;
    }
    let product = i128::from(amount) * i128::from(weight);
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "a guess, checked by its exact remainder; a part is no larger than the whole"
    )]
    {
        // Much faster than a division of 128 bits: a guess in floating point, checked by its exact remainder.
        let guess = (amount as f64 * (weight as f64 / total as f64)) as i64;
        let rest = product - i128::from(guess) * i128::from(total);
        let total = i128::from(total);
        if amount > 0 && rest >= 0 && rest < total || amount < 0 && rest <= 0 && -rest < total {
            guess
        } else {
            (product / total) as i64
        }
    }
}

impl Add for Usd {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Usd {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Usd {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl AddAssign for Usd {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl SubAssign for Usd {
    fn sub_assign(&mut self, other: Self) {
        self.0 -= other.0;
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Debug for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} USD", self.to_f64())
    }
}

/// A unit of scenario numbers, with the range of admissible values.
pub trait Unit: Copy + fmt::Debug + Default + Send + Sync + 'static {
    /// The unit as written in scenario files.
    const NAME: &'static str;
    /// Smallest admissible value.
    const MIN: f64 = 0.0;
    /// Largest admissible value.
    const MAX: f64 = f64::MAX;
}

macro_rules! units {
    ($($(#[$doc:meta])* $name:ident = $text:literal $(, $min:expr, $max:expr)?;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
            pub struct $name;
            impl Unit for $name {
                const NAME: &'static str = $text;
                $(const MIN: f64 = $min; const MAX: f64 = $max;)?
            }
        )*
    };
}

units! {
    /// A share of a whole, 0 to 1.
    Share = "share", 0.0, 1.0;
    /// A non-negative ratio.
    Ratio = "ratio";
    /// Utility in logit units.
    Logit = "logit", -50.0, 50.0;
    /// An elasticity, usually negative.
    Elasticity = "elasticity", -10.0, 10.0;
    /// A count of things.
    Count = "count";
    /// US dollars.
    Dollars = "usd";
    /// US dollars a year.
    UsdPerYear = "usd_per_year";
    /// US dollars per million tokens.
    UsdPerMtok = "usd_per_mtok";
    /// US dollars per H100-equivalent hour.
    UsdPerHour = "usd_per_h";
    /// US dollars per H100-equivalent of capacity bought.
    UsdPerH100e = "usd_per_h100e";
    /// US dollars per gigabyte.
    UsdPerGb = "usd_per_gb";
    /// Gigabytes per million tokens.
    GbPerMtok = "gb_per_mtok";
    /// H100-equivalents of accelerator capacity.
    H100e = "h100e";
    /// H100-equivalent hours per million tokens.
    HoursPerMtok = "h100e_h_per_mtok";
    /// Power in gigawatts.
    Gigawatt = "gw";
    /// Power per unit of capacity, in kilowatts.
    KwPerH100e = "kw_per_h100e";
    /// A rate per month; negative where something declines.
    PerMonth = "per_month", -1.0, 10.0;
    /// A rate per year; negative where something declines.
    PerYear = "per_year", -1.0, 100.0;
    /// A duration in hours.
    Hours = "hours";
    /// A duration in days.
    Days = "days";
    /// A duration in weeks.
    Weeks = "weeks";
    /// A duration in months.
    Months = "months";
    /// A duration in years.
    Years = "years";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_split_sums_to_the_whole() {
        for amount in [0, 1, 7, 1_000_003, -5] {
            let parts = Usd::from_units(amount).split(&[3, 0, 5, 1]);
            assert_eq!(parts.iter().copied().sum::<Usd>(), Usd::from_units(amount));
            assert_eq!(parts[1], Usd::ZERO);
        }
    }

    #[test]
    fn a_split_without_weights_keeps_the_money() {
        assert_eq!(
            Usd::from_units(9).split(&[0, 0]),
            [Usd::from_units(9), Usd::ZERO]
        );
    }

    #[test]
    fn dollars_round_to_the_nearest_unit() {
        assert_eq!(Usd::from_f64(1.000_06).units(), 10_001);
        assert!((Usd::from_f64(-2.5).to_f64() + 2.5).abs() < 1e-12);
    }
}
