//! `tollway explain`.

use clap::Args;

use super::{Failure, ScenarioArgs, print};
use crate::scenario::fault::suggestion;
use crate::scenario::stated::{Stated, stated};
use crate::scenario::{Fault, Faults, load};

/// Options of `tollway explain`.
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    #[command(flatten)]
    scenario: ScenarioArgs,
    /// Show only values whose path starts with this, e.g. router or cloud.aws.egress.
    key: Option<String>,
}

/// Shows each value with its place, source and class.
pub(super) fn explain(args: &ExplainArgs) -> Result<(), Failure> {
    let mut request = args.scenario.request();
    let mut key = args.key.clone();
    // `tollway explain KEY` explains the baseline: an argument that is not a file and not a .toml name is a key.
    if let (Some(first), None) = (&request.file, &key)
        && !first.exists()
        && first
            .extension()
            .is_none_or(|extension| extension != "toml")
    {
        key = Some(first.display().to_string());
        request.file = None;
    }
    let loaded = load(&request)?;
    let all = stated(&loaded.tree);
    let wanted = |path: &str| match &key {
        None => true,
        Some(key) => path == key || path.starts_with(&format!("{key}.")),
    };
    let mut out = String::new();
    for value in all.iter().filter(|value| wanted(&value.path)) {
        out.push_str(&line(value));
    }
    if out.is_empty() {
        let key = key.unwrap_or_default();
        let mut tops: Vec<&str> = all.iter().map(|value| value.path.as_str()).collect();
        tops.extend(
            all.iter()
                .filter_map(|value| value.path.rsplit_once('.').map(|(head, _)| head)),
        );
        let near = crate::scenario::fault::nearest(&key, tops.iter().copied());
        let help = near.map_or_else(
            || {
                suggestion(
                    &key,
                    loaded
                        .tree
                        .as_table()
                        .into_iter()
                        .flat_map(|t| t.entries.iter())
                        .map(|entry| entry.key.as_str()),
                )
            },
            |near| format!("did you mean `{near}`?"),
        );
        return Err(Faults(vec![
            Fault::nowhere(format!("no value has the path `{key}`")).help(help),
        ])
        .into());
    }
    print(&out)
}

fn line(stated: &Stated) -> String {
    let Stated {
        path,
        value,
        unit,
        class,
        source,
        place,
    } = stated;
    if class.is_empty() {
        return format!("{path} = {value}\n    {place}\n");
    }
    let source = if source.is_empty() {
        "no source"
    } else {
        source
    };
    format!("{path} = {value} {unit}\n    {class}, {place}: {source}\n")
}
