//! The findings of a run: five sentences made by rules from its tables. Each gives a median with its band and a share of
//! replications, never a mean alone.

use serde::{Deserialize, Serialize};

use crate::ensemble::Ensemble;
use crate::market::rows::{CloudRow, LabRow, MarketRow, SwitchingRow};
use crate::panel::Column;
use crate::report::text::number_format::{percent, to_its_error};
use crate::scenario::Scenario;
use crate::stats::Summary;

/// A finding: a statement, and the numbers behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Short statement.
    pub head: String,
    /// Sentences with the numbers behind it.
    pub text: String,
}

/// The tables of a run, by replication.
struct Run<'a> {
    ensemble: &'a Ensemble,
    months: usize,
}

impl Run<'_> {
    /// The last twelve months, or all of a shorter run.
    fn last_year(&self) -> std::ops::Range<usize> {
        self.months.saturating_sub(12)..self.months
    }

    fn span(&self) -> &'static str {
        if self.months > 12 {
            "the last twelve months"
        } else {
            "the run"
        }
    }

    /// Sums of a measure over months, by replication.
    fn sums(&self, (column, entity): (Column, &str), months: std::ops::Range<usize>) -> Vec<f64> {
        (self.ensemble.tables.iter())
            .map(|tables| {
                let table =
                    (tables.iter().find(|t| t.name == column.table)).expect("a table of every run");
                months
                    .clone()
                    .map(|month| table.at(month, entity, column))
                    .sum()
            })
            .collect()
    }
}

/// The median and the band of a sample, as words. Each is rounded to its standard error.
fn band(values: &[f64], say: impl Fn(f64) -> String) -> String {
    let summary = Summary::of(&mut values.to_vec());
    let [low, _, middle, _, high] = summary.quantiles;
    let errors = summary.standard_errors();
    let [low, middle, high] = [(low, errors[0]), (middle, errors[1]), (high, errors[2])]
        .map(|(value, error)| to_its_error(value, error));
    if !summary.has_band() {
        return format!("{} (too few replications for a band)", say(middle));
    }
    format!("{} (5 to 95 %: {} to {})", say(middle), say(low), say(high))
}

fn usd(value: f64) -> String {
    let size = value.abs();
    if size >= 9.95e10 {
        format!("USD {:.0} billion", value * 1e-9)
    } else if size >= 1e9 {
        let text = format!("{:.1}", value * 1e-9);
        format!("USD {} billion", text.trim_end_matches(".0"))
    } else {
        format!("USD {:.0} million", value * 1e-6)
    }
}

/// A share of replications, as words.
fn of_replications(hits: usize, all: usize) -> String {
    if hits == all {
        format!("all {all} replications")
    } else if hits == 0 {
        format!("none of {all} replications")
    } else {
        #[expect(clippy::cast_precision_loss, reason = "small counts")]
        let share = hits as f64 / all.max(1) as f64;
        format!("{:.0} % of {all} replications", share * 100.0)
    }
}

#[expect(clippy::cast_precision_loss, reason = "small counts")]
fn share(hits: usize, all: usize) -> f64 {
    hits as f64 / all.max(1) as f64
}

/// By series: the number of replications in which it is the largest; the first wins a tie.
fn wins(by: &[Vec<f64>]) -> Vec<usize> {
    let mut wins = vec![0; by.len()];
    for replication in 0..by.first().map_or(0, Vec::len) {
        let mut best = 0;
        for (index, values) in by.iter().enumerate() {
            if values[replication] > by[best][replication] {
                best = index;
            }
        }
        if let Some(count) = wins.get_mut(best) {
            *count += 1;
        }
    }
    wins
}

/// The series that is the largest most often, and a sentence on how often.
fn leader(names: &[&str], by: &[Vec<f64>]) -> Option<(usize, String)> {
    let wins = wins(by);
    let all = by.first().map_or(0, Vec::len);
    let first = (0..wins.len()).max_by_key(|index| (wins[*index], std::cmp::Reverse(*index)))?;
    let certainty = share(wins[first], all);
    let others: Vec<String> = (0..wins.len())
        .filter(|other| *other != first && share(wins[*other], all) >= 0.05)
        .map(|other| format!("{} in {}", names[other], percent(share(wins[other], all))))
        .collect();
    let rest = if others.is_empty() {
        String::new()
    } else {
        format!("; {}", others.join(", "))
    };
    let text = if certainty >= 0.5 {
        format!(
            "It is first in {}{rest}.",
            of_replications(wins[first], all)
        )
    } else {
        format!(
            "There is no clear leader: it is first in {}{rest}.",
            of_replications(wins[first], all)
        )
    };
    Some((first, text))
}

/// The five findings of a run; a finding that does not apply to the scenario is left out.
#[must_use]
pub fn findings(scenario: &Scenario, ensemble: &Ensemble, months: usize) -> Vec<Finding> {
    let run = Run { ensemble, months };
    [
        who_collects(scenario, &run),
        of_a_dollar(scenario, &run),
        cost_of_leaving(&run),
        who_leads(scenario, &run),
        circular(scenario, &run),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn who_collects(scenario: &Scenario, run: &Run<'_>) -> Option<Finding> {
    let titles: Vec<&str> = (scenario.cloud.iter().map(|c| c.title.text.as_str())).collect();
    let revenue: Vec<Vec<f64>> = (scenario.cloud.iter())
        .map(|cloud| {
            run.sums(
                (CloudRow::ai_revenue_usd, &cloud.name.text),
                run.last_year(),
            )
        })
        .collect();
    let (first, certainty) = leader(&titles, &revenue)?;
    Some(Finding {
        head: format!("{} collects most", titles[first]),
        text: format!(
            "Its AI revenue in {} is {}. {certainty}",
            run.span(),
            band(&revenue[first], usd)
        ),
    })
}

/// The share of enterprise spend on tokens that clouds keep: sales that they book, commissions, fees and rented machines, less
/// payments to labs, before the compute that labs buy.
fn of_a_dollar(scenario: &Scenario, run: &Run<'_>) -> Option<Finding> {
    const KEPT: [Column; 5] = [
        CloudRow::routing_fee_usd,
        CloudRow::resale_usd,
        CloudRow::open_hosting_usd,
        CloudRow::first_party_usd,
        CloudRow::selfhost_rental_usd,
    ];
    let kept = |months: std::ops::Range<usize>| -> Vec<f64> {
        let mut kept = vec![0.0; run.ensemble.replications()];
        for cloud in &scenario.cloud {
            let mut add = |column: Column, sign: f64| {
                let values = run.sums((column, &cloud.name.text), months.clone());
                for (sum, value) in kept.iter_mut().zip(values) {
                    *sum += sign * value;
                }
            };
            for column in KEPT {
                add(column, 1.0);
            }
            add(CloudRow::channel_paid_usd, -1.0);
        }
        let spend = run.sums((MarketRow::spend_usd, "market"), months);
        (kept.iter().zip(spend))
            .map(|(kept, spend)| if spend > 0.0 { kept / spend } else { 0.0 })
            .collect()
    };
    let (then, now) = (kept(0..run.months.min(12)), kept(run.last_year()));
    if now.iter().all(|share| *share == 0.0) {
        return None;
    }
    let cents = |share: f64| format!("{:.0} cents", share * 100.0);
    let trend = if run.months > 12 {
        let rises = then.iter().zip(&now).filter(|(a, b)| b > a).count();
        format!(
            " In the first twelve months it is {}; the share rises in {}.",
            band(&then, cents),
            of_replications(rises, now.len())
        )
    } else {
        String::new()
    };
    Some(Finding {
        head: format!(
            "Of an enterprise's dollar, clouds keep {} before compute",
            cents(Summary::of(&mut now.clone()).quantiles[2])
        ),
        text: format!(
            "Sales that clouds book, commissions, fees and rented machines, less what they pay labs, come to {} of each dollar that \
             enterprises spend on tokens in {}.{trend} What labs pay clouds for compute comes on top.",
            band(&now, cents),
            run.span()
        ),
    })
}

fn cost_of_leaving(run: &Run<'_>) -> Option<Finding> {
    let last = run.months.checked_sub(1)?;
    let at = |month: usize| run.sums((SwitchingRow::months_of_spend, "cloud"), month..month + 1);
    let (then, now) = (at(0), at(last));
    let months = |value: f64| format!("{value:.1}");
    let rises = then.iter().zip(&now).filter(|(a, b)| b > a).count();
    let word = if 2 * rises >= now.len() {
        "rises"
    } else {
        "falls"
    };
    let count = if word == "rises" {
        rises
    } else {
        now.len() - rises
    };
    Some(Finding {
        head: format!(
            "Leaving for another cloud costs {} months of spend",
            months(Summary::of(&mut now.clone()).quantiles[2])
        ),
        text: format!(
            "In the last month it takes {} months of spend to move to another cloud, weighted by spend; in the first month it is {}. \
             It {word} in {}.",
            band(&now, months),
            band(&then, months),
            of_replications(count, now.len())
        ),
    })
}

fn who_leads(scenario: &Scenario, run: &Run<'_>) -> Option<Finding> {
    let titles: Vec<&str> = (scenario.lab.iter().map(|lab| lab.title.text.as_str())).collect();
    let spend: Vec<Vec<f64>> = (scenario.lab.iter())
        .map(|lab| run.sums((LabRow::usage_usd, &lab.name.text), run.last_year()))
        .collect();
    let (first, certainty) = leader(&titles, &spend)?;
    let shares: Vec<f64> = (0..run.ensemble.replications())
        .map(|replication| {
            let all: f64 = spend.iter().map(|lab| lab[replication]).sum();
            if all > 0.0 {
                spend[first][replication] / all
            } else {
                0.0
            }
        })
        .collect();
    Some(Finding {
        head: format!(
            "{} has the largest share of enterprise spend on models",
            titles[first]
        ),
        text: format!(
            "Its share in {} is {}. {certainty}",
            run.span(),
            band(&shares, percent)
        ),
    })
}

fn circular(scenario: &Scenario, run: &Run<'_>) -> Option<Finding> {
    let months = 0..run.months;
    let mut circular = vec![0.0; run.ensemble.replications()];
    let mut revenue = circular.clone();
    for cloud in &scenario.cloud {
        for (column, sums) in [
            (CloudRow::circular_usd, &mut circular),
            (CloudRow::ai_revenue_usd, &mut revenue),
        ] {
            let values = run.sums((column, &cloud.name.text), months.clone());
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum += value;
            }
        }
    }
    if circular.iter().all(|usd| *usd == 0.0) {
        return None;
    }
    let shares: Vec<f64> = (circular.iter().zip(&revenue))
        .map(|(part, all)| if *all > 0.0 { part / all } else { 0.0 })
        .collect();
    Some(Finding {
        head: format!(
            "{} of the clouds' AI revenue is their owners' own equity coming back",
            percent(Summary::of(&mut shares.clone()).quantiles[2])
        ),
        text: format!(
            "Over the run labs pay clouds {} with money that the same cloud's owner had put into them: {} of the clouds' AI revenue.",
            band(&circular, usd),
            band(&shares, percent)
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_leader_is_counted_and_doubt_is_stated() {
        let names = ["a", "b", "c"];
        let sure = [vec![3.0; 20], vec![1.0; 20], vec![2.0; 20]];
        let (first, text) = leader(&names, &sure).unwrap();
        assert_eq!(
            (first, text.as_str()),
            (0, "It is first in all 20 replications.")
        );
        let open: Vec<Vec<f64>> = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.5, 0.5, 1.0]]
            .map(|by| by.iter().copied().cycle().take(30).collect())
            .into();
        let (_, text) = leader(&names, &open).unwrap();
        assert!(text.starts_with("There is no clear leader"), "{text}");
        assert!(text.contains("33 %"), "{text}");
        assert_eq!(wins(&open), [10, 10, 10]);
    }

    #[test]
    fn amounts_have_the_unit_that_fits() {
        assert_eq!(usd(1.234e11), "USD 123 billion");
        assert_eq!(usd(1.26e9), "USD 1.3 billion");
        assert_eq!(usd(3.4e7), "USD 34 million");
        assert_eq!(percent(0.034), "3.4 %");
        assert_eq!(percent(0.34), "34 %");
        assert_eq!(of_replications(3, 200), "2 % of 200 replications");
        let values: Vec<f64> = (0..=100).map(f64::from).collect();
        assert_eq!(
            band(&values, |v| format!("{v:.0}")),
            "50 (5 to 95 %: 5 to 95)"
        );
    }
}
