//! Results of `cargo bench`, as criterion stores them.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::Context as _;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

/// Median times by the names of benchmarks.
#[derive(Debug, Default)]
pub(super) struct Estimates(BTreeMap<String, f64>);

/// The file `benchmark.json`.
#[derive(Deserialize)]
struct Benchmark {
    /// Name of the group and of the benchmark, separated by a slash.
    full_id: String,
    #[serde(default)]
    throughput: Value,
}

/// The file `estimates.json`.
#[derive(Deserialize)]
struct Times {
    median: Estimate,
}

#[derive(Deserialize)]
struct Estimate {
    /// Nanoseconds per iteration.
    point_estimate: f64,
}

impl Estimates {
    /// Reads all results below criterion's directory.
    ///
    /// # Errors
    /// Fails if a file can't be read or does not have the expected format.
    pub(super) fn read(directory: &Path) -> anyhow::Result<Self> {
        let mut found = Self::default();
        found.add(directory)?;
        Ok(found)
    }

    /// Adds the results in a directory and below it.
    fn add(&mut self, directory: &Path) -> anyhow::Result<()> {
        let name = directory.display();
        let entries = fs::read_dir(directory).with_context(|| format!("{name} can't be read"))?;
        for entry in entries {
            let path = entry.with_context(|| format!("{name} can't be read"))?.path();
            if path.is_dir() {
                self.add(&path)?;
            }
        }
        // Other directories have the results of earlier runs, or of comparisons with these.
        if directory.ends_with("new") && directory.join("benchmark.json").is_file() {
            let benchmark: Benchmark = json_in(&directory.join("benchmark.json"))?;
            let times: Times = json_in(&directory.join("estimates.json"))?;
            let elements = benchmark.throughput["Elements"].as_u64().unwrap_or(1).max(1);
            let per_element = times.median.point_estimate / elements as f64;
            self.0.insert(benchmark.full_id, per_element);
        }
        Ok(())
    }

    /// Returns the time of one element in a benchmark, in nanoseconds, or of an iteration if it has no elements.
    ///
    /// # Errors
    /// Fails if there is no such result.
    pub(super) fn ns(&self, benchmark: &str) -> anyhow::Result<f64> {
        self.0
            .get(benchmark)
            .copied()
            .with_context(|| format!("there is no result of the benchmark `{benchmark}`"))
    }
}

fn json_in<T: DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    let name = path.display();
    let text = fs::read(path).with_context(|| format!("{name} can't be read"))?;
    serde_json::from_slice(&text).with_context(|| format!("{name} does not have the expected format"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Writes the result of a benchmark into a directory, as criterion 0.8 does.
    fn write(directory: &Path, id: &str, throughput: &Value, median: f64) {
        fs::create_dir_all(directory).unwrap();
        let estimate = |value: f64| {
            json!({
                "confidence_interval": {"confidence_level": 0.95, "lower_bound": value, "upper_bound": value},
                "point_estimate": value, "standard_error": 0.1,
            })
        };
        let benchmark = json!({
            "group_id": "a", "function_id": "b", "value_str": null, "throughput": throughput, "full_id": id,
            "directory_name": "a/b", "title": id,
        });
        let estimates = json!({
            "mean": estimate(median * 2.0), "median": estimate(median), "median_abs_dev": estimate(1.0),
            "slope": null, "std_dev": estimate(1.0),
        });
        fs::write(directory.join("benchmark.json"), benchmark.to_string()).unwrap();
        fs::write(directory.join("estimates.json"), estimates.to_string()).unwrap();
    }

    #[test]
    fn the_newest_results_are_read_per_element() {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        write(&at("a/b/new"), "a/b", &json!({"Elements": 100}), 5_000.0);
        write(&at("a/b/base"), "a/b", &json!({"Elements": 100}), 9_000.0);
        write(&at("a/c, d/new"), "a/c, d", &Value::Null, 70.0);
        write(&at("e/new"), "e", &json!({"Bytes": 10}), 30.0);
        fs::create_dir_all(at("a/b/report")).unwrap();
        let estimates = Estimates::read(root.path()).unwrap();
        let found = ["a/b", "a/c, d", "e"].map(|id| estimates.ns(id).unwrap());
        assert_eq!(found, [50.0, 70.0, 30.0]);
    }

    #[test]
    fn a_missing_result_is_named() {
        let fault = Estimates::default()
            .ns("serve rooms/one room of all vehicles")
            .unwrap_err();
        assert_eq!(
            fault.to_string(),
            "there is no result of the benchmark `serve rooms/one room of all vehicles`"
        );
        let root = tempfile::tempdir().unwrap();
        assert!(Estimates::read(&root.path().join("criterion")).is_err());
    }

    #[test]
    fn a_file_of_another_format_is_named() {
        let root = tempfile::tempdir().unwrap();
        let new = root.path().join("a/new");
        write(&new, "a", &Value::Null, 1.0);
        fs::write(new.join("estimates.json"), "{}").unwrap();
        let fault = Estimates::read(root.path()).unwrap_err().to_string();
        assert!(
            fault.ends_with("a/new/estimates.json does not have the expected format"),
            "{fault}"
        );
    }
}
