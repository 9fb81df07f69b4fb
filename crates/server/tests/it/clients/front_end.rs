//! The application in docs/front-end.md: its files are compiled and run against a server.

use std::{fs, os::unix::fs::symlink, path::Path};

use tempfile::TempDir;
use tokio::process::Command;

use super::{FOLDER, check_in, run_script_with};
use crate::{
    end_to_end::support::{Plant, Program},
    examples::markdown::Page,
};

/// Returns the name (after `file=`) and the content of each file in the page.
fn files() -> Vec<(String, String)> {
    let blocks = Page::read("docs/front-end.md").blocks().into_iter();
    let files =
        blocks.filter_map(|block| Some((block.attributes.strip_prefix("file=")?.to_owned(), block.text)));
    files.collect()
}

/// Creates a folder with the files of the page, in which the installed packages can be found.
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
        write(&name, &content);
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
async fn the_files_of_the_page_compile_and_behave_as_documented() {
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

/// Registers a vehicle, publishes a position for it, and returns its id.
async fn park_a_vehicle(plant: &Plant, program: &Program) -> String {
    let id = program.create_enabled("Parked 1").await;
    let mut watcher = program.watch_all().await;
    plant.robot().await.is_at(&id, 7.0).await;
    watcher.until_at(&id, 7.0).await;
    id
}
