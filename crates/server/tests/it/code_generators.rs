//! The code generators of the npm registry accept the schema.

use std::process::{Command, Output};

use crate::end_to_end::graphql_ws::{CLIENTS, must_be_installed};

fn run(program: &str, arguments: &[&str], output: &std::path::Path) -> Output {
    Command::new("npx")
        .args(["--no-install", program])
        .args(arguments)
        .env("OUTPUT", output)
        .current_dir(CLIENTS)
        .output()
        .expect("Node.js is there")
}

fn check_success(what: &str, output: &Output) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "{what}:\n{}{}",
        text(&output.stdout),
        text(&output.stderr)
    );
}

/// Types for the schema and for the operations of a front end, and the compiler has nothing against them.
#[test]
fn graphql_codegen_makes_types_that_typescript_accepts() {
    must_be_installed();
    let folder = tempfile::tempdir().expect("a folder");
    let types = folder.path().join("types.ts");
    check_success(
        "graphql-codegen",
        &run("graphql-codegen", &["--config", "codegen.yml"], &types),
    );
    let generated = std::fs::read_to_string(&types).expect("it was written");
    for name in [
        "export type Amr",
        "export type VehicleConnection",
        "export type VehiclePageQuery",
    ] {
        assert!(generated.contains(name), "{name} is missing");
    }
    let types = types.to_str().expect("UTF-8");
    let compiled = run(
        "tsc",
        &[
            "--noEmit",
            "--strict",
            "--target",
            "es2022",
            "--skipLibCheck",
            types,
        ],
        types.as_ref(),
    );
    check_success("tsc", &compiled);
}
