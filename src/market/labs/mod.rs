//! Labs: releases, list prices, finance, compute commitments, hosts, distress and entry.

pub mod backlog;
pub mod commitments;
pub mod distress;
pub mod entry;
pub mod finance;
pub mod hosts;
pub mod price_game;
pub mod prices;
pub mod releases;
pub mod rounds;
