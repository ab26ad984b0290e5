//! Shapes of numbers: one value, or a distribution by its quantile function.

use crate::base::distributions::{
    beta_quantile, normal_quantile, pert_quantile, table_quantile, triangular_quantile,
};

/// The shape of a number: one value, or a distribution that is drawn once a replication.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// One value.
    Fixed(f64),
    /// Normal with mean and standard deviation.
    Normal(f64, f64),
    /// Lognormal with median and sigma of the logarithm.
    Lognormal(f64, f64),
    /// Uniform between low and high.
    Uniform(f64, f64),
    /// Triangular: low, mode, high.
    Triangular(f64, f64, f64),
    /// Beta with shapes a and b, scaled to low and high.
    Beta(f64, f64, f64, f64),
    /// PERT: low, mode, high.
    Pert(f64, f64, f64),
    /// Values with their cumulative probabilities.
    Discrete(Vec<(f64, f64)>),
    /// Empirical quantiles: (probability, value), linear between.
    Quantiles(Vec<(f64, f64)>),
}

impl Shape {
    /// The value at probability `u`.
    #[must_use]
    pub fn quantile(&self, u: f64) -> f64 {
        match self {
            Self::Fixed(value) => *value,
            Self::Normal(mean, sd) => mean + sd * normal_quantile(u),
            Self::Lognormal(median, sigma) => median * libm::exp(sigma * normal_quantile(u)),
            Self::Uniform(low, high) => low + (high - low) * u,
            Self::Triangular(low, mode, high) => triangular_quantile(u, *low, *mode, *high),
            Self::Beta(a, b, low, high) => low + (high - low) * beta_quantile(u, *a, *b),
            Self::Pert(low, mode, high) => pert_quantile(u, *low, *mode, *high),
            Self::Discrete(steps) => {
                let index = steps.partition_point(|(cumulative, _)| *cumulative < u);
                steps
                    .get(index)
                    .or(steps.last())
                    .map_or(f64::NAN, |(_, value)| *value)
            }
            Self::Quantiles(points) => table_quantile(u, points),
        }
    }

    /// The numbers that bound the draws, as far as they are finite.
    pub(super) fn extremes(&self) -> Vec<f64> {
        match self {
            Self::Fixed(value) => vec![*value],
            Self::Normal(mean, _) => vec![*mean],
            Self::Lognormal(median, _) => vec![*median],
            Self::Uniform(low, high)
            | Self::Beta(_, _, low, high)
            | Self::Triangular(low, _, high)
            | Self::Pert(low, _, high) => vec![*low, *high],
            Self::Discrete(points) | Self::Quantiles(points) => {
                points.iter().map(|(_, value)| *value).collect()
            }
        }
    }
}
