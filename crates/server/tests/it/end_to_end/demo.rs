//! `fleetwatch demo`.

use std::{collections::HashMap, fs};

use super::support::{Program, until_ok};

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_shows_a_fleet_that_moves() {
    let data = tempfile::tempdir().expect("a directory");
    let directory = data.path().to_str().expect("a plain path");
    let mut program = Program::start(&["demo", "--vehicles", "20"], &[("DATA__DIR", directory)]).await;
    let mut client = program.watch_all().await;
    let mut first = HashMap::new();
    let mut moved = std::collections::HashSet::new();
    client
        .until("20 vehicles, five of which have moved", |message| {
            for event in message["events"].as_array()? {
                if event["type"] == "positionUpdate" {
                    let place = (
                        event["position"]["x"].to_string(),
                        event["position"]["y"].to_string(),
                    );
                    let id = event["vehicleId"].to_string();
                    if *first.entry(id.clone()).or_insert_with(|| place.clone()) != place {
                        moved.insert(id);
                    }
                }
            }
            (first.len() == 20 && moved.len() >= 5).then_some(())
        })
        .await;
    let (status, page) = program.get("/").await;
    assert_eq!(status, 200);
    assert!(page.contains("<canvas"), "{page}");

    // The file gives shells in other terminals the address and the generated passwords.
    let file = data.path().join("demo.env");
    let variables = until_ok("the file for other shells", || async {
        fs::read_to_string(&file).ok()
    })
    .await;
    let password = |name: &str| {
        let mut lines = variables.lines();
        lines.find_map(|line| line.strip_prefix(&format!("export {name}_password=")))
    };
    assert!(
        variables.contains(&format!("export url={}\n", program.url(""))),
        "{variables}"
    );
    for name in ["operator", "viewer"] {
        program.log_in(name, password(name).expect("a password")).await;
    }
    assert_eq!(password("admin"), None, "the configured password is not repeated");
    program.signal_to_stop();
    assert_eq!(program.ended().await, Some(0));
    assert!(!file.exists(), "the file is gone with the demo");
}
