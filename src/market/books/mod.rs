//! Money of the month: volumes are settled when prices change, become flows at month end, and are checked by identities.

pub mod identities;
pub mod month_end;
pub mod settlement;
