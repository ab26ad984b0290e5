//! Lock-in as an outsider infers it: from prices, shares and observed moves instead of the cost of leaving.

use nalgebra::DMatrix;

use super::choice::logit_shares;
use crate::base::root::root_between;

/// Returns the switching costs, by firm and in the unit of prices, that make observed prices undercut-proof (Shy 2002).
///
/// At undercut-proof prices no firm gains by undercutting a rival by the switching cost of the rival's customers. Each
/// firm's rival is the smallest firm; the smallest firm's rival is the largest. A negative cost says that observed
/// prices are not undercut-proof; it is not clipped.
#[must_use]
pub fn undercut_proof_costs(prices: &[f64], buyers: &[f64]) -> Vec<f64> {
    let by_size = |a: &usize, b: &usize| buyers[*a].total_cmp(&buyers[*b]);
    let firms = 0..prices.len();
    let (Some(smallest), Some(largest)) = (
        firms.clone().rev().min_by(by_size),
        firms.clone().rev().max_by(by_size),
    ) else {
        return Vec::new();
    };
    firms
        .map(|firm| {
            let rival = if firm == smallest { largest } else { smallest };
            let both = buyers[firm] + buyers[rival];
            if rival == firm || both <= 0.0 {
                prices[firm]
            } else {
                prices[firm] - buyers[rival] * prices[rival] / both
            }
        })
        .collect()
}

/// Returns the chances to go from one provider (row) to another in one choice, where staying is worth `loyalty` logit
/// units.
#[must_use]
pub fn transitions(values: &[f64], loyalty: f64) -> DMatrix<f64> {
    let count = values.len();
    let mut chances = DMatrix::zeros(count, count);
    for from in 0..count {
        let mut utilities = values.to_vec();
        utilities[from] += loyalty;
        for (to, share) in logit_shares(&utilities).into_iter().enumerate() {
            chances[(from, to)] = share;
        }
    }
    chances
}

/// Returns the stationary shares of the choices that [`transitions`] describes. The Markov chain is reversible: with
/// weights `a = exp(V)` and `g = exp(loyalty) - 1`, shares are in proportion to `a_i (sum a + g a_i)`.
///
/// Equation 32 of `docs/model.md`.
#[must_use]
pub fn stationary_shares(values: &[f64], loyalty: f64) -> Vec<f64> {
    let weights = logit_shares(values);
    let extra = libm::expm1(loyalty);
    let raw: Vec<f64> = weights.iter().map(|a| a * (1.0 + extra * a)).collect();
    let total: f64 = raw.iter().sum();
    raw.into_iter().map(|share| share / total).collect()
}

/// Returns the share of buyers who leave their provider at least once within `choices` choices, from shares of
/// providers and chances to stay. It differs from compounded mean churn, as buyers of some providers leave more often
/// than others.
#[must_use]
pub fn ever_leaving(stays: &[f64], shares: &[f64], choices: f64) -> f64 {
    shares
        .iter()
        .zip(stays)
        .map(|(share, stays)| share * (1.0 - libm::pow(*stays, choices)))
        .sum()
}

/// Returns the chance to leave at one choice and the loyalty, in logit units, at which `yearly` of the buyers of
/// `providers` equal providers have left after `choices` choices.
#[must_use]
pub fn symmetric_loyalty(providers: f64, yearly: f64, choices: f64) -> (f64, f64) {
    let hazard = -libm::expm1(libm::log1p(-yearly) / choices);
    (
        hazard,
        libm::log((providers - 1.0) * (1.0 - hazard) / hazard),
    )
}

/// Returns the loyalty, in logit units, at which `yearly` of the buyers leave within `choices` choices while providers
/// keep the given shares: zero if buyers leave at least as often as without loyalty, and at most 40.
#[must_use]
pub fn revealed_loyalty(shares: &[f64], yearly: f64, choices: f64) -> f64 {
    let excess = |loyalty| ever_leaving(&staying(shares, loyalty), shares, choices) - yearly;
    if excess(0.0) <= 0.0 {
        return 0.0;
    }
    root_between(excess, 0.0, 40.0)
}

/// Returns the chances to stay at which loyal buyers keep the given shares, which sum to one. The weights solve
/// `a + g a^2 = c share`, with `c` such that they sum to one.
fn staying(shares: &[f64], loyalty: f64) -> Vec<f64> {
    let extra = libm::expm1(loyalty);
    // This form avoids cancellation: (sqrt(1 + 4 g y) - 1) / (2 g) = 2 y / (1 + sqrt(1 + 4 g y)).
    let weight = |share: f64, c: f64| {
        let y = c * share;
        2.0 * y / (1.0 + libm::sqrt(1.0 + 4.0 * extra * y))
    };
    // The sum is concave in c and at most one at c = 1, so that Newton's steps from there rise to the root.
    let mut c = 1.0;
    for _ in 0..60 {
        let (mut sum, mut slope) = (0.0, 0.0);
        for share in shares {
            let root = libm::sqrt(1.0 + 4.0 * extra * c * share);
            sum += 2.0 * c * share / (1.0 + root);
            slope += share / root;
        }
        let step = (1.0 - sum) / slope;
        c += step;
        if step <= 1e-15 * c {
            break;
        }
    }
    shares
        .iter()
        .map(|share| weight(*share, c))
        .map(|a| (1.0 + extra) * a / (1.0 + extra * a))
        .collect()
}

/// Returns a loyalty of `loyalty` logit units in periods of spend, for a product with market share `share` and
/// own-price elasticity `elasticity` (sign ignored): `gamma (1 - s) / |e|`.
///
/// Equation 33 of `docs/model.md`.
#[must_use]
pub fn periods_of_spend(loyalty: f64, share: f64, elasticity: f64) -> f64 {
    loyalty * (1.0 - share) / elasticity.abs()
}

/// Savings foregone: the amounts that buyers pay above the cheapest alternative.
#[derive(Clone, Debug, PartialEq)]
pub struct Foregone {
    /// Savings foregone by each buyer, whether it stayed or not.
    pub by_buyer: Vec<f64>,
    /// Mean savings foregone by buyers who stayed; zero if none stayed.
    pub mean: f64,
    /// Savings foregone by buyers who stayed, as a share of their spend.
    pub share: f64,
}

/// Returns the savings foregone by buyers who stay (after Handel 2013): quantity times the price of a buyer's provider
/// above the cheapest price.
#[must_use]
pub fn foregone_savings(
    prices: &[f64],
    quantities: &[f64],
    providers: &[usize],
    stays: &[bool],
) -> Foregone {
    let cheapest = prices.iter().copied().fold(f64::INFINITY, f64::min);
    let by_buyer: Vec<f64> = quantities
        .iter()
        .zip(providers)
        .map(|(quantity, provider)| quantity * (prices[*provider] - cheapest))
        .collect();
    let (mut count, mut sum, mut spend) = (0.0, 0.0, 0.0);
    for (buyer, foregone) in by_buyer.iter().enumerate() {
        if stays[buyer] {
            count += 1.0;
            sum += foregone;
            spend += quantities[buyer] * prices[providers[buyer]];
        }
    }
    Foregone {
        mean: if count > 0.0 { sum / count } else { 0.0 },
        share: if spend > 0.0 { sum / spend } else { 0.0 },
        by_buyer,
    }
}

/// Value of having a customer in a duopoly of forward-looking firms that know whose customer each buyer is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Incumbency {
    /// Chance that a customer stays.
    pub stays: f64,
    /// Value of having a customer over not having it: the insider's price less the outsider's.
    pub value: f64,
    /// Price to the firm's own customers.
    pub insider: f64,
    /// Price to the other firm's customers.
    pub outsider: f64,
    /// Mean price paid.
    pub mean: f64,
}

/// Returns the equilibrium of a dynamic duopoly with customer recognition (after Cabral 2016), for switching cost
/// `sigma` in logit units, price sensitivity `alpha`, unit cost `cost` and discount factor `discount`. The chance to
/// stay solves `ln(X / (1 - X)) = sigma - (2X - 1) / (X (1 - X))`.
#[must_use]
pub fn incumbency(sigma: f64, alpha: f64, cost: f64, discount: f64) -> Incumbency {
    let bonus = |x: f64| (2.0 * x - 1.0) / (x * (1.0 - x));
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..200 {
        let x = 0.5 * (low + high);
        if x <= low || x >= high {
            break;
        }
        if libm::log(x / (1.0 - x)) + bonus(x) < sigma {
            low = x;
        } else {
            high = x;
        }
    }
    let stays = 0.5 * (low + high);
    let value = bonus(stays) / alpha;
    let insider = cost - discount * value + 1.0 / (alpha * (1.0 - stays));
    let outsider = cost - discount * value + 1.0 / (alpha * stays);
    Incumbency {
        stays,
        value,
        insider,
        outsider,
        mean: stays * insider + (1.0 - stays) * outsider,
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::DVector;

    use super::*;

    fn stays(values: &[f64], loyalty: f64) -> Vec<f64> {
        transitions(values, loyalty).diagonal().as_slice().to_vec()
    }

    #[test]
    fn long_run_shares_are_kept_by_the_chain() {
        let values = [0.4, 0.0, -0.3];
        let shares = DVector::from_vec(stationary_shares(&values, 2.0));
        let after = transitions(&values, 2.0).transpose() * &shares;
        assert!((after - shares).amax() < 1e-15);
    }

    #[test]
    fn loyalty_is_found_again_from_the_moves_that_it_makes() {
        let values = [0.4, 0.0, -0.3];
        let shares = stationary_shares(&values, 2.0);
        let yearly = ever_leaving(&stays(&values, 2.0), &shares, 4.0);
        let found = revealed_loyalty(&shares, yearly, 4.0);
        assert!((found - 2.0).abs() < 1e-9, "{found}");
        // Equal providers have a closed form.
        let (_, closed) = symmetric_loyalty(3.0, 0.11, 4.0);
        assert!((revealed_loyalty(&[1.0 / 3.0; 3], 0.11, 4.0) - closed).abs() < 1e-9);
    }

    #[test]
    fn without_loyalty_every_row_is_the_same_and_churn_falls_in_it() {
        let values = [0.4, 0.0, -0.3];
        let chances = transitions(&values, 0.0);
        assert!((chances.row(0) - chances.row(2)).amax() < 1e-15);
        let mut last = 1.0;
        for loyalty in [0.0, 0.5, 1.0, 2.0, 4.0] {
            let shares = stationary_shares(&values, loyalty);
            let churn = ever_leaving(&stays(&values, loyalty), &shares, 1.0);
            assert!(churn < last);
            last = churn;
        }
    }

    #[test]
    fn nobody_to_undercut_means_the_whole_price() {
        assert_eq!(undercut_proof_costs(&[3.0], &[10.0]), [3.0]);
        assert!(undercut_proof_costs(&[], &[]).is_empty());
    }
}
