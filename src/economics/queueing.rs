//! Queueing: waits and rationing of a pool of accelerators.

/// Returns the Erlang B probability that an arrival is lost, for `servers` servers at an offered load of `load` Erlang.
///
/// The recursion runs on the inverse of the probability, which is stable: it is accurate to thousands of servers.
#[must_use]
pub fn erlang_b(servers: u32, load: f64) -> f64 {
    let step = 1.0 / load;
    let (mut inverse, mut server_over_load) = (1.0, 0.0);
    for _ in 0..servers {
        server_over_load += step;
        inverse = 1.0 + inverse * server_over_load;
    }
    1.0 / inverse
}

/// Returns the Erlang C probability that an arrival waits, for `servers` servers at `utilisation` (0 to 1); one at or
/// above full utilisation.
///
/// Equation 20 of `docs/model.md`.
#[must_use]
pub fn erlang_c(servers: u32, utilisation: f64) -> f64 {
    if utilisation >= 1.0 {
        return 1.0;
    }
    if utilisation <= 0.0 {
        return 0.0;
    }
    let blocking = erlang_b(servers, f64::from(servers) * utilisation);
    blocking / (1.0 - utilisation * (1.0 - blocking))
}

/// Pool of equal servers with one queue. Waits are in units of the mean service time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pool {
    /// Number of servers.
    pub servers: u32,
    /// Load over capacity, below one.
    pub utilisation: f64,
    /// Half the sum of the squared coefficients of variation of arrivals and services: 1 if both are exponential.
    pub variability: f64,
}

impl Pool {
    /// Returns a pool at `utilisation`. The last argument holds the squared coefficients of variation of the times
    /// between arrivals and of services.
    #[must_use]
    pub fn new(servers: u32, utilisation: f64, (arrivals, services): (f64, f64)) -> Self {
        Self {
            servers,
            utilisation,
            variability: 0.5 * (arrivals + services),
        }
    }

    /// Returns the chance that an arrival waits, as in M/M/c.
    #[must_use]
    pub fn waits(&self) -> f64 {
        erlang_c(self.servers, self.utilisation)
    }

    /// Returns the mean wait: exact for M/M/c and, with one server, for M/G/1 (Pollaczek-Khinchine); otherwise the
    /// approximation of Allen and Cunneen.
    ///
    /// Equation 21 of `docs/model.md`.
    #[must_use]
    pub fn mean_wait(&self) -> f64 {
        self.variability * self.waits() / (f64::from(self.servers) * (1.0 - self.utilisation))
    }

    /// Returns the chance that an arrival waits longer than `wait`. Positive waits are taken as exponential, which is
    /// exact for M/M/c.
    #[must_use]
    pub fn waits_longer(&self, wait: f64) -> f64 {
        let waits = self.waits();
        if waits <= 0.0 || self.variability <= 0.0 {
            return 0.0;
        }
        waits * libm::exp(-waits * wait / self.mean_wait())
    }

    /// Returns the wait that the share `share` of arrivals does not exceed.
    #[must_use]
    pub fn wait_quantile(&self, share: f64) -> f64 {
        let waits = self.waits();
        if waits <= 1.0 - share {
            return 0.0;
        }
        libm::log(waits / (1.0 - share)) * self.mean_wait() / waits
    }
}

/// Returns the share of demand served of each class, where classes share a capacity in strict order of priority.
///
/// `demand` lists the classes from first to last priority, in the unit of `capacity`. A class without demand counts as
/// fully served.
///
/// Equation 22 of `docs/model.md`.
#[must_use]
pub fn served_by_priority<const N: usize>(capacity: f64, demand: [f64; N]) -> [f64; N] {
    let mut left = capacity;
    demand.map(|wanted| {
        let served = wanted.min(left).max(0.0);
        left -= served;
        if wanted > 0.0 { served / wanted } else { 1.0 }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn erlang_c_matches_its_closed_forms() {
        assert!(
            (erlang_c(1, 0.8) - 0.8).abs() < 1e-14,
            "one server waits with probability rho"
        );
        // Two servers: 2 rho^2 / (1 + rho).
        assert!((erlang_c(2, 0.75) - 2.0 * 0.5625 / 1.75).abs() < 1e-14);
        assert!(erlang_c(5_000, 0.9).is_finite());
        assert!(
            (Pool::new(1, 0.8, (1.0, 1.0)).mean_wait() - 4.0).abs() < 1e-12,
            "M/M/1: rho / (1 - rho)"
        );
    }

    #[test]
    fn infinite_capacity_neither_delays_nor_rations() {
        assert!(Pool::new(64, 0.0, (1.0, 1.0)).mean_wait().abs() < 1e-15);
        assert_eq!(served_by_priority(f64::INFINITY, [3.0, 1.0, 2.0]), [1.0; 3]);
    }

    #[test]
    fn first_come_the_first_class_and_then_the_rest() {
        let served = served_by_priority(5.0, [4.0, 2.0, 3.0]);
        assert_eq!(served, [1.0, 0.5, 0.0]);
    }
}
