//! Theses: claims as data, tested on paired replications. `docs/theses.md` defines the verdicts.

mod audit;
mod finding;
mod flip;
mod spec;

pub use audit::{RATE, Search, audit};
pub use finding::{Finding, Flip, Move, Region, Side, Verdict};
pub use flip::FARTHEST;
pub use spec::{ArmSpec, Test, Theses, ThesesSpec, ThesisSpec, Whose, read};
