//! Empty panel of a scenario: its tables, entities and measures.

use super::market::PRICE_INDEX;
use super::stakes::stake_pairs;
use super::{
    BacklogRow, CloudRow, HolderRow, HostRow, IntegratorRow, LabRow, MarketRow, ModelRow, OfferRow,
    RegulatorRow, RouterRow, SegmentRow, StakeRow, SwitchingRow, VendorRow,
};
use crate::base::ids::Id;
use crate::economics::switching::{Cause, Move};
use crate::market::catalog::SELF_HOST;
use crate::market::state::accounts::Accounts;
use crate::market::state::backlog::backlog_pairs;
use crate::panel::{Declared, Measure, Panel, Row, Table};
use crate::scenario::Scenario;
use crate::scenario::record::Name;

/// Declared table: its name, the name of its entity column, and its measures.
pub type DeclaredTable = (&'static str, &'static str, &'static [Declared]);

/// Returns all tables by month and entity as their rows declare them, in the order of [`Panel::tables`].
#[must_use]
pub fn declared() -> Vec<DeclaredTable> {
    fn of<R: Row>() -> DeclaredTable {
        (R::TABLE, R::ENTITY, R::MEASURES)
    }
    vec![
        of::<CloudRow>(),
        of::<LabRow>(),
        of::<ModelRow>(),
        of::<OfferRow>(),
        of::<HostRow>(),
        of::<RouterRow>(),
        of::<SegmentRow>(),
        of::<SwitchingRow>(),
        of::<MarketRow>(),
        of::<VendorRow>(),
        of::<IntegratorRow>(),
        of::<RegulatorRow>(),
        of::<HolderRow>(),
        of::<StakeRow>(),
        of::<BacklogRow>(),
    ]
}

fn texts<'a>(names: impl IntoIterator<Item = &'a Name>) -> Vec<String> {
    names.into_iter().map(|name| name.text.clone()).collect()
}

/// Creates an empty panel of a scenario.
#[must_use]
pub fn panel(scenario: &Scenario, months: usize) -> Panel {
    let clouds = texts(scenario.cloud.iter().map(|x| &x.name));
    let labs = texts(scenario.lab.iter().map(|x| &x.name));
    let vendors = texts(scenario.vendor.iter().map(|x| &x.name));
    let investors = texts(scenario.investor.iter().map(|x| &x.name));
    let routers = texts(scenario.router.iter().map(|x| &x.name));
    let channels = texts(scenario.channel.iter().map(|x| &x.name));
    let self_host = scenario.self_host.iter().map(|_| SELF_HOST.to_owned());
    let offers = [channels, routers.clone(), self_host.collect()].concat();
    let holders = [clouds.clone(), labs.clone(), vendors.clone(), investors].concat();
    let hosts = labs
        .iter()
        .flat_map(|lab| clouds.iter().map(move |cloud| format!("{lab}|{cloud}")))
        .collect();
    let parties: Vec<&Name> = scenario.parties().map(|(_, name)| name).collect();
    let stakes = stake_pairs(scenario).into_iter();
    let stakes = stakes
        .map(|(holder, lab)| format!("{}|{}", parties[holder.index()].text, labs[lab.index()]))
        .collect();
    let backlog = backlog_pairs(scenario).into_iter();
    let backlog = backlog
        .map(|(lab, cloud)| format!("{}|{}", labs[lab.index()], clouds[cloud.index()]))
        .collect();
    let segments = texts(scenario.segment.iter().map(|x| &x.name));
    let integrators = texts(scenario.integrator.iter().map(|x| &x.name));
    let regulators = texts(scenario.regulator.iter().map(|x| &x.name));
    let moves = Move::ALL.map(|kind| kind.name().to_owned()).to_vec();
    Panel {
        switching: Table {
            entity: "cell",
            ..Table::of::<SwitchingRow>(switching_cells(&segments, &clouds), months)
        },
        tables: vec![
            Table::of::<CloudRow>(clouds, months),
            Table::of::<LabRow>(labs, months),
            Table::of::<ModelRow>(texts(scenario.model.iter().map(|x| &x.name)), months),
            Table::of::<OfferRow>(offers, months),
            Table::of::<HostRow>(hosts, months),
            Table::of::<RouterRow>(routers, months),
            Table::of::<SegmentRow>(segments, months),
            Table::of::<SwitchingRow>(moves, months),
            Table::with::<MarketRow>(vec!["market".to_owned()], price_indices(scenario), months),
            Table::of::<VendorRow>(vendors, months),
            Table::of::<IntegratorRow>(integrators, months),
            Table::of::<RegulatorRow>(regulators, months),
            Table::of::<HolderRow>(holders, months),
            Table::of::<StakeRow>(stakes, months),
            Table::of::<BacklogRow>(backlog, months),
        ],
        flows: Vec::new(),
        events: Vec::new(),
        accounts: Accounts::names(scenario),
        reviewed: 0,
        decisions: 0,
        handled: 0,
    }
}

/// Returns the entities of detailed switching costs: segment, home cloud, move and cause.
fn switching_cells(segments: &[String], clouds: &[String]) -> Vec<String> {
    let mut cells = Vec::new();
    for segment in segments {
        for cloud in clouds {
            for kind in Move::ALL {
                for cause in Cause::ALL {
                    cells.push(format!(
                        "{segment}|{cloud}|{}|{}",
                        kind.name(),
                        cause.name()
                    ));
                }
            }
        }
    }
    cells
}

/// Returns the price index measures of a scenario: one for each task and tier.
fn price_indices(scenario: &Scenario) -> Vec<Measure> {
    let mut indices = Vec::new();
    for task in &scenario.task {
        for tier in &scenario.tier {
            let (task, tier) = (&task.name.text, &tier.name.text);
            indices.push(Measure {
                name: format!("price_index_{task}_{tier}").replace('-', "_"),
                unit: "index",
                short: format!("price index of {tier} models for {task}"),
                doc: PRICE_INDEX,
            });
        }
    }
    indices
}
