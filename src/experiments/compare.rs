//! Comparison of a first arm with others, on common random numbers.

use rayon::prelude::*;

use crate::market::rows::MarketRow;
use crate::market::rows::{self, Observed};
use crate::panel::Column;
use crate::panel::Panel;
use crate::scenario::Loaded;
use crate::scenario::records::LabSpec;
use crate::simulation::Simulation;
use crate::stats::intervals::{adjusted_precision, half_width, p_value, unpaired_half_width};
use crate::stats::multiple::adjusted;
use crate::stats::sample::{Moments, Sample};

use super::arms::{Arm, ArmMetrics, Run, RunCheckpoint, replicate};
use crate::runner::{Runner, Stopped};

/// A number in two arms, over replications.
#[derive(Clone, Debug, Default)]
pub struct Pair {
    /// Moments in the first arm.
    pub first: Moments,
    /// Moments in the other arm.
    pub second: Moments,
    /// Differences by replication: the other arm less the first.
    pub difference: Sample,
}

/// One measure of one entity in one month, in two arms.
#[derive(Clone, Debug)]
pub struct Line {
    /// The table.
    pub table: &'static str,
    /// The entity.
    pub entity: String,
    /// The month, from zero.
    pub month: usize,
    /// The measure.
    pub measure: String,
    /// Unit of the measure.
    pub unit: &'static str,
    /// Values of the measure.
    pub pair: Pair,
    /// Table and offset of the values in each arm.
    places: [(usize, usize); 2],
}

impl Pair {
    fn add(&mut self, first: f64, second: f64) {
        self.first.add(first);
        self.second.add(second);
        self.difference.add(second - first);
    }

    /// The number of replications.
    #[must_use]
    pub fn n(&self) -> usize {
        usize::try_from(self.difference.n()).unwrap_or(usize::MAX)
    }

    /// Half the width of the 95 % interval of the mean difference.
    #[must_use]
    pub fn half_width(&self, is_paired: bool) -> f64 {
        if is_paired {
            half_width(self.difference.sd(), self.n(), 0.95)
        } else {
            self.unpaired_half_width()
        }
    }

    /// Half the width of the 95 % interval that independent replications of both arms would give.
    #[must_use]
    pub fn unpaired_half_width(&self) -> f64 {
        unpaired_half_width(
            (self.first.sd(), self.n()),
            (self.second.sd(), self.n()),
            0.95,
        )
    }

    /// The probability of a mean difference at least this large by chance, if there were none.
    #[must_use]
    pub fn p_value(&self) -> f64 {
        p_value(self.difference.mean(), self.difference.sd(), self.n())
    }

    /// Variance of the mean difference without pairing over the variance with it; infinite if the differences do not vary.
    #[must_use]
    pub fn variance_ratio(&self) -> f64 {
        let (a, b, d) = (self.first.sd(), self.second.sd(), self.difference.sd());
        if a * a + b * b == 0.0 {
            1.0
        } else {
            (a * a + b * b) / (d * d)
        }
    }
}

/// The comparison of one arm with the first.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Place of the arm in the experiment.
    pub arm: usize,
    /// Measures that both arms have, by table, month and entity.
    pub lines: Vec<Line>,
    /// Entities that only one of the arms has: (table, entity).
    pub apart: Vec<(&'static str, String)>,
    /// The metrics of the command, in order.
    pub headlines: Vec<Pair>,
}

impl Comparison {
    /// An empty comparison of two arms, from the shapes of their tables.
    fn new(arm: usize, first: &Panel, second: &Panel, months: usize, headlines: usize) -> Self {
        let (mut lines, mut apart) = (Vec::new(), Vec::new());
        for (at, table) in first.tables.iter().enumerate() {
            let Some((other_at, other)) =
                (second.tables.iter().enumerate()).find(|(_, other)| other.name == table.name)
            else {
                continue;
            };
            let missing = |from: &[String], others: &[String]| {
                let names = from.iter().filter(|name| !others.contains(name));
                names
                    .map(|name| (table.name, name.clone()))
                    .collect::<Vec<_>>()
            };
            apart.extend(missing(&table.entities, &other.entities));
            apart.extend(missing(&other.entities, &table.entities));
            for month in 0..months {
                for (entity, name) in table.entities.iter().enumerate() {
                    let Some(other_entity) = other.entities.iter().position(|e| e == name) else {
                        continue;
                    };
                    for (column, measure) in table.measures.iter().enumerate() {
                        let other_column =
                            other.measures.iter().position(|m| m.name == measure.name);
                        let (false, Some(other_column)) = (measure.unit == "code", other_column)
                        else {
                            continue;
                        };
                        let place = |table: &crate::panel::Table, entity: usize, column: usize| {
                            (month * table.entities.len() + entity) * table.measures.len() + column
                        };
                        lines.push(Line {
                            table: table.name,
                            entity: name.clone(),
                            month,
                            measure: measure.name.clone(),
                            unit: measure.unit,
                            pair: Pair::default(),
                            places: [
                                (at, place(table, entity, column)),
                                (other_at, place(other, other_entity, other_column)),
                            ],
                        });
                    }
                }
            }
        }
        Self {
            arm,
            lines,
            apart,
            headlines: vec![Pair::default(); headlines],
        }
    }

    fn add(&mut self, first: &Flat, second: &Flat) {
        for line in &mut self.lines {
            let [a, b] = line.places;
            let (a, b) = (first.at(a), second.at(b));
            line.pair.add(a, b);
        }
        for (headline, (a, b)) in
            (self.headlines.iter_mut()).zip(first.metrics.iter().zip(&second.metrics))
        {
            headline.add(*a, *b);
        }
    }

    /// By line: the lowest false-discovery rate at which its mean difference is a discovery (Benjamini and Hochberg 1995).
    #[must_use]
    pub fn discovery_rates(&self) -> Vec<f64> {
        let p_values: Vec<f64> = (self.lines.par_iter())
            .map(|line| line.pair.p_value())
            .collect();
        adjusted(&p_values)
    }

    /// The lines of one measure of one entity, month by month.
    #[must_use]
    pub fn series(&self, column: Column, entity: &str) -> Vec<&Line> {
        self.lines
            .iter()
            .filter(|line| {
                line.table == column.table
                    && line.entity == entity
                    && line.measure == column.measure
            })
            .collect()
    }
}

/// All tables of a replication in one row.
struct Flat {
    values: Vec<f64>,
    starts: Vec<usize>,
    metrics: Vec<f64>,
}

impl Flat {
    fn at(&self, (table, place): (usize, usize)) -> f64 {
        self.values[self.starts[table] + place]
    }
}

fn starts(shape: &Panel) -> Vec<usize> {
    let mut next = 0;
    shape
        .tables
        .iter()
        .map(|table| {
            let start = next;
            next += table.values.len();
            start
        })
        .collect()
}

/// The settings of a comparison.
#[derive(Clone, Copy, Debug)]
pub struct Setup<'a> {
    /// The arms; all others are compared with the first.
    pub arms: &'a [Arm],
    /// By arm: the same metrics, checked against that arm.
    pub metrics: &'a [ArmMetrics],
    /// Maximum number of replications of each arm.
    pub replications: u32,
    /// Relative precision at which the runs stop: half the width of the interval of a mean difference, over the size of the
    /// mean in the first arm.
    pub precision: Option<f64>,
}

/// The results of a comparison.
#[derive(Clone, Debug)]
pub struct Compared {
    /// The comparison of each other arm with the first.
    pub comparisons: Vec<Comparison>,
    /// Number of finished replications.
    pub replications: u32,
}

/// The metrics of a command without `--metric`: gross profit of each cloud over the horizon, revenue of the two largest labs at
/// its end, spend, routed share and the cost of leaving a cloud.
#[must_use]
pub fn default_metrics(loaded: &Loaded) -> Vec<String> {
    let scenario = &loaded.scenario;
    let months = scenario.months.0;
    let mut found: Vec<String> = scenario
        .cloud
        .iter()
        .map(|cloud| {
            format!(
                "sum(clouds.{}.gross_profit_usd[1..{months}])",
                cloud.name.text
            )
        })
        .collect();
    let mut labs: Vec<_> = scenario.lab.iter().collect();
    let size = |lab: &LabSpec| match (&lab.run_rate, &lab.spend_share) {
        (Some(run_rate), _) => run_rate.median(),
        (None, Some(share)) => share.median() * scenario.demand.enterprise_spend.median(),
        (None, None) => 0.0,
    };
    labs.sort_by(|a, b| size(b).total_cmp(&size(a)));
    found.extend(
        labs.iter()
            .take(2)
            .map(|lab| format!("labs.{}.run_rate_usd[{months}]", lab.name.text)),
    );
    found.push(format!("sum(market.market.spend_usd[1..{months}])"));
    for column in [MarketRow::routed_share, MarketRow::months_to_leave_cloud] {
        found.push(format!("market.market.{}[{months}]", column.measure));
    }
    found
}

/// Replications between checks of the precision.
const LOOK: u32 = 20;

/// A simulation that records tables, and the flows that metrics read; other flows are not compared.
fn of_tables<'a>(loaded: &'a Loaded, metrics: &ArmMetrics) -> Simulation<'a> {
    let simulation = Simulation::of(loaded);
    let months = simulation.catalog.calendar.months();
    simulation.observing(Observed::tables(months).with_flows_of(&metrics.observed))
}

/// Runs all arms and compares each with the first. An early end still returns the replications compared until then.
pub fn compare(
    setup: Setup<'_>,
    checkpoint: RunCheckpoint<'_>,
    runner: Runner<'_>,
) -> (Compared, Result<(), Stopped>) {
    let arms = setup.arms;
    let simulations: Vec<Simulation<'_>> = (arms.iter().zip(setup.metrics))
        .map(|(arm, metrics)| of_tables(&arm.loaded, metrics))
        .collect();
    let (mut found, starts) = begin(setup, &simulations);
    let metrics = setup.metrics.first().map_or(0, |arm| arm.metrics.len());
    let all_values = |(arm, replication): Run| {
        replicate(&arms[arm].name, &simulations[arm], replication, |panel| {
            let tables = panel.tables.iter().flat_map(|table| &table.values);
            let metrics = setup.metrics[arm].values(panel);
            tables.copied().chain(metrics).collect()
        })
    };
    while found.replications < setup.replications {
        let until = match setup.precision {
            Some(_) => (found.replications + LOOK).min(setup.replications),
            None => setup.replications,
        };
        let runs: Vec<Run> = (found.replications..until)
            .flat_map(|replication| (0..arms.len()).map(move |arm| (arm, replication)))
            .collect();
        let done = u64::from(found.replications) * arms.len() as u64;
        let mut row: Vec<Flat> = Vec::new();
        let mut take = |(arm, _): Run, mut values: Vec<f64>| {
            row.push(Flat {
                metrics: values.split_off(values.len() - metrics),
                values,
                starts: starts[arm].clone(),
            });
            if row.len() == arms.len() {
                found.add(&row);
                row.clear();
            }
        };
        let runner = runner.after(done);
        let ended = runner.run(&runs, &all_values, checkpoint, &mut take);
        let is_done = |wanted| is_precise(&found, wanted);
        if ended.is_err() || setup.precision.is_some_and(is_done) {
            return (found, ended);
        }
    }
    (found, Ok(()))
}

/// Empty comparisons, and by arm the place of each table in a row of all values.
fn begin(setup: Setup<'_>, simulations: &[Simulation<'_>]) -> (Compared, Vec<Vec<usize>>) {
    let months = |simulation: &Simulation<'_>| simulation.catalog.calendar.months();
    let shapes: Vec<Panel> = simulations
        .iter()
        .map(|simulation| rows::panel(simulation.scenario, months(simulation)))
        .collect();
    let shared = simulations.iter().map(months).min().unwrap_or(0);
    let metrics = setup.metrics.first().map_or(0, |arm| arm.metrics.len());
    let comparison = |arm| Comparison::new(arm, &shapes[0], &shapes[arm], shared, metrics);
    let found = Compared {
        comparisons: (1..shapes.len()).map(comparison).collect(),
        replications: 0,
    };
    (found, shapes.iter().map(starts).collect())
}

impl Compared {
    /// Adds a replication of all arms.
    fn add(&mut self, arms: &[Flat]) {
        for comparison in &mut self.comparisons {
            comparison.add(&arms[0], &arms[comparison.arm]);
        }
        self.replications += 1;
    }
}

/// True if the mean difference of every metric is known to within `wanted` of its mean in the first arm.
fn is_precise(found: &Compared, wanted: f64) -> bool {
    let mut pairs = found.comparisons.iter().flat_map(|c| &c.headlines);
    pairs.all(|pair| pair.half_width(true) <= adjusted_precision(wanted) * pair.first.mean.abs())
}

#[cfg(test)]
mod tests {
    use super::super::arms::metrics_of;
    use super::*;
    use crate::market::rows::CloudRow;
    use crate::runner::NoCheckpoint;
    use crate::scenario::{Request, load};

    fn arm(name: &str, sets: &[&str]) -> Arm {
        let mut all = vec!["months=4".to_owned(), "run.enterprises=60".to_owned()];
        all.extend(sets.iter().map(ToString::to_string));
        Arm {
            name: name.to_owned(),
            loaded: load(&Request {
                sets: all,
                ..Request::default()
            })
            .unwrap(),
        }
    }

    #[test]
    fn equal_scenarios_differ_by_exactly_zero_and_others_do_not() {
        let arms = vec![
            arm("a", &[]),
            arm("b", &[]),
            arm("c", &["router.aws-router.take_rate=0.05"]),
        ];
        let texts = [
            "sum(clouds.aws.routing_fee_usd[1..4])",
            "flows.openai.aws.usd[2]",
        ]
        .map(str::to_owned);
        let metrics = metrics_of(&arms, &texts).unwrap();
        let setup = Setup {
            arms: &arms,
            metrics: &metrics,
            replications: 6,
            precision: None,
        };
        let (compared, ended) = compare(setup, &mut NoCheckpoint, Runner::quiet());
        assert_eq!((compared.replications, ended), (6, Ok(())));
        let found = &compared.comparisons;
        assert!(found[0].lines.iter().all(|line| {
            let difference = &line.pair.difference;
            difference.mean().to_bits() == 0 && difference.sd().to_bits() == 0
        }));
        let fees = found[1].series(CloudRow::routing_fee_usd, "aws");
        assert_eq!(fees.len(), 4);
        assert!(
            fees.iter()
                .all(|line| line.pair.difference.signs().0 > 0.99)
        );
        let sum: f64 = fees.iter().map(|line| line.pair.difference.mean()).sum();
        assert!((found[1].headlines[0].difference.mean() / sum - 1.0).abs() < 1e-12);
        // Flows are observed where a metric reads them.
        assert!(found[1].headlines[1].first.mean > 0.0);
        // Equal arms have no variance: the first check of the precision stops the runs.
        let setup = Setup {
            arms: &arms[..2],
            replications: 60,
            precision: Some(0.02),
            ..setup
        };
        assert_eq!(
            compare(setup, &mut NoCheckpoint, Runner::quiet())
                .0
                .replications,
            20
        );
        let rates = found[1].discovery_rates();
        assert!(rates.iter().any(|rate| *rate < 0.05) && rates.iter().any(|rate| *rate > 0.5));
        assert!(found[1].apart.is_empty());
    }
}
