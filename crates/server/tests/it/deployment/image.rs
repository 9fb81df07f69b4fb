//! The Dockerfile. `deploy/image/smoke.py` executes it, which takes too long for a test.

use super::{command, must, text, tool};

#[test]
fn the_dockerfile_has_no_known_faults() {
    must(tool("hadolint").args(["--failure-threshold", "info", "Dockerfile"]));
}

#[test]
fn every_file_that_the_image_is_built_from_is_in_its_context() {
    let plan = must(command("python3").args(["deploy/image/smoke.py", "--plan"]));
    let stages: Vec<_> = plan.lines().filter_map(|line| line.split(':').next()).collect();
    assert_eq!(stages, ["assets", "build", "final"], "{plan}");
}

#[test]
fn the_image_is_built_with_the_toolchain_of_the_repository() {
    let (toolchain, dockerfile) = (text("rust-toolchain.toml"), text("Dockerfile"));
    let channel = toolchain.split("channel = \"").nth(1);
    let channel = channel
        .and_then(|rest| rest.split('"').next())
        .expect("a channel");
    assert!(
        dockerfile.contains(&format!("ARG RUST_VERSION={channel}\n")),
        "{channel}"
    );
}
