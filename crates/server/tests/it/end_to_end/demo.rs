//! What a newcomer sees first.

use std::collections::HashMap;

use super::support::Program;

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_shows_a_fleet_that_moves() {
    let program = Program::start(&["demo", "--vehicles", "20"], &[]).await;
    let mut client = program.watch_all().await;
    let mut first = HashMap::new();
    let mut moved = std::collections::HashSet::new();
    client
        .until("20 vehicles, five of them elsewhere than at first", |message| {
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
}
