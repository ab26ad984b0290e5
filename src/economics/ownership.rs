//! Ownership: look-through of cross-holdings to their final owners, the weight that one firm puts on another's profit,
//! and concentration of a market.
//!
//! Two concepts must not be confused. Looked-through value follows cash-flow rights through every chain of holdings.
//! The pricing weights `kappa` depend on who controls a firm and what else its controllers own (O'Brien and Salop
//! 2000).

use nalgebra::{DMatrix, DVector};

/// Returns `(I - C)^-1` for direct holdings `C`, where `c[i][j]` is the share of `j` that `i` owns; `None` if the chain
/// of holdings has no end, that is if `I - C` is singular or nearly so.
#[must_use]
pub fn chain(direct: &DMatrix<f64>) -> Option<DMatrix<f64>> {
    let size = direct.nrows();
    let rest = DMatrix::identity(size, size) - direct;
    let inverse = rest.clone().try_inverse()?;
    let is_sound = inverse.iter().all(|x| x.is_finite())
        && (&rest * &inverse - DMatrix::identity(size, size)).amax() < 1e-6
        && inverse.amin() > -1e-9;
    is_sound.then_some(inverse)
}

/// Returns looked-through holdings `(I - C)^-1 C` (Elliott, Golub and Jackson 2014), or `None` if the chain of holdings
/// has no end, as for [`chain`].
///
/// Equation 23 of `docs/model.md`.
#[must_use]
pub fn look_through(direct: &DMatrix<f64>) -> Option<DMatrix<f64>> {
    Some(chain(direct)? * direct)
}

/// Returns the share of each firm that final owners outside the firms hold: `1 - sum_j c[j][i]`.
#[must_use]
pub fn outside_shares(direct: &DMatrix<f64>) -> DVector<f64> {
    DVector::from_fn(direct.ncols(), |i, _| 1.0 - direct.column(i).sum())
}

/// Returns book values `V = (I - C)^-1 a` and values to final owners `v = Chat V` of firms with own assets `a`, or
/// `None` if the chain of holdings has no end. Values to final owners sum to the assets: nothing is counted twice.
///
/// Equation 24 of `docs/model.md`.
#[must_use]
pub fn market_values(
    direct: &DMatrix<f64>,
    assets: &DVector<f64>,
) -> Option<(DVector<f64>, DVector<f64>)> {
    Some(values_along(&look_through(direct)?, direct, assets))
}

/// Returns book values and values to final owners as [`market_values`] does, from known looked-through holdings:
/// `(I - C)^-1 = I + (I - C)^-1 C`.
#[must_use]
pub fn values_along(
    looked: &DMatrix<f64>,
    direct: &DMatrix<f64>,
    assets: &DVector<f64>,
) -> (DVector<f64>, DVector<f64>) {
    let book = assets + looked * assets;
    let values = book.component_mul(&outside_shares(direct));
    (book, values)
}

/// Returns the firms that fail, wave by wave, and the values to final owners that are left; `None` if the chain of
/// holdings has no end. A firm whose value to final owners falls below its threshold fails and loses `cost`, which
/// lowers the value of its holders. The result is the best-case equilibrium (Elliott, Golub and Jackson 2014).
#[must_use]
pub fn cascade(
    direct: &DMatrix<f64>,
    assets: &DVector<f64>,
    threshold: &[f64],
    cost: &[f64],
) -> Option<(Vec<Vec<usize>>, DVector<f64>)> {
    let firms = assets.len();
    let mut has_failed = vec![false; firms];
    let mut waves = Vec::new();
    loop {
        let left = DVector::from_fn(firms, |i, _| {
            assets[i] - if has_failed[i] { cost[i] } else { 0.0 }
        });
        let (_, values) = market_values(direct, &left)?;
        let wave: Vec<usize> = (0..firms)
            .filter(|i| !has_failed[*i] && values[*i] < threshold[*i])
            .collect();
        if wave.is_empty() {
            return Some((waves, values));
        }
        for firm in &wave {
            has_failed[*firm] = true;
        }
        waves.push(wave);
    }
}

/// Returns the weights `kappa[f][g] = sum_i gamma[i][f] beta[i][g] / sum_i gamma[i][f] beta[i][f]` that firm `f` puts
/// on the profit of `g`, from investors' control `gamma` and cash-flow rights `beta` (rows investors, columns firms). A
/// firm whose controllers own nothing of it counts its own profit alone.
///
/// Equation 25 of `docs/model.md`.
#[must_use]
pub fn profit_weights(control: &DMatrix<f64>, cash_flow: &DMatrix<f64>) -> DMatrix<f64> {
    let firms = control.ncols();
    let joint = control.transpose() * cash_flow;
    DMatrix::from_fn(firms, firms, |f, g| {
        if f == g {
            1.0
        } else if joint[(f, f)] > 0.0 {
            joint[(f, g)] / joint[(f, f)]
        } else {
            0.0
        }
    })
}

/// Returns the Herfindahl-Hirschman index (HHI) of amounts, in points of 10,000.
///
/// Equation 26 of `docs/model.md`.
#[must_use]
pub fn hhi(amounts: &[f64]) -> f64 {
    let total: f64 = amounts.iter().sum();
    if total <= 0.0 {
        return 0.0;
    }
    amounts
        .iter()
        .map(|amount| amount / total * (amount / total))
        .sum::<f64>()
        * 1e4
}

/// Returns the HHI modified for common ownership (MHHI): `1e4 s' K s`, where `s` are the amounts rescaled to sum to
/// one.
///
/// Equation 27 of `docs/model.md`.
#[must_use]
pub fn modified_hhi(kappa: &DMatrix<f64>, amounts: &[f64]) -> f64 {
    let total: f64 = amounts.iter().sum();
    if total <= 0.0 {
        return 0.0;
    }
    let shares = DVector::from_iterator(amounts.len(), amounts.iter().map(|a| a / total));
    (shares.transpose() * kappa * shares)[0] * 1e4
}

/// Returns the points that a merger of two firms adds to the HHI, and true if the 2023 merger guidelines of the United
/// States presume harm: more than 100 points added, with an index above 1,800 or a joint share above 30 %. A value at a
/// threshold does not exceed it.
#[must_use]
pub fn merger_presumption(shares: &[f64], first: usize, second: usize) -> (f64, bool) {
    let added = 2.0 * 1e4 * shares[first] * shares[second];
    let after = shares.iter().map(|s| 1e4 * s * s).sum::<f64>() + added;
    let slack = 1e-9;
    let is_large = added > 100.0 + slack
        && (after > 1_800.0 + slack || shares[first] + shares[second] > 0.30 + slack);
    (added, is_large)
}

/// Circular revenue of an investor, by three measures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Circularity {
    /// Share of gross revenue that was paid with the investor's own money.
    pub share: f64,
    /// Gross revenue less circular revenue times the investor's look-through stake in the payer, USD.
    pub look_through: f64,
    /// Cash that circular revenue brings in: its gross margin less the money invested, USD.
    pub cash: f64,
}

/// Returns circular revenue as a share, looked through and in cash. `circular` is the part of `invested` that came back
/// as revenue; `held` is circular revenue weighted by look-through stakes.
///
/// Equation 29 of `docs/model.md`.
#[must_use]
pub fn circularity(
    gross: f64,
    circular: f64,
    held: f64,
    invested: f64,
    margin: f64,
) -> Circularity {
    Circularity {
        share: if gross > 0.0 { circular / gross } else { 0.0 },
        look_through: gross - held,
        cash: circular * margin - invested,
    }
}

/// Returns the share that new money of `amount` buys at a pre-money value of `before`, and the factor that is left to
/// earlier holders.
///
/// Equation 28 of `docs/model.md`.
#[must_use]
pub fn dilution(before: f64, amount: f64) -> (f64, f64) {
    let after = before + amount;
    if after <= 0.0 {
        return (0.0, 1.0);
    }
    (amount / after, before / after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_chains_look_through_is_direct() {
        // Firm 0 owns 30 % of firm 1, which owns nothing.
        let direct = DMatrix::from_row_slice(2, 2, &[0.0, 0.3, 0.0, 0.0]);
        assert_eq!(look_through(&direct), Some(direct));
    }

    #[test]
    fn a_chain_multiplies() {
        let direct = DMatrix::from_row_slice(3, 3, &[0.0, 0.5, 0.0, 0.0, 0.0, 0.4, 0.0, 0.0, 0.0]);
        let held = look_through(&direct).unwrap();
        assert!((held[(0, 2)] - 0.2).abs() < 1e-15);
    }

    #[test]
    fn firms_that_own_each_other_wholly_have_no_end() {
        let direct = DMatrix::from_row_slice(2, 2, &[0.0, 1.0, 1.0, 0.0]);
        assert_eq!(chain(&direct), None);
    }

    #[test]
    fn new_money_dilutes_everyone_alike() {
        let (bought, left) = dilution(800.0, 200.0);
        assert!((bought - 0.2).abs() < 1e-15 && (bought + left - 1.0).abs() < 1e-15);
    }
}
