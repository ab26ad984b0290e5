//! Labs: releases, list prices, money, commitments, distress and entry.

pub mod commitments;
pub mod distress;
pub mod entry;
pub mod finance;
pub mod price_game;
pub mod prices;
pub mod releases;
