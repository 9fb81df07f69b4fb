//! The machine on which figures were measured.

use std::{fs, process::Command, thread};

/// Description of a machine and its software, one line each.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    /// Processor, cores and memory.
    pub hardware: String,
    /// Versions of the kernel, compiler and Redis.
    pub software: String,
}

impl Machine {
    #[must_use]
    pub(crate) fn this() -> Self {
        let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let meminfo = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let cores = thread::available_parallelism().map_or(0, usize::from);
        let processor = value_of("model name", &cpuinfo).unwrap_or("unknown processor");
        let memory_gib = value_of("MemTotal", &meminfo).map_or(0.0, gib);
        Self {
            hardware: format!("{processor}, {cores} cores, {memory_gib:.0} GiB"),
            software: format!(
                "Linux {}, {}, {}",
                kernel.trim(),
                said_by("rustc"),
                said_by("redis-server")
            ),
        }
    }
}

fn value_of<'a>(key: &str, text: &'a str) -> Option<&'a str> {
    let line = text.lines().find(|line| line.starts_with(key))?;
    line.split_once(':').map(|(_, value)| value.trim())
}

fn gib(kibibytes: &str) -> f64 {
    let number = kibibytes
        .split_whitespace()
        .next()
        .and_then(|number| number.parse::<f64>().ok());
    number.unwrap_or_default() / 1_048_576.0
}

/// Returns the version that `program --version` reports.
fn said_by(program: &str) -> String {
    let said = Command::new(program).arg("--version").output().ok();
    let said = said
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .unwrap_or_default();
    let version = said.split_whitespace().find_map(|word| {
        let version = word.strip_prefix("v=").unwrap_or(word);
        version
            .starts_with(|first: char| first.is_ascii_digit())
            .then_some(version)
    });
    format!("{program} {}", version.unwrap_or("of unknown version"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_proc_files_are_read() {
        let text = "processor : 0\nmodel name\t: Some CPU @ 2 GHz\n";
        assert_eq!(value_of("model name", text), Some("Some CPU @ 2 GHz"));
        assert_eq!(value_of("MemTotal", text), None);
        assert!((gib("2097152 kB") - 2.0).abs() < f64::EPSILON);
    }
}
