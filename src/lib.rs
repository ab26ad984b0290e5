//! Tollway simulates the cloud AI inference market: who collects the toll on each dollar of inference, and what
//! would change that.
//!
//! The model on one page. A [`scenario`] file states a market: every number with unit, source and class, any of
//! them uncertain. A [`simulation`] draws the uncertain numbers and builds a [`market::World`]: a synthetic
//! population of enterprises with workloads, labs with models, clouds with capacity, routers, silicon vendors,
//! integrators, regulators, and who owns whom. The [`kernel`] moves time: market events (releases, deliveries, price
//! reviews, rounds, cases, incidents, entries, shocks, month ends) in one total order,
//! agent events (adopt, review, renew, move) in windows of one day, in which every enterprise sees the market as
//! last published. Decisions are pure functions of [`economics`]; money moves only through the [`ledger`], where
//! each dollar keeps its origin. What is observed is a [`panel`]; an [`ensemble`] of replications gives
//! distributions, and `report` writes them.
//!
//! Dependencies point one way: units, ids, time, elementary functions, rng, then kernel, ledger, panel, economics and scenario, then
//! market, simulation, ensemble, [`metric`], [`verify`] and [`experiments`], [`evidence`] (fit, forecast from the past, score),
//! report and cli. The engine needs neither `report` nor `cli`.

#[cfg(feature = "cli")]
pub mod cli;
pub mod csv_text;
pub mod economics;
pub mod elementary;
pub mod ensemble;
pub mod evidence;
pub mod experiments;
pub mod ids;
pub mod kernel;
pub mod ledger;
pub mod market;
pub mod metric;
pub mod observations;
pub mod panel;
#[cfg(feature = "report")]
pub mod report;
pub mod rng;
pub mod runner;
pub mod scenario;
pub mod simulation;
pub mod stats;
pub mod time;
pub mod units;
pub mod verify;
