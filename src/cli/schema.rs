//! `tollway schema`.

use clap::{Args, ValueEnum};

use super::{Failure, print};
use crate::experiments::game::spec::{CertificateSpec, GameSpec};
use crate::scenario::record::Field as _;

/// Options of `tollway schema`.
#[derive(Debug, Args)]
pub(super) struct SchemaArgs {
    /// Kind of file.
    #[arg(value_enum, default_value_t = FileKind::Scenario)]
    kind: FileKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FileKind {
    Scenario,
    Game,
    Certificate,
}

/// Prints the JSON Schema of a kind of file.
pub(super) fn schema(args: &SchemaArgs) -> Result<(), Failure> {
    let schema = match args.kind {
        FileKind::Scenario => crate::scenario::schema(),
        FileKind::Game => GameSpec::schema(),
        FileKind::Certificate => CertificateSpec::schema(),
    };
    let text = serde_json::to_string_pretty(&schema).expect("schemas have text keys");
    print(&format!("{text}\n"))
}
