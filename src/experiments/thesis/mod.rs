//! Theses: claims as data, judged on paired replications. What the words of the verdicts mean is in `docs/theses.md`.

mod audit;
mod flip;
mod spec;

pub use audit::{Finding, RATE, Region, Search, Side, Verdict, audit};
pub use flip::{FARTHEST, Flip, Move};
pub use spec::{ArmSpec, Test, Theses, ThesesSpec, ThesisSpec, Whose, read};
