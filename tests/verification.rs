//! Published and recomputed cases of prices, ownership, circular financing, steering, fees, regulation, supply and
//! rationing, through the functions that the market calls. The cases are `tests/data/cases.json`.
#![allow(
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "tests read files, count, and compare names that they know"
)]

mod common;

use nalgebra::{DMatrix, DVector};
use serde_json::Value;
use tollway::economics::capacity::{Rationing, experience_cost, ornstein_uhlenbeck, ration};
use tollway::economics::hazard::{
    cumulative_incidence, lawful_switching_charge, monthly_rate, survival, window_factor,
};
use tollway::economics::ownership::{
    cascade, chain, circularity, hhi, market_values, merger_presumption, modified_hhi,
    outside_shares, profit_weights,
};
use tollway::economics::pricing::{BuyerClass, ProductDemand, RESIDUAL, Sellers, monopoly_price};
use tollway::economics::steering::{steered, steering_gain};

/// A case with its inputs and expected values.
struct Case(Value);

impl Case {
    fn input(&self, key: &str) -> &Value {
        &self.0["inputs"][key]
    }
    fn number(&self, key: &str) -> f64 {
        number(self.input(key))
    }
    fn list(&self, key: &str) -> Vec<f64> {
        list(self.input(key))
    }
    fn expected(&self, key: &str) -> &Value {
        &self.0["expected"][key]
    }
    /// Asserts within the case's own tolerance.
    fn same(&self, got: f64, key: &str) {
        self.close(got, number(self.expected(key)), key);
    }
    fn same_list(&self, got: &[f64], key: &str) {
        let expected = list(self.expected(key));
        assert_eq!(got.len(), expected.len(), "{} {key}", self.0["id"]);
        for (got, expected) in got.iter().zip(expected) {
            self.close(*got, expected, key);
        }
    }
    fn close(&self, got: f64, expected: f64, key: &str) {
        let tolerance = &self.0["tolerance"];
        let allowed = tolerance["abs"]
            .as_f64()
            .unwrap_or(0.0)
            .max(tolerance["rel"].as_f64().unwrap_or(0.0) * expected.abs())
            .max(1e-12);
        assert!(
            (got - expected).abs() <= allowed,
            "{} {key}: got {got}, expected {expected}",
            self.0["id"]
        );
    }
}

fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("{value} is a number"))
}

fn list(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .expect("a list")
        .iter()
        .map(number)
        .collect()
}

fn matrix(value: &Value) -> DMatrix<f64> {
    let rows: Vec<Vec<f64>> = value.as_array().expect("rows").iter().map(list).collect();
    DMatrix::from_fn(rows.len(), rows[0].len(), |i, j| rows[i][j])
}

/// The cases whose id begins with `prefix`; there must be `count` of them.
fn cases(prefix: &str, count: usize) -> Vec<Case> {
    let text = std::fs::read_to_string(common::project("tests/data/cases.json")).unwrap();
    let all: Vec<Value> = serde_json::from_str(&text).unwrap();
    let found: Vec<Case> = all
        .into_iter()
        .filter(|case| {
            case["id"]
                .as_str()
                .unwrap()
                .starts_with(&format!("{prefix}-"))
        })
        .map(Case)
        .collect();
    assert_eq!(found.len(), count, "{prefix}");
    found
}

fn demand_of(case: &Case) -> ProductDemand {
    let value = case.list("delta");
    let sensitivities = match case.input("alpha_class") {
        Value::Null => vec![case.number("alpha")],
        alphas => list(alphas),
    };
    let weights = match case.input("weights") {
        Value::Null => vec![1.0],
        weights => list(weights),
    };
    ProductDemand {
        classes: sensitivities
            .into_iter()
            .zip(weights)
            .map(|(sensitivity, weight)| BuyerClass {
                weight,
                sensitivity,
                value: value.clone(),
            })
            .collect(),
        nest: match case.input("nest") {
            Value::Null => (0..value.len()).collect(),
            nest => list(nest).iter().map(|n| *n as usize).collect(),
        },
        rho: case.input("rho").as_f64().unwrap_or(0.0),
        has_outside: true,
    }
}

fn firms(value: &Value) -> Vec<usize> {
    let names: Vec<String> = value
        .as_array()
        .unwrap()
        .iter()
        .map(Value::to_string)
        .collect();
    let mut seen: Vec<&String> = Vec::new();
    names
        .iter()
        .map(|name| {
            seen.iter()
                .position(|other| *other == name)
                .unwrap_or_else(|| {
                    seen.push(name);
                    seen.len() - 1
                })
        })
        .collect()
}

fn sellers_of(case: &Case) -> Sellers {
    let firm = firms(case.input("firm"));
    let count = firm.len();
    let kappa = match case.input("kappa") {
        Value::Null => DMatrix::identity(count, count),
        kappa => matrix(kappa),
    };
    Sellers {
        firm,
        kappa,
        fee: match case.input("tau") {
            Value::Null => vec![0.0; count],
            tau => list(tau),
        },
        cost: case.list("cost"),
        is_free: vec![true; count],
        floor: vec![f64::NEG_INFINITY; count],
    }
}

const DEVIATIONS: [f64; 8] = [0.3, 0.7, 0.9, 0.99, 1.01, 1.1, 1.5, 3.0];

#[test]
fn monopoly_prices() {
    for case in cases("BERT", 6).into_iter().take(2) {
        let (price, share) = monopoly_price(
            case.number("delta"),
            case.number("alpha"),
            case.number("cost"),
        );
        case.same(price, "price");
        case.same(share, "share");
    }
}

#[test]
fn bertrand_nash_prices_with_partial_ownership_fees_nests_and_classes() {
    let solved = cases("BERT", 6)
        .into_iter()
        .skip(2)
        .chain(cases("FEE", 2))
        .chain(cases("NLBERT", 1))
        .chain(cases("MIXBERT", 1));
    for case in solved {
        let (demand, sellers) = (demand_of(&case), sellers_of(&case));
        let found = sellers.equilibrium(&demand, &sellers.cost);
        assert!(
            found.residual < RESIDUAL,
            "{}: {}",
            case.0["id"],
            found.residual
        );
        case.same_list(&found.prices, "price");
        let shares = demand.shares(&found.prices);
        case.same_list(&shares, "share");
        if !case.expected("outside_share").is_null() {
            case.same(1.0 - shares.iter().sum::<f64>(), "outside_share");
        }
        assert!(!sellers.has_other_root(&demand, &found));
        let gain = sellers.best_deviation(&demand, &found.prices, &DEVIATIONS);
        assert!(gain <= 1e-12, "{}: a deviation gains {gain}", case.0["id"]);
    }
}

#[test]
fn costs_are_inverted_and_mergers_raise_prices_as_published() {
    let case = &cases("MERG", 2)[0];
    let demand = ProductDemand {
        classes: vec![BuyerClass {
            weight: 1.0,
            sensitivity: case.number("alpha"),
            value: case.list("delta"),
        }],
        nest: vec![0, 1, 2],
        rho: 0.0,
        has_outside: true,
    };
    let before = case.list("prices_pre");
    let mut sellers = Sellers {
        firm: vec![0, 1, 2],
        kappa: DMatrix::identity(3, 3),
        fee: vec![0.0; 3],
        cost: vec![0.0; 3],
        is_free: vec![true; 3],
        floor: vec![f64::NEG_INFINITY; 3],
    };
    sellers.cost = sellers.implied_costs(&demand, &before).unwrap();
    case.same_list(&sellers.cost, "marginal_cost");
    sellers.firm = vec![0, 0, 2];
    let after = sellers.equilibrium(&demand, &before).prices;
    case.same_list(&after, "price_post");
    case.same_list(&demand.shares(&after), "share_post");
}

#[test]
fn the_beer_merger_comes_out_as_in_the_literature() {
    let case = &cases("MERG", 2)[1];
    let (prices, shares, alpha) = (
        case.list("prices"),
        case.list("shares"),
        case.number("alpha"),
    );
    let demand = ProductDemand {
        classes: vec![BuyerClass {
            weight: 1.0,
            sensitivity: alpha,
            value: shares
                .iter()
                .zip(&prices)
                .map(|(s, p)| s.ln() + alpha * p)
                .collect(),
        }],
        nest: (0..prices.len()).collect(),
        rho: 0.0,
        has_outside: false,
    };
    let mut sellers = Sellers {
        firm: firms(case.input("owner_pre")),
        kappa: DMatrix::identity(6, 6),
        fee: vec![0.0; 6],
        cost: vec![0.0; 6],
        is_free: vec![true; 6],
        floor: vec![f64::NEG_INFINITY; 6],
    };
    sellers.cost = sellers.implied_costs(&demand, &prices).unwrap();
    for (got, expected) in sellers
        .cost
        .iter()
        .zip(list(case.expected("marginal_cost")))
    {
        assert!((got - expected).abs() < 1e-9);
    }
    sellers.firm = firms(case.input("owner_post"));
    let after = sellers.equilibrium(&demand, &prices);
    let rises = list(case.expected("price_change_pct"));
    for ((after, before), rise) in after.prices.iter().zip(&prices).zip(rises) {
        assert!(
            (100.0 * (after / before - 1.0) - rise).abs() < 5e-4,
            "{after} {before} {rise}"
        );
    }
    let by_owner = |shares: &[f64]| {
        hhi(&[
            shares[0],
            shares[1],
            shares[2] + shares[3],
            shares[4],
            shares[5],
        ])
    };
    assert!((by_owner(&shares) - number(case.expected("HHI_pre"))).abs() < 1e-6);
}

#[test]
fn concentration_and_weights_on_rivals_profits() {
    for case in cases("HHI", 3) {
        let shares = case.list("shares");
        let merge = case.list("merge");
        let (a, b) = (merge[0] as usize, merge[1] as usize);
        let (added, is_presumed) = merger_presumption(&shares, a, b);
        case.same(hhi(&shares), "HHI_pre");
        case.same(added, "delta");
        assert_eq!(
            Some(is_presumed),
            case.expected("structural_presumption").as_bool()
        );
    }
    for case in cases("MHHI", 3) {
        if case.0["id"] == "MHHI-01" {
            let (si, sj, beta) = (case.number("s_i"), case.number("s_j"), case.number("beta"));
            let rest = 1.0 - si - sj;
            let shares = [si, sj, rest];
            let cash = DMatrix::from_row_slice(
                3,
                3,
                &[1.0, beta, 0.0, 0.0, 1.0 - beta, 0.0, 0.0, 0.0, 1.0],
            );
            let added = |control: &[f64; 9]| {
                let control = DMatrix::from_row_slice(3, 3, control);
                modified_hhi(&profit_weights(&control, &cash), &shares) - hhi(&shares)
            };
            case.same(
                added(&[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]),
                "silent",
            );
            case.same(
                added(&[1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]),
                "total_control",
            );
            case.same(
                added(&[1.0, beta, 0.0, 0.0, 1.0 - beta, 0.0, 0.0, 0.0, 1.0]),
                "proportional",
            );
            continue;
        }
        let kappa = profit_weights(&matrix(case.input("gamma")), &matrix(case.input("beta")));
        let expected = matrix(case.expected("kappa"));
        assert!((&kappa - &expected).amax() < 1e-12);
        let shares = case.list("shares");
        case.same(hhi(&shares), "HHI");
        case.same(modified_hhi(&kappa, &shares), "MHHI");
        case.same(modified_hhi(&kappa, &shares) - hhi(&shares), "MHHI_delta");
    }
}

#[test]
fn values_looked_through_cross_holdings() {
    for case in cases("EGJ", 3) {
        let holdings = matrix(case.input("C"));
        let assets = matrix(case.input("D")) * DVector::from_vec(case.list("p"));
        let (book, values) = market_values(&holdings, &assets).unwrap();
        case.same_list(book.as_slice(), "V");
        case.same_list(values.as_slice(), "v");
        assert!((values.sum() - assets.sum()).abs() < 1e-9 * assets.sum());
        let looked = DMatrix::from_diagonal(&outside_shares(&holdings)) * chain(&holdings).unwrap();
        assert!((looked - matrix(case.expected("A"))).amax() < 1e-12);
    }
    let case = &cases("CASC", 1)[0];
    let (waves, values) = cascade(
        &matrix(case.input("C")),
        &DVector::from_vec(case.list("p")),
        &case.list("theta"),
        &case.list("beta"),
    )
    .unwrap();
    assert_eq!(waves, [[0], [1]]);
    case.same_list(values.as_slice(), "v_final");
    let case = &cases("PYR", 1)[0];
    let stakes = DVector::from_vec(case.list("d")).transpose();
    let integrated = stakes * chain(&matrix(case.input("A"))).unwrap();
    case.same_list(integrated.transpose().as_slice(), "y");
}

#[test]
fn circular_financing_identities() {
    let case = &cases("CIRC", 1)[0];
    let (invested, margin) = (case.number("investment"), case.number("gross_margin"));
    let back = invested * case.number("spend_back_fraction");
    let gross = case.number("external_revenue") + back;
    let seen = circularity(
        gross,
        back,
        back * case.number("lookthrough_stake"),
        invested,
        margin,
    );
    case.same(gross, "gross_revenue");
    case.same(seen.share, "circularity");
    case.same(seen.look_through, "lookthrough_revenue");
    case.same(seen.cash, "net_cash");
    case.same(-seen.cash / back, "cash_cost_per_revenue");
}

#[test]
fn steering_its_cost_and_its_incentive() {
    let case = &cases("STEER", 1)[0];
    let utilities = case.list("V");
    let mut bias = vec![0.0; utilities.len()];
    let own = case.number("own") as usize;
    bias[own] = case.number("bias");
    let seen = steered(&utilities, &bias, case.number("phi"));
    case.same_list(&seen.neutral, "share_neutral");
    case.same_list(&seen.routed, "share_routed");
    case.same_list(&seen.all, "share");
    case.same(seen.all[own] - seen.neutral[own], "own_share_gain");
    case.same(seen.loss, "user_welfare_loss");
    for case in cases("STEERINC", 2) {
        let gain = steering_gain(
            case.number("m_own_net"),
            case.number("tau"),
            case.number("p_third"),
            case.number("kappa"),
            case.number("c_third"),
        );
        case.same(gain, "gain");
        assert_eq!(Some(gain > 0.0), case.expected("steer").as_bool());
    }
}

#[test]
fn hazards_and_known_law() {
    let case = &cases("HAZ", 1)[0];
    let annual = case.number("annual_prob");
    let hazard = cumulative_incidence(&[monthly_rate(annual)], 1.0)[0];
    case.same(hazard, "monthly_hazard");
    case.same(monthly_rate(annual), "monthly_rate");
    let left: Vec<f64> = case
        .list("months")
        .iter()
        .map(|months| survival((0..*months as usize).map(|_| hazard)))
        .collect();
    case.same_list(&left, "survival");
    let case = &cases("CRISK", 1)[0];
    let parts = cumulative_incidence(&case.list("rates_per_month"), case.number("t"));
    case.same_list(&parts, "CIF");
    let case = &cases("PHAZ", 1)[0];
    let windows: Vec<(f64, f64, f64)> = case
        .input("breaks")
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let row = list(row);
            (row[0], row[1], row[2])
        })
        .collect();
    let until = |months: u32| survival((1..=months).map(|m| window_factor(&windows, f64::from(m))));
    case.same(until(case.number("months") as u32), "S_end");
    case.same(until(12), "S_12");
    let case = &cases("DATAACT", 1)[0];
    let day = |text: &str| {
        let parts: Vec<i32> = text.split('-').map(|part| part.parse().unwrap()).collect();
        let date = tollway::time::Date::new(parts[0], parts[1] as u8, parts[2] as u8).unwrap();
        f64::from(i32::try_from(date.days_since_epoch()).unwrap())
    };
    let law = (day("2024-01-11"), day("2027-01-12"));
    let charges: Vec<f64> = case
        .input("rows")
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let is_parallel = row[1] == "parallel";
            let (list, cost) = (number(&row[2]), number(&row[3]));
            lawful_switching_charge(list, cost, is_parallel, day(row[0].as_str().unwrap()), law)
        })
        .collect();
    case.same_list(&charges, "max_charge");
}

#[test]
fn supply_and_rationing() {
    let case = &cases("RAT", 1)[0];
    let (demand, capacity) = (case.list("demand"), case.number("capacity"));
    case.same_list(
        &ration(&demand, capacity, Rationing::Proportional),
        "proportional",
    );
    case.same_list(&ration(&demand, capacity, Rationing::MaxMin), "max_min");
    for case in cases("EXP", 2) {
        let costs: Vec<f64> = case
            .list("x")
            .iter()
            .map(|x| {
                experience_cost(
                    case.number("C0"),
                    case.number("x0"),
                    *x,
                    case.number("learning_rate"),
                )
            })
            .collect();
        case.same_list(&costs, "C");
    }
    let case = &cases("OU", 1)[0];
    let step = |shock| {
        ornstein_uhlenbeck(
            case.number("x0"),
            case.number("theta"),
            case.number("k"),
            case.number("sigma"),
            case.number("t"),
            shock,
        )
    };
    case.same(step(0.0), "mean_X");
    case.same((step(1.0) - step(0.0)).powi(2), "var_X");
}
