//! The empty panel: tables, entities and measures of a scenario.

use crate::economics::switching::{Cause, Move};
use crate::market::catalog::SELF_HOST;
use crate::panel::{
    CLOUDS, HOLDERS, HOSTS, INTEGRATORS, LABS, MARKET, MODELS, Measure, OFFERS, PRICE_INDEX, Panel,
    REGULATORS, ROUTERS, SEGMENTS, SWITCHING, Table, VENDORS, columns,
};
use crate::scenario::Scenario;

/// An empty panel of a scenario.
#[expect(clippy::too_many_lines, reason = "one line a part, nothing else")]
#[must_use]
pub fn panel(scenario: &Scenario, months: usize) -> Panel {
    let names = |list: Vec<&crate::scenario::record::Name>| {
        list.into_iter()
            .map(|name| name.text.clone())
            .collect::<Vec<_>>()
    };
    let mut market = columns(MARKET);
    for task in &scenario.task {
        for tier in &scenario.tier {
            let name =
                format!("price_index_{}_{}", task.name.text, tier.name.text).replace('-', "_");
            market.push(Measure {
                name,
                unit: "index",
                doc: PRICE_INDEX,
            });
        }
    }
    let mut cells = Vec::new();
    for segment in &scenario.segment {
        for cloud in &scenario.cloud {
            for kind in Move::ALL {
                for cause in Cause::ALL {
                    cells.push(format!(
                        "{}|{}|{}|{}",
                        segment.name.text,
                        cloud.name.text,
                        kind.name(),
                        cause.name()
                    ));
                }
            }
        }
    }
    let pair = |lab: &str, cloud: &str| format!("{lab}|{cloud}");
    let hosts = (scenario.lab.iter())
        .flat_map(|lab| {
            let clouds = scenario.cloud.iter();
            clouds.map(move |cloud| pair(&lab.name.text, &cloud.name.text))
        })
        .collect();
    let moves = Move::ALL.map(|kind| kind.name().to_owned()).to_vec();
    Panel {
        tables: vec![
            Table::new(
                "clouds",
                "cloud",
                names(scenario.cloud.iter().map(|x| &x.name).collect()),
                columns(CLOUDS),
                months,
            ),
            Table::new(
                "labs",
                "lab",
                names(scenario.lab.iter().map(|x| &x.name).collect()),
                columns(LABS),
                months,
            ),
            Table::new(
                "models",
                "model",
                names(scenario.model.iter().map(|x| &x.name).collect()),
                columns(MODELS),
                months,
            ),
            Table::new(
                "offers",
                "offer",
                names(
                    (scenario.channel.iter().map(|x| &x.name))
                        .chain(scenario.router.iter().map(|x| &x.name))
                        .collect(),
                )
                .into_iter()
                .chain(scenario.self_host.iter().map(|_| SELF_HOST.to_owned()))
                .collect(),
                columns(OFFERS),
                months,
            ),
            Table::new("hosts", "lab_cloud", hosts, columns(HOSTS), months),
            Table::new(
                "routers",
                "router",
                names(scenario.router.iter().map(|x| &x.name).collect()),
                columns(ROUTERS),
                months,
            ),
            Table::new(
                "segments",
                "segment",
                names(scenario.segment.iter().map(|x| &x.name).collect()),
                columns(SEGMENTS),
                months,
            ),
            Table::new("switching", "move", moves, columns(SWITCHING), months),
            Table::new(
                "market",
                "market",
                vec!["market".to_owned()],
                market,
                months,
            ),
            Table::new(
                "vendors",
                "vendor",
                names(scenario.vendor.iter().map(|x| &x.name).collect()),
                columns(VENDORS),
                months,
            ),
            Table::new(
                "integrators",
                "integrator",
                names(scenario.integrator.iter().map(|x| &x.name).collect()),
                columns(INTEGRATORS),
                months,
            ),
            Table::new(
                "regulators",
                "regulator",
                names(scenario.regulator.iter().map(|x| &x.name).collect()),
                columns(REGULATORS),
                months,
            ),
            Table::new(
                "holders",
                "holder",
                names(
                    (scenario.cloud.iter().map(|x| &x.name))
                        .chain(scenario.lab.iter().map(|x| &x.name))
                        .chain(scenario.vendor.iter().map(|x| &x.name))
                        .chain(scenario.investor.iter().map(|x| &x.name))
                        .collect(),
                ),
                columns(HOLDERS),
                months,
            ),
        ],
        switching: Table::new("switching", "cell", cells, columns(SWITCHING), months),
        flows: Vec::new(),
        events: Vec::new(),
        accounts: Vec::new(),
        reviewed: 0,
        decisions: 0,
        handled: 0,
    }
}
