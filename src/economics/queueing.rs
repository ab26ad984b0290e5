//! Queueing: delay and rationing of a pool of accelerators.

/// The Erlang C probability that an arrival waits, for `servers` servers at `utilisation` (0 to 1).
///
/// Stable recursion on Erlang B; good to thousands of servers. One at or above full utilisation.
#[must_use]
pub fn erlang_c(servers: u32, utilisation: f64) -> f64 {
    if utilisation >= 1.0 {
        return 1.0;
    }
    if utilisation <= 0.0 {
        return 0.0;
    }
    let load = f64::from(servers) * utilisation;
    let mut blocking = 1.0;
    for server in 1..=servers {
        blocking = load * blocking / (f64::from(server) + load * blocking);
    }
    blocking / (1.0 - utilisation * (1.0 - blocking))
}

/// The mean wait in units of the mean service time of an M/M/c queue.
///
/// Utilisation is capped at 0.999: past that the pool rations instead of queueing.
#[must_use]
pub fn mean_wait(servers: u32, utilisation: f64) -> f64 {
    let utilisation = utilisation.min(0.999);
    erlang_c(servers, utilisation) / (f64::from(servers) * (1.0 - utilisation))
}

/// Shares of demand served when classes share a capacity in strict order of priority.
///
/// `demand` lists the classes from first to last, in the unit of `capacity`; a class without demand counts
/// as served.
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
            (mean_wait(1, 0.8) - 4.0).abs() < 1e-12,
            "M/M/1: rho / (1 - rho)"
        );
    }

    #[test]
    fn infinite_capacity_neither_delays_nor_rations() {
        assert!(mean_wait(64, 0.0).abs() < 1e-15);
        assert_eq!(served_by_priority(f64::INFINITY, [3.0, 1.0, 2.0]), [1.0; 3]);
    }

    #[test]
    fn first_come_the_first_class_and_then_the_rest() {
        let served = served_by_priority(5.0, [4.0, 2.0, 3.0]);
        assert_eq!(served, [1.0, 0.5, 0.0]);
    }
}
