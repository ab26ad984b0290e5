//! `tollway schema`.

use super::{Failure, print};

/// Prints the JSON Schema of scenario files.
pub(super) fn schema() -> Result<(), Failure> {
    let text =
        serde_json::to_string_pretty(&crate::scenario::schema()).expect("schemas have text keys");
    print(&format!("{text}\n"))
}
