use std::process::ExitCode;

fn main() -> ExitCode {
    sentistack::cli::main()
}
