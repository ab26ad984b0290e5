//! Theses: claims as data, tested on paired replications. `docs/theses.md` defines the verdicts.

mod assumed;
mod audit;
mod check;
mod deciding;
mod finding;
mod flip;
mod judge;
mod kept;
mod region;
mod scan;
mod smallest;
mod spec;

pub use assumed::EXPLAINED;
pub use audit::{RATE, Search, audit};
pub use check::Test;
pub use deciding::{Deciding, InputSpec, ScanSpec};
pub use finding::{Assumed, BreakEven, Finding, Flip, Region, Shift, Side, Verdict};
pub use flip::FARTHEST;
pub use smallest::{Smallest, SmallestSpec};
pub use spec::{ArmSpec, Theses, ThesesSpec, ThesisSpec, Whose, read};
