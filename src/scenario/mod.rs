//! Scenario files: text becomes a tree, the tree becomes records, and records are checked. Every fault is shown at its
//! line.

pub mod change;
pub mod check;
pub mod edit;
pub mod fault;
mod files;
pub mod load;
pub mod merge;
pub mod names;
pub mod overridden;
pub mod quantity;
pub mod record;
pub mod records;
pub mod reference;
mod set;
pub mod source;
pub mod stated;
pub mod text;
pub mod tree;

pub use change::Change;
pub use fault::{Fault, Faults};
pub use load::{Loaded, Request, load, load_tree};
pub use records::Scenario;
pub use set::apply_set;

/// The built-in baseline: the market as of 2026-03-31.
pub const BASELINE: &str = include_str!("../../scenarios/baseline.toml");

/// The JSON Schema of scenario files, for completion and checks in editors. No key is required, because a file that
/// extends another states only its edits.
#[must_use]
pub fn schema() -> serde_json::Value {
    let mut schema = <Scenario as record::Field>::schema();
    if let Some(object) = schema.as_object_mut() {
        object.insert(
            "$schema".to_owned(),
            "https://json-schema.org/draft/2020-12/schema".into(),
        );
        object.insert("title".to_owned(), "Tollway scenario".into());
    }
    relax(&mut schema);
    schema
}

/// Drops lists of required keys and allows `remove`, because an overlay names only the entries that it edits.
fn relax(schema: &mut serde_json::Value) {
    match schema {
        serde_json::Value::Object(object) => {
            if object.get("additionalProperties") == Some(&serde_json::Value::Bool(false))
                && !object.contains_key("oneOf")
            {
                object.remove("required");
                if let Some(properties) =
                    object.get_mut("properties").and_then(|p| p.as_object_mut())
                {
                    properties.insert("remove".to_owned(), serde_json::json!({ "const": true }));
                }
            }
            object.values_mut().for_each(relax);
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(relax),
        _ => {}
    }
}
