//! The `tollway` program. Parses the command line, runs the command, prints errors and sets the exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    tollway::cli::main()
}
