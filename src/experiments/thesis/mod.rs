//! Theses: claims as data, judged on paired replications. What the words of the verdicts mean is in `docs/theses.md`.

mod audit;
mod finding;
mod flip;
mod spec;

pub use audit::{RATE, Search, audit};
pub use finding::{Finding, Flip, Move, Region, Side, Verdict};
pub use flip::FARTHEST;
pub use spec::{ArmSpec, Test, Theses, ThesesSpec, ThesisSpec, Whose, read};
