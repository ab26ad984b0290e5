//! Tollway simulates the cloud AI inference market: who collects the toll on each dollar of inference, and what would
//! change that.
//!
//! The model on one page. A [`scenario`] file states a market: every number has a unit, a source and a class, and may
//! be uncertain. A [`simulation`] draws the uncertain numbers and builds a [`market::World`]: a synthetic population of
//! enterprises with workloads, labs with models, clouds with capacity, routers, silicon vendors, integrators,
//! regulators, and the holdings between firms. The [`kernel`] moves time. Market events (releases, deliveries, price
//! reviews, funding rounds, cases, incidents, entries, shocks, month ends) happen in one total order. Agent events
//! (adopt, review, renew, move) happen in windows of one day, in which every enterprise sees the last published view of
//! the market. Decisions are pure functions of [`economics`]. Money moves only through the [`ledger`], where each
//! dollar keeps its origin. A [`panel`] holds the observed measures, an [`ensemble`] of replications gives their
//! distributions, and `report` writes them.
//!
//! Dependencies point one way: units, ids, time, elementary functions and rng; then kernel, ledger, panel, economics
//! and scenario; then market, simulation, ensemble, [`metric`], [`verify`], [`experiments`] and [`evidence`] (fits,
//! forecasts from past dates, scores); then report and cli. The engine needs neither `report` nor `cli`.

pub mod base;
#[cfg(feature = "cli")]
pub mod cli;
pub mod csv_text;
pub mod economics;
pub mod ensemble;
pub mod evidence;
pub mod experiments;
pub mod kernel;
pub mod ledger;
pub mod market;
pub mod metric;
pub mod observations;
pub mod panel;
#[cfg(feature = "report")]
pub mod report;
pub mod runner;
pub mod scenario;
pub mod simulation;
pub mod stats;
pub mod verify;
