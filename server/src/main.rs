//! The binary `perfally`. What it can do stands in `command`.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let arguments = server::command::Arguments::parse();
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => {
            let code = runtime.block_on(server::command::run(arguments));
            // What still hashes a password or waits for a name must not hold up the end.
            runtime.shutdown_background();
            code
        }
        Err(error) => {
            eprintln!("perfally: the runtime could not start: {error}");
            ExitCode::FAILURE
        }
    }
}
