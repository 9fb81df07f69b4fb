//! Dependencies between crates must point inward. The allowed dependencies are listed only here.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use serde_json::Value;

/// The crates of this workspace that each crate may depend on. Dev-dependencies are not restricted.
const ALLOWED: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("ros2-messages", &[]),
    ("console", &[]),
    ("live", &["domain"]),
    ("track-codec", &["domain"]),
    ("application", &["domain", "live"]),
    ("simulator", &["domain", "application"]),
    ("tls-client", &[]),
    ("observability", &["domain", "application", "tls-client"]),
    ("adapters-memory", &["domain", "application"]),
    ("circuit-breaker", &["application"]),
    (
        "adapters-postgres",
        &["domain", "application", "circuit-breaker", "tls-client"],
    ),
    (
        "adapters-redis",
        &["domain", "application", "circuit-breaker", "ros2-messages"],
    ),
    ("adapters-auth", &["domain", "application"]),
    ("http-edge", &["domain", "application", "observability"]),
    ("strict-json", &["domain"]),
    ("import-export", &["domain", "application", "strict-json"]),
    (
        "api-graphql",
        &[
            "domain",
            "application",
            "strict-json",
            "http-edge",
            "observability",
        ],
    ),
    (
        "api-rest",
        &[
            "domain",
            "application",
            "strict-json",
            "import-export",
            "http-edge",
            "observability",
        ],
    ),
    ("api-ws", &["domain", "application", "http-edge", "observability"]),
    (
        "server",
        &[
            "domain",
            "application",
            "ros2-messages",
            "simulator",
            "observability",
            "console",
            "import-export",
            "http-edge",
            "adapters-auth",
            "adapters-memory",
            "adapters-postgres",
            "adapters-redis",
            "api-graphql",
            "api-rest",
            "api-ws",
        ],
    ),
    ("fuzzing", &[]),
    ("test-builders", &["domain", "application"]),
    ("port-contracts", &["domain", "application", "test-builders"]),
    ("test-stores", &["adapters-postgres"]),
    (
        "test-application",
        &[
            "domain",
            "application",
            "http-edge",
            "adapters-auth",
            "adapters-memory",
            "test-builders",
        ],
    ),
    ("bench", &["test-stores"]),
];

/// Crates for tests and measurements, which other crates may use only as dev-dependencies.
const LEAVES: &[&str] = &[
    "bench",
    "fuzzing",
    "port-contracts",
    "test-application",
    "test-builders",
    "test-stores",
];

/// Crates whose tests must compile neither an adapter of a store nor its client library.
const WITHOUT_STORES: &[&str] = &[
    "domain",
    "ros2-messages",
    "console",
    "live",
    "track-codec",
    "application",
    "simulator",
    "tls-client",
    "observability",
    "circuit-breaker",
    "adapters-auth",
    "adapters-memory",
    "http-edge",
    "strict-json",
    "import-export",
    "api-graphql",
    "api-rest",
    "api-ws",
    "fuzzing",
    "port-contracts",
    "test-application",
    "test-builders",
];

/// Adapters of stores and their client libraries.
const STORES: &[&str] = &[
    "adapters-postgres",
    "adapters-redis",
    "deadpool-redis",
    "diesel",
    "diesel-async",
    "fred",
    "tokio-postgres",
];

/// External libraries that the domain may use: data structures, but nothing that does I/O.
const DOMAIN_LIBRARIES: &[&str] = &[
    "precis-profiles",
    "serde_json",
    "thiserror",
    "time",
    "unicode-normalization",
    "unicode-security",
    "uuid",
];

/// Dependencies by crate.
type Dependencies = BTreeMap<String, BTreeSet<String>>;

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs, as it runs this test");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("cargo writes JSON")
}

/// Returns the dependencies of each crate, without dev-dependencies.
fn workspace() -> Dependencies {
    dependencies(&metadata())
}

fn dependencies(metadata: &Value) -> Dependencies {
    dependencies_of(metadata, |kind| kind != "dev")
}

fn dependencies_of(metadata: &Value, is_wanted: impl Fn(&Value) -> bool) -> Dependencies {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let name = |value: &Value| value["name"].as_str().unwrap_or_default().to_owned();
    list(&metadata["packages"])
        .iter()
        .map(|package| {
            (
                name(package),
                list(&package["dependencies"])
                    .iter()
                    .filter(|dependency| is_wanted(&dependency["kind"]))
                    .map(name)
                    .collect(),
            )
        })
        .collect()
}

/// Returns the stores that the tests of a crate compile: those among its dev-dependencies, its dependencies, and the
/// dependencies of all of these.
fn stores_in_tests_of(name: &str, metadata: &Value) -> BTreeSet<String> {
    let (products, tests) = (dependencies(metadata), dependencies_of(metadata, |_| true));
    let mut waiting: Vec<&String> = tests[name].iter().collect();
    let mut reached = BTreeSet::new();
    while let Some(next) = waiting.pop() {
        if reached.insert(next.as_str()) {
            waiting.extend(products.get(next).into_iter().flatten());
        }
    }
    reached
        .into_iter()
        .filter(|name| STORES.contains(name))
        .map(str::to_owned)
        .collect()
}

/// Returns the dependencies within the workspace that are not allowed, as `from → to`.
fn forbidden_arrows(dependencies: &Dependencies) -> Vec<String> {
    let mut forbidden = Vec::new();
    for (from, uses) in dependencies {
        let allowed = ALLOWED
            .iter()
            .find(|(name, _)| name == from)
            .map_or(&[][..], |(_, allowed)| allowed);
        for to in uses
            .iter()
            .filter(|to| dependencies.contains_key(*to) && !allowed.contains(&to.as_str()))
        {
            forbidden.push(format!("{from} → {to}"));
        }
    }
    forbidden
}

fn metadata_of(from: &str, to: &str, kind: Option<&str>) -> Value {
    serde_json::json!({"packages": [
        {"name": from, "dependencies": [{"name": to, "kind": kind}]},
        {"name": to, "dependencies": []},
    ]})
}

#[test]
fn dependencies_point_inward() {
    assert_eq!(forbidden_arrows(&workspace()), Vec::<String>::new());
}

#[test]
fn every_crate_is_in_the_table() {
    let listed: BTreeSet<_> = ALLOWED.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(listed, workspace().into_keys().collect());
}

#[test]
fn the_domain_is_pure() {
    let workspace = workspace();
    let foreign: Vec<_> = workspace["domain"]
        .iter()
        .filter(|library| !DOMAIN_LIBRARIES.contains(&library.as_str()))
        .collect();
    assert_eq!(foreign, Vec::<&String>::new());
}

#[test]
fn no_crate_depends_on_test_crates() {
    for (from, allowed) in ALLOWED.iter().filter(|(name, _)| !LEAVES.contains(name)) {
        assert!(!allowed.iter().any(|to| LEAVES.contains(to)), "{from}");
    }
}

#[test]
fn tests_of_pure_crates_compile_no_store() {
    let metadata = metadata();
    for name in WITHOUT_STORES {
        assert_eq!(stores_in_tests_of(name, &metadata), BTreeSet::new(), "{name}");
    }
}

#[test]
fn a_store_behind_a_dev_dependency_is_found() {
    let metadata = serde_json::json!({"packages": [
        {"name": "domain", "dependencies": [{"name": "test-stores", "kind": "dev"}]},
        {"name": "live", "dependencies": [{"name": "domain", "kind": null}]},
        {"name": "test-stores", "dependencies": [{"name": "diesel", "kind": null}]},
    ]});
    assert_eq!(
        stores_in_tests_of("domain", &metadata),
        BTreeSet::from(["diesel".to_owned()])
    );
    assert_eq!(stores_in_tests_of("live", &metadata), BTreeSet::new());
}

#[test]
fn a_dependency_that_is_not_in_the_table_is_found() {
    let check = |from, to, kind, expected: &[&str]| {
        assert_eq!(
            forbidden_arrows(&dependencies(&metadata_of(from, to, kind))),
            expected
        );
    };
    check("domain", "application", None, &["domain → application"]);
    check("api-ws", "adapters-redis", None, &["api-ws → adapters-redis"]);
    check(
        "api-ws",
        "adapters-memory",
        Some("build"),
        &["api-ws → adapters-memory"],
    );
    check("a-new-crate", "domain", None, &["a-new-crate → domain"]);
    check("api-ws", "application", None, &[]);
    check("api-ws", "adapters-memory", Some("dev"), &[]);
}
