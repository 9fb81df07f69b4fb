//! The monitoring screen in a real browser.

use std::path::PathBuf;

use super::run_script_with;
use crate::end_to_end::support::Program;

/// Names of the Chromium executable on different systems.
const BROWSERS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

fn browser() -> PathBuf {
    let path = std::env::var_os("PATH").expect("a search path");
    std::env::split_paths(&path)
        .flat_map(|folder| BROWSERS.map(|name| folder.join(name)))
        .find(|program| program.is_file())
        .expect("no Chromium is installed: run `deploy/test.sh install`")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_screen_can_be_operated_by_mouse_keyboard_and_touch() {
    let data = tempfile::tempdir().expect("a directory");
    let directory = data.path().to_str().expect("a plain path");
    let program = Program::start(&["demo", "--vehicles", "20"], &[("DATA__DIR", directory)]).await;
    let browser = browser();
    let browser = browser.to_str().expect("the path is text");
    run_script_with("screen/screen.mjs", &program, &[("BROWSER", browser)]).await;
}
