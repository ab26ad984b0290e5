//! Money of the month. Volumes are settled when prices change, become flows at month end, and are checked by accounting
//! identities.

pub mod compute;
pub mod identities;
pub mod month_end;
mod seats;
pub mod settlement;
