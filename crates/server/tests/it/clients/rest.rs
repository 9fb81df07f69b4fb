//! OpenAPI tools from the npm registry: linters, and a client with generated types.

use std::{fs, os::unix::fs::symlink, path::Path};

use serde_json::Value;
use tokio::{process::Command, time::timeout};

use super::{FOLDER, check_in, must_be_installed, run_tool};
use crate::end_to_end::support::{ADMINISTRATOR, PATIENCE, Plant, Program, until_ok};

const PAGE: &str = include_str!("../../../../../docs/rest.md");
const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");

/// Environment variables that turn off telemetry, update notices and colours.
const QUIET: [(&str, &str); 3] = [
    ("REDOCLY_TELEMETRY", "off"),
    ("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true"),
    ("NO_COLOR", "1"),
];

#[tokio::test]
async fn redocly_finds_no_violations_in_the_document() {
    let lint = [
        "lint",
        "--config",
        "rest/redocly.yaml",
        "--format",
        "json",
        DOCUMENT,
    ];
    let found = run_tool("redocly", &lint, &QUIET).await;
    let start = found.find('{').expect("JSON");
    let found: Value = serde_json::from_str(&found[start..]).expect("JSON");
    assert_eq!(found["totals"]["errors"], 0, "{found}");
    assert_eq!(found["totals"]["warnings"], 0, "{found}");
}

#[tokio::test]
async fn spectral_finds_no_violations_in_the_document() {
    let lint = [
        "lint",
        "--ruleset",
        "rest/spectral.yaml",
        "--fail-severity",
        "hint",
        DOCUMENT,
    ];
    let found = run_tool("spectral", &lint, &QUIET).await;
    assert!(found.contains("No results with a severity of"), "{found}");
}

/// Checks that a client that uses the generated types compiles in strict mode and works.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_with_generated_types_compiles_and_works() {
    must_be_installed();
    let program = Program::serve(&[]).await;
    let folder = tempfile::tempdir().expect("a folder");
    let inside = |name: &str| folder.path().join(name);
    fs::copy(Path::new(FOLDER).join("rest/fleet.ts"), inside("fleet.ts")).expect("it is there");
    fs::write(inside("package.json"), r#"{"type": "module", "private": true}"#).expect("a file");
    symlink(Path::new(FOLDER).join("node_modules"), inside("node_modules")).expect("a link");

    // Use the document that the server serves, as a project would.
    let (status, document) = program.get("/api/openapi.json").await;
    assert_eq!(status, 200);
    fs::write(inside("openapi.json"), document).expect("a file");
    let tool = async |name: &str, arguments: &[&str]| {
        let mut command = Command::new("npx");
        command.args(["--no-install", name]).args(arguments);
        check_in(folder.path(), name, command, &QUIET).await
    };
    tool("openapi-typescript", &["openapi.json", "--output", "api.d.ts"]).await;
    let strictly = [
        "--strict",
        "--noUncheckedIndexedAccess",
        "--exactOptionalPropertyTypes",
        "--noUnusedLocals",
        "--target",
        "es2022",
        "--module",
        "nodenext",
        "--moduleResolution",
        "nodenext",
        "--types",
        "node",
        "--skipLibCheck",
        "fleet.ts",
    ];
    tool("tsc", &strictly).await;

    let mut client = Command::new("node");
    client.arg("fleet.js");
    let url = program.url("");
    let variables = [
        ("FLEETWATCH_URL", url.as_str()),
        ("FLEETWATCH_USERNAME", ADMINISTRATOR.0),
        ("FLEETWATCH_PASSWORD", ADMINISTRATOR.1),
    ];
    check_in(folder.path(), "fleet.ts", client, &variables).await;
}

/// Returns the blocks of a language in the page.
fn blocks(language: &str) -> Vec<&'static str> {
    let start = format!("```{language}\n");
    let blocks = PAGE.split(&start).skip(1);
    blocks
        .map(|rest| rest.split("```").next().unwrap_or_default())
        .collect()
}

/// Runs the commands in sequence in one shell, as a reader of the page would. Each request must succeed.
#[tokio::test(flavor = "multi_thread")]
async fn the_documented_commands_behave_as_documented() {
    must_be_installed();
    let plant = Plant::start().await;
    let program = &plant.program;
    // The page replays and drops a dead letter.
    plant
        .robot()
        .await
        .publish("vehicle:position:update", "not JSON")
        .await;
    until_ok("the message is a dead letter", || async {
        let (_, page) = program.as_administrator("GET", "/api/dead-letters", None).await;
        (page["totalCount"] == 1).then_some(())
    })
    .await;
    let folder = tempfile::tempdir().expect("a folder");
    symlink(
        Path::new(FOLDER).join("node_modules"),
        folder.path().join("node_modules"),
    )
    .expect("a link");
    let commands = blocks("sh")
        .join("\n")
        .replace("127.0.0.1:8080", &program.address);
    assert!(
        commands.contains("/api/positions") && commands.contains("--data-binary"),
        "{commands}"
    );
    let script = format!("curl() {{ command curl --fail-with-body \"$@\"; }}\n{commands}");
    let ran = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script])
        .env("password", ADMINISTRATOR.1)
        .envs(QUIET)
        .current_dir(folder.path())
        .kill_on_drop(true)
        .output();
    let ran = timeout(PATIENCE, ran)
        .await
        .expect("it ends in time")
        .expect("bash is there");
    let [shown, said] = [&ran.stdout, &ran.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
    assert!(ran.status.success(), "{shown}\n{said}");
    for expected in [
        "HTTP/1.1 201 Created",
        "\"mapId\":\"floor-2\"",
        "304\n",
        "\"isIncomplete\":false",
        "\"dryRun\":true",
    ] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }

    // Compile the client in the page.
    let [client] = &blocks("ts")[..] else {
        panic!("one client")
    };
    let client = format!("declare const token: string;\n{client}");
    fs::write(folder.path().join("client.ts"), client).expect("a file");
    let mut compile = Command::new("npx");
    compile.args([
        "--no-install",
        "tsc",
        "--noEmit",
        "--strict",
        "--target",
        "es2022",
        "--module",
        "es2022",
    ]);
    compile.args(["--moduleResolution", "bundler", "--skipLibCheck", "client.ts"]);
    check_in(folder.path(), "tsc", compile, &QUIET).await;
}

/// Returns `true` if a schema describes every field of a value.
fn is_described(document: &Value, value: &Value, schema: &Value) -> bool {
    let schema = match schema["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).expect("a schema"),
        None => schema,
    };
    if let Some(choices) = schema["oneOf"].as_array() {
        return choices.iter().any(|choice| is_described(document, value, choice));
    }
    match value {
        Value::Object(fields) => fields.iter().all(|(name, value)| {
            let field = &schema["properties"][name];
            field.is_object() && is_described(document, value, field)
        }),
        Value::Array(items) => items
            .iter()
            .all(|item| is_described(document, item, &schema["items"])),
        _ => true,
    }
}

#[test]
fn the_printed_answers_match_the_schema() {
    let document: Value = serde_json::from_str(api_rest::openapi()).expect("JSON");
    let printed = blocks("json");
    let schemas = [
        "VehiclePage",
        "PositionList",
        "LogLevel",
        "DeadLetterPage",
        "DeadLetterReplay",
        "ReplayedDeadLetters",
        "DroppedDeadLetters",
        "Problem",
    ];
    for (block, schema) in printed.iter().zip(schemas) {
        let answer: Value = serde_json::from_str(block).expect(block);
        let schema = &document["components"]["schemas"][schema];
        assert!(is_described(&document, &answer, schema), "{block}");
    }
    assert_eq!(printed.len(), schemas.len());
}
