//! A server whose process is stopped for some time.

use std::{collections::BTreeSet, time::Duration};

use rustix::process::Signal;
use serde_json::Value;

use super::support::{Client, Plant, Robot, position, until_ok};

/// Sends positions of vehicles at 10 Hz, as the robots do.
async fn send_positions(robot: &mut Robot, vehicles: &[String], number: &mut u32) {
    loop {
        *number += 1;
        let x = f64::from(*number) / 100.0;
        let positions: Value = vehicles.iter().map(|vehicle| position(vehicle, x)).collect();
        robot
            .publish("vehicle:position:update", positions.to_string())
            .await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Reads messages until a change of connection for which `is_last` returns `true`. Returns all changes until then, as
/// the vehicle and its connection.
async fn connection_changes(
    client: &mut Client,
    mut is_last: impl FnMut(&str, &str) -> bool,
) -> Vec<(String, String)> {
    let mut changes = Vec::new();
    client
        .until("the last change of connection", |message| {
            let mut is_over = false;
            for event in message["events"].as_array().into_iter().flatten() {
                if event["type"] == "connectionChange" {
                    let text = |name: &str| event[name].as_str().expect("a text").to_owned();
                    let (vehicle, connection) = (text("vehicleId"), text("connectionStatus"));
                    is_over |= is_last(&vehicle, &connection);
                    changes.push((vehicle, connection));
                }
            }
            is_over.then_some(())
        })
        .await;
    changes
}

#[tokio::test(flavor = "multi_thread")]
async fn robots_that_continue_to_send_are_not_reported_as_silent_after_the_server_was_stopped() {
    let plant = Plant::with(&[
        ("LIVE__STALE_AFTER_MS", "2000"),
        ("LIVE__DISCONNECTED_AFTER_MS", "3000"),
    ])
    .await;
    let mut vehicles = Vec::new();
    for number in 0..10 {
        vehicles.push(plant.program.create_enabled(&format!("Robot {number}")).await);
    }
    let mut client = plant.program.watch_all().await;
    let (mut robot, mut number) = (plant.robot().await, 0);
    let mut connected = BTreeSet::new();
    tokio::select! {
        () = send_positions(&mut robot, &vehicles, &mut number) => {}
        _ = connection_changes(&mut client, |vehicle, connection| {
            assert_eq!(connection, "CONNECTED");
            connected.insert(vehicle.to_owned());
            connected.len() == vehicles.len()
        }) => {}
    }

    let (silent, sending) = vehicles.split_first().expect("there are vehicles");
    plant.program.signal(Signal::STOP);
    let stopped_for = Duration::from_secs(4);
    let _ = tokio::time::timeout(stopped_for, send_positions(&mut robot, sending, &mut number)).await;
    plant.program.signal(Signal::CONT);

    let changes = tokio::select! {
        () = send_positions(&mut robot, sending, &mut number) => unreachable!("it sends until it is dropped"),
        changes = connection_changes(&mut client, |_, connection| connection == "DISCONNECTED") => changes,
    };
    let expected = ["TIMEOUT", "DISCONNECTED"].map(|connection| (silent.clone(), connection.to_owned()));
    assert_eq!(changes, expected, "only one robot has stopped sending");
    until_ok("the pause is logged", || async {
        let is_logged = plant
            .program
            .log()
            .contains("this server did not run for some time");
        is_logged.then_some(())
    })
    .await;
}
