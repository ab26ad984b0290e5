//! Market of one replication, in rooms by actor: data at the bottom, actors above, books on top.
//!
//! | room | contents |
//! | --- | --- |
//! | [`world`], [`event`] | the [`World`], which owns all state, and the [`Event`]s that can happen to it |
//! | [`parameters`] | the numbers of a scenario, drawn for one replication |
//! | [`state`] | plain data that several rooms share |
//! | [`catalog`] | offers, lanes and nests: the models on sale, by seller and place |
//! | [`scene`] | the view that enterprises act on |
//! | [`offers`] | mixes of models behind offers; publication of prices and weights |
//! | [`customers`] | enterprises: population, reviews, weights, switching stakes, migrations |
//! | [`clouds`] | capacity, silicon, rents, clearing |
//! | [`labs`] | releases, prices, money, commitments, distress, entry |
//! | [`routers`] | fees, steering, credibility |
//! | [`policy`] | regulators, law, dated events, shocks, incidents, open weights |
//! | [`books`] | settlement, month end, identities |
//! | [`opening`] | the market at the start: inversion of shares, first offers, first events |
//! | [`rows`] | observation of a month: one typed row a table |

pub mod books;
pub mod catalog;
pub mod clouds;
pub mod customers;
pub mod event;
pub mod integrators;
pub mod labs;
pub mod law;
pub mod offers;
pub mod opening;
pub mod parameters;
pub mod policy;
pub mod routers;
pub mod rows;
pub mod scene;
pub mod state;
pub mod world;

pub use event::{Caused, Context, Event};
pub use world::World;
