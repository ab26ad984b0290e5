//! Growth of demand: how far the market and each lab have strayed from their paths.

use crate::base::time::SimTime;
use crate::economics::diffusion::fading_growth;

/// Deviation of a trend from its path, which is straight within a month; state.
#[derive(Clone, Copy, Debug, Default)]
pub struct Deviation {
    /// Logarithm of the factor at the start of the present month.
    pub level: f64,
    /// Lasting slope, a month.
    pub slope: f64,
    /// Slope in the present month: the lasting slope and the month's own noise.
    pub rate: f64,
}

impl Deviation {
    /// Returns the logarithm of the factor `months` after the start of the present month.
    #[must_use]
    pub fn at(&self, months: f64) -> f64 {
        self.level + self.rate * months
    }
}

/// Growth at the start that the growth of tasks, adoption and new work do not explain, and that fades; parameter.
#[derive(Clone, Copy, Debug, Default)]
pub struct Momentum {
    /// Growth at the start, a month.
    pub growth: f64,
    /// Half-life, months.
    pub half_life: f64,
}

impl Momentum {
    /// Returns the logarithm of the factor after `months` of growth.
    #[must_use]
    pub fn at(&self, months: f64) -> f64 {
        if self.growth == 0.0 {
            return 0.0;
        }
        fading_growth(self.growth, self.half_life, months)
    }
}

/// Growth of demand beside the growth of tasks.
#[derive(Clone, Debug, Default)]
pub struct Growth {
    /// Start of the present month; state.
    pub since: SimTime,
    /// Months of growth by the start of the present month, and months of growth in a month of time: fewer than one where
    /// spend nears its ceiling. `None` if there is no ceiling; state.
    pub clock: Option<[f64; 2]>,
    /// Deviation of the whole market; state.
    pub market: Deviation,
    /// Deviation of each lab from the market; state.
    pub labs: Vec<Deviation>,
    /// Growth of enterprise spend at the start, a month; parameter.
    pub market_rate: f64,
    /// Momentum of the whole market; parameter.
    pub market_momentum: Momentum,
    /// Momentum of each lab against the market; parameter.
    pub lab_momentum: Vec<Momentum>,
}

impl Growth {
    /// Returns the months of growth that have passed at a time.
    #[must_use]
    pub fn months(&self, time: SimTime) -> f64 {
        match self.clock {
            None => time.months(),
            Some([passed, speed]) => passed + speed * (time - self.since).months(),
        }
    }

    /// Returns the factor on all demand; exactly one if nothing strays.
    #[must_use]
    pub fn market_factor(&self, time: SimTime) -> f64 {
        let deviation = self.market.at((time - self.since).months());
        libm::exp(deviation + self.market_momentum.at(self.months(time)))
    }

    /// Returns the factor on demand for a lab against the market; exactly one if the lab does not stray.
    #[must_use]
    pub fn lab_factor(&self, lab: usize, time: SimTime) -> f64 {
        let deviation = self.labs[lab].at((time - self.since).months());
        libm::exp(deviation + self.lab_momentum[lab].at(self.months(time)))
    }

    /// Returns the factor that deviations, the market's and the lab's, put on a lab's revenue outside the enterprise
    /// market, which has a growth of its own.
    #[must_use]
    pub fn other_factor(&self, lab: usize, time: SimTime) -> f64 {
        let months = (time - self.since).months();
        libm::exp(self.market.at(months) + self.labs[lab].at(months))
    }
}
