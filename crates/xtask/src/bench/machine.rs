//! What a table of measurements must say of where they were made.

use std::path::Path;

use crate::process::{command, read};

/// Processor, cores, compiler, version of the project.
pub fn describe(root: &Path) -> String {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let processor = processor(&std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default());
    let compiler = read(command("rustc").arg("--version")).unwrap_or_default();
    let compiler: Vec<&str> = compiler.split(' ').take(2).collect();
    let mut text = format!("{cores} cores ({processor}), {}", compiler.join(" "));
    let mut git = command("git");
    git.current_dir(root).args(["log", "-1", "--format=%h of %cs"]).stderr(std::process::Stdio::null());
    if let Ok(commit) = read(&mut git) {
        text.push_str(&format!(", commit {}", commit.trim()));
    }
    text
}

fn processor(cpuinfo: &str) -> String {
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    model.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, name)| name.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_has_its_own_name() {
        let cpuinfo = "processor\t: 0\nmodel name\t: Some CPU @ 2.0GHz\nflags\t: a b\n";
        assert_eq!(processor(cpuinfo), "Some CPU @ 2.0GHz");
        assert_eq!(processor(""), std::env::consts::ARCH);
    }
}
