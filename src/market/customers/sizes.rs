//! Sizes of enterprises.

use crate::base::distributions::normal_cdf;
use crate::market::parameters::Parameters;

/// Distribution of enterprises' sizes: a lognormal body and a Pareto tail, sampled half by count and half by spend.
///
/// Sampling by spend alone would leave out small firms; sampling by count alone would leave the market to the chance
/// draw of a few giants. Each draw carries the ratio of the true density to the sampling density.
pub(super) struct SizeDistribution {
    /// Edges of the bins, USD a year.
    edges: Vec<f64>,
    /// Cumulative sampling probability up to each edge.
    cumulative: Vec<f64>,
    /// True probability over sampling probability in each bin.
    ratio: Vec<f64>,
    /// Mean size, USD a year.
    pub(super) mean: f64,
}

/// Number of bins of sizes.
const SIZE_BINS: usize = 512;

impl SizeDistribution {
    /// Tabulates the distribution.
    pub(super) fn new(p: &Parameters) -> Self {
        let d = &p.demand;
        // Hardly any enterprise is smaller than four sigmas below the median.
        let smallest = d.size_median * libm::exp(-4.0 * d.size_sigma);
        let (low, high) = (
            libm::log(smallest),
            libm::log(d.size_max.max(10.0 * smallest)),
        );
        #[expect(clippy::cast_precision_loss, reason = "512 bins")]
        let edges: Vec<f64> = (0..=SIZE_BINS)
            .map(|i| libm::exp(low + (high - low) * i as f64 / SIZE_BINS as f64))
            .collect();
        let body =
            |x: f64| normal_cdf(libm::log(x.min(d.size_tail_start) / d.size_median) / d.size_sigma);
        let tail = |x: f64| {
            1.0 - libm::pow(
                d.size_tail_start / x.max(d.size_tail_start),
                d.size_tail_alpha,
            )
        };
        let (body_low, body_all) = (body(smallest), body(d.size_tail_start) - body(smallest));
        let tail_all = tail(d.size_max);
        let distribution = |x: f64| {
            (1.0 - d.size_tail_share) * (body(x) - body_low) / body_all
                + d.size_tail_share * tail(x) / tail_all
        };
        let truth: Vec<f64> = edges
            .windows(2)
            .map(|pair| distribution(pair[1]) - distribution(pair[0]))
            .collect();
        let middle = |bin: usize| libm::sqrt(edges[bin] * edges[bin + 1]);
        let mean: f64 = truth
            .iter()
            .enumerate()
            .map(|(bin, probability)| probability * middle(bin))
            .sum();
        let sampling: Vec<f64> = truth
            .iter()
            .enumerate()
            .map(|(bin, f)| 0.5 * f + 0.5 * f * middle(bin) / mean)
            .collect();
        let mut cumulative = vec![0.0];
        for probability in &sampling {
            cumulative.push(cumulative[cumulative.len() - 1] + probability);
        }
        let total = cumulative[SIZE_BINS];
        for sum in &mut cumulative {
            *sum /= total;
        }
        let ratio = truth
            .iter()
            .zip(&sampling)
            .map(|(f, g)| if *g > 0.0 { f / g } else { 0.0 })
            .collect();
        Self {
            edges,
            cumulative,
            ratio,
            mean,
        }
    }

    /// Returns the size at sampling probability `u`, USD a year, and its density ratio.
    pub(super) fn sample(&self, u: f64) -> (f64, f64) {
        let bin = self
            .cumulative
            .partition_point(|sum| *sum <= u)
            .clamp(1, SIZE_BINS)
            - 1;
        let inside = (u - self.cumulative[bin])
            / (self.cumulative[bin + 1] - self.cumulative[bin]).max(1e-300);
        let size = self.edges[bin]
            * libm::pow(
                self.edges[bin + 1] / self.edges[bin],
                inside.clamp(0.0, 1.0),
            );
        (size, self.ratio[bin])
    }
}
