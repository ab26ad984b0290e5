//! Rents of accelerators: one random walk of logarithms behind all classes of rent, each with a constant ratio to it.
//!
//! The walk is the rent of a three-year contract for one H100, which is one H100e. Other classes stand at a ratio to
//! it that is uncertain around a stated one, so that all classes inform all rents. Errors are normal, so the
//! posterior is a linear regression (kriging with the covariance of a random walk).

use nalgebra::{DMatrix, DVector};

use super::rows::KnownRows;
use super::{Options, RentOptions, State, months_of, name_list, number};
use crate::observations::Observation;

/// Kind of contract of a rent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Term {
    ThreeYears,
    OneYear,
    OnDemand,
    /// An index of spot rents, at a ratio to the rent on demand.
    Index,
}

impl Term {
    const fn is_contract(self) -> bool {
        matches!(self, Self::ThreeYears | Self::OneYear)
    }

    const fn is_spot(self) -> bool {
        !self.is_contract()
    }

    /// Logarithm of the stated ratio to a three-year contract.
    fn offset(self, options: RentOptions) -> f64 {
        match self {
            Self::ThreeYears => 0.0,
            Self::OneYear => -libm::log(options.one_year),
            Self::OnDemand | Self::Index => -libm::log(options.on_demand),
        }
    }
}

/// Metrics of the H100 with their terms.
const CLASSES: [(&str, Term); 5] = [
    ("rent_three_year_contract", Term::ThreeYears),
    ("contract_1yr_SemiAnalysis", Term::OneYear),
    ("rental_on_demand_marketplace", Term::OnDemand),
    ("index_Silicon_Data", Term::Index),
    ("spot_index_Ornn_monthly_mean", Term::Index),
];

/// Changes that tell a volatility.
const CHANGES: usize = 3;
/// Standard deviation of the first level, in logarithms: it says nothing.
const LEVEL_SD: f64 = 10.0;
/// Rents read within so many months of each other are of one date.
const SAME_DATE: f64 = 0.05;

/// One rent on the walk.
struct Rent<'a> {
    row: &'a Observation,
    class: usize,
    term: Term,
    /// Months; the middle of a period.
    date: f64,
    log: f64,
    error: f64,
}

/// Adds levels and volatilities of rents.
pub(super) fn estimate(known: &KnownRows<'_>, options: &Options, state: &mut State) {
    let rents = rents_of(known, options);
    if rents.is_empty() {
        let vintage = state.vintage;
        state.missing.push(format!(
            "rent.contract and rent.spot: no rent of an H100 was public by {vintage}"
        ));
        return;
    }
    let all = volatility(&rents, |_| true);
    let noise = all.map_or(options.rent.noise, |(sd, _)| sd);
    let Some((contract, spot)) = levels(&rents, (noise, options), months_of(known.vintage)) else {
        return;
    };
    let names = name_list(rents.iter().map(|rent| rent.row));
    let what = [
        ("contract", contract, "three-year contract for an H100"),
        ("spot", spot, "an H100 on demand"),
    ];
    for (key, (mean, variance), of) in what {
        let text = format!(
            "{{ dist = \"lognormal\", median = {}, sigma = {}, unit = \"usd_per_h\", class = \"estimated\", source = \"{of}: one random walk behind {} rents known by {}, with noise {} a root month\", rows = {names} }}",
            number(libm::exp(mean)),
            number(libm::sqrt(variance)),
            rents.len(),
            known.vintage,
            number(noise)
        );
        state.add(&["rent", key], text);
    }
    volatilities(&rents, options.rent, state);
}

fn rents_of<'a>(known: &KnownRows<'a>, options: &Options) -> Vec<Rent<'a>> {
    let mut rents = Vec::new();
    for (class, (metric, term)) in CLASSES.into_iter().enumerate() {
        for row in known.of_metric("H100", metric, "USD per GPU-hour") {
            let (Some(until), Some(value)) = (row.until, row.value) else {
                continue;
            };
            if months_of(until) < months_of(known.vintage) - options.rent.window {
                continue;
            }
            let from = row.from.unwrap_or(until);
            let grade = ["A", "B", "C"]
                .iter()
                .position(|grade| *grade == row.quality);
            rents.push(Rent {
                row,
                class,
                term,
                date: 0.5 * (months_of(from) + months_of(until)),
                log: libm::log(value),
                error: options.errors[grade.unwrap_or(3)],
            });
        }
    }
    rents
}

/// Mean and variance of the logarithms of a three-year contract and of a rent on demand at a date.
fn levels(
    rents: &[Rent<'_>],
    (noise, options): (f64, &Options),
    at: f64,
) -> Option<((f64, f64), (f64, f64))> {
    let spread = options.rent.spread * options.rent.spread;
    let first = rents.iter().map(|rent| rent.date).fold(at, f64::min);
    let walk = |a: f64, b: f64| LEVEL_SD * LEVEL_SD + noise * noise * (a.min(b) - first);
    let covariance = |a: &Rent<'_>, b: &Rent<'_>| {
        let shared = a.term.is_spot() && b.term.is_spot();
        let own = a.class == b.class && matches!(a.term, Term::OneYear | Term::Index);
        walk(a.date, b.date) + spread * (f64::from(u8::from(shared)) + f64::from(u8::from(own)))
    };
    let n = rents.len();
    let matrix = DMatrix::from_fn(n, n, |i, j| {
        let error = if i == j {
            rents[i].error * rents[i].error
        } else {
            0.0
        };
        covariance(&rents[i], &rents[j]) + error
    });
    let logs = DVector::from_fn(n, |i, _| rents[i].log - rents[i].term.offset(options.rent));
    let center = logs.mean();
    let factor = matrix.cholesky()?;
    let posterior = |is_spot: bool| {
        let cross = DVector::from_fn(n, |i, _| {
            let shared = is_spot && rents[i].term.is_spot();
            walk(rents[i].date, at) + spread * f64::from(u8::from(shared))
        });
        let weights = factor.solve(&cross);
        let own = walk(at, at) + if is_spot { spread } else { 0.0 };
        let mean = center + weights.dot(&logs.add_scalar(-center));
        (mean, own - weights.dot(&cross))
    };
    let (contract, spot) = (posterior(false), posterior(true));
    let on_demand = Term::OnDemand.offset(options.rent);
    Some((contract, (spot.0 + on_demand, spot.1)))
}

/// Root mean square of the changes of logarithms within classes, a root month, and their number; `None` with too few.
#[expect(clippy::cast_precision_loss, reason = "few changes")]
fn volatility(rents: &[Rent<'_>], counts: impl Fn(Term) -> bool) -> Option<(f64, usize)> {
    let mut squares = Vec::new();
    for class in 0..CLASSES.len() {
        let mut points: Vec<(f64, f64)> = rents
            .iter()
            .filter(|rent| rent.class == class && counts(rent.term))
            .map(|rent| (rent.date, rent.log))
            .collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let dates: Vec<(f64, f64)> = points
            .chunk_by(|a, b| b.0 - a.0 < SAME_DATE)
            .map(|chunk| {
                (
                    chunk[0].0,
                    chunk.iter().map(|point| point.1).sum::<f64>() / chunk.len() as f64,
                )
            })
            .collect();
        squares.extend(dates.windows(2).map(|pair| {
            let change = pair[1].1 - pair[0].1;
            change * change / (pair[1].0 - pair[0].0)
        }));
    }
    let count = squares.len();
    (count >= CHANGES).then(|| {
        (
            libm::sqrt(squares.iter().sum::<f64>() / count as f64),
            count,
        )
    })
}

fn volatilities(rents: &[Rent<'_>], options: RentOptions, state: &mut State) {
    for (key, is_own) in [
        ("contract_volatility", Term::is_contract as fn(Term) -> bool),
        ("spot_volatility", Term::is_spot),
    ] {
        let own = volatility(rents, is_own).map(|found| (found, true));
        let Some(((sd, count), is_alone)) =
            own.or_else(|| volatility(rents, |_| true).map(|found| (found, false)))
        else {
            let text = format!(
                "{{ value = {}, unit = \"ratio\", class = \"assumed\", note = \"fewer than {CHANGES} changes of rents were known by {}\" }}",
                number(options.noise),
                state.vintage
            );
            state.add(&["rent", key], text);
            continue;
        };
        let (kind, rows) = if is_alone {
            (
                key.trim_end_matches("_volatility"),
                name_list(
                    rents
                        .iter()
                        .filter(|rent| is_own(rent.term))
                        .map(|rent| rent.row),
                ),
            )
        } else {
            (
                "all (too few of this kind)",
                name_list(rents.iter().map(|rent| rent.row)),
            )
        };
        let text = format!(
            "{{ value = {}, unit = \"ratio\", class = \"estimated\", source = \"root mean square of {count} changes of {kind} rents known by {}, a root month\", rows = {rows} }}",
            number(sd),
            state.vintage
        );
        state.add(&["rent", key], text);
    }
}
