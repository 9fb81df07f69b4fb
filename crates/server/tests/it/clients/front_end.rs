//! docs/front-end.md is an application: its files are compiled, and run against a server.

use std::{fs, os::unix::fs::symlink, path::Path, process::Stdio};

use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Command,
    time::timeout,
};

use super::{FOLDER, PATIENCE, check_in, run_script_with};
use crate::end_to_end::support::{Plant, Program};

const DOCS: &str = include_str!("../../../../../docs/front-end.md");

/// Its example of a subscription is a program as well.
const GRAPHQL: &str = include_str!("../../../../../docs/graphql.md");

/// The files of the page: the name behind `file=`, and the content.
fn files() -> Vec<(&'static str, &'static str)> {
    let blocks = DOCS.split("\n```").filter_map(|block| {
        let (head, content) = block.split_once('\n')?;
        let (_, name) = head.split_once(" file=")?;
        Some((name, content))
    });
    blocks.collect()
}

/// A folder with the files of the page, in which the installed packages are found.
fn project() -> TempDir {
    super::must_be_installed();
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, content: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("it can be written");
    };
    let files = files();
    assert!(files.len() > 10, "{}", files.len());
    for (name, content) in files {
        write(name, content);
    }
    write("package.json", r#"{"type": "module", "private": true}"#);
    write(
        "schema.graphql",
        include_str!("../../../../../docs/schema.graphql"),
    );
    symlink(
        Path::new(FOLDER).join("node_modules"),
        folder.path().join("node_modules"),
    )
    .expect("a link");
    folder
}

async fn run(folder: &TempDir, tool: &str, arguments: &[&str], variables: &[(&str, &str)]) {
    let mut command = Command::new("npx");
    command.args(["--no-install", tool]).args(arguments);
    check_in(folder.path(), tool, command, variables).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_of_the_page_compile_and_do_what_it_says() {
    let plant = Plant::with(&[("AUTH__ACCESS_TTL_S", "60")]).await;
    let Plant { program, .. } = &plant;
    let folder = project();
    let url = program.url("");
    let variables = [("FLEETWATCH_URL", url.as_str())];
    run(
        &folder,
        "graphql-codegen",
        &["--config", "codegen.yml"],
        &variables,
    )
    .await;
    run(&folder, "relay-compiler", &["relay.config.json"], &[]).await;
    run(&folder, "tsc", &["--project", "tsconfig.json"], &[]).await;
    let out = folder.path().join("out");
    let out = out.to_str().expect("UTF-8");
    let parked = park_a_vehicle(&plant, program).await;
    run_script_with(
        "graphql/front_end.mjs",
        program,
        &[("FRONT_END", out), ("PARKED_VEHICLE", &parked)],
    )
    .await;
}

/// A vehicle whose position is known.
async fn park_a_vehicle(plant: &Plant, program: &Program) -> String {
    let id = program.create_enabled("Parked 1").await;
    let mut watcher = program.watch_all().await;
    plant.robot().await.is_at(&id, 7.0).await;
    watcher.until_at(&id, 7.0).await;
    id
}

/// The subscription of docs/graphql.md shows where a vehicle is. The test gives it what the page takes for granted: a
/// WebSocket, as browsers have it, and a token.
#[tokio::test(flavor = "multi_thread")]
async fn the_subscription_of_the_graphql_page_shows_a_position() {
    let plant = Plant::start().await;
    let Plant { program, .. } = &plant;
    let parked = park_a_vehicle(&plant, program).await;
    let example = GRAPHQL.split("\n```js\n").nth(1).expect("an example");
    let (example, _) = example.split_once("\n```").expect("its end");
    let example = example.replace("127.0.0.1:8080", &program.address);
    assert!(example.contains(&program.address), "{example}");
    let token = &program.administrator().await.access;
    let given = format!(
        "import WebSocket from 'ws';\nglobalThis.WebSocket ??= WebSocket;\nconst accessToken = async () => '{token}';\n"
    );
    let folder = project();
    let script = folder.path().join("example.mjs");
    fs::write(&script, given + &example).expect("it can be written");
    let mut node = Command::new("node")
        .arg(&script)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("Node.js is there");
    let mut lines = BufReader::new(node.stdout.take().expect("it is piped")).lines();
    let shown = timeout(PATIENCE, async {
        while let Some(line) = lines.next_line().await.expect("UTF-8") {
            if line.contains(&parked) {
                return true;
            }
        }
        false
    });
    assert!(shown.await.expect("something in time"));
}
