//! An upgrade from the last release: its program runs beside this one, as docs/upgrade.md describes.

use std::time::Duration;

use serde_json::{Value, json};
use test_stores::{postgres::TestDatabase, redis::RedisServer};
use tokio::{task::AbortHandle, time::interval};

use super::support::{ADMINISTRATOR, Program, Robot};
use crate::command_line::{fleetwatch, stdout};

/// Variable with the path of the program of the last release.
const LAST_RELEASE: &str = "FLEETWATCH_TEST_LAST_RELEASE";

/// A robot that publishes the same position again and again until it is dropped. A message that a server receives
/// before it knows the vehicle is rejected, and a later one is accepted.
struct Standing(AbortHandle);

impl Standing {
    fn at(robot: &Robot, vehicle: &str, x: f64) -> Self {
        let mut robot = Robot {
            connection: robot.connection.clone(),
        };
        let vehicle = vehicle.to_owned();
        let publishing = tokio::spawn(async move {
            let mut beat = interval(Duration::from_millis(100));
            loop {
                beat.tick().await;
                robot.is_at(&vehicle, x).await;
            }
        });
        Self(publishing.abort_handle())
    }
}

impl Drop for Standing {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Runs `fleetwatch migrate` of this version, which must succeed.
fn migrate(database_url: &str) -> String {
    let output = fleetwatch(&["migrate"], &[("FLEETWATCH_DATABASE__URL", database_url)]);
    assert!(output.status.success(), "{output:?}");
    stdout(&output)
}

/// Checks that a token is accepted.
async fn must_know(program: &Program, token: &str) -> Value {
    let (status, me) = program.rest("GET", "/api/auth/me", Some(token), None).await;
    assert_eq!(status, 200, "{me}");
    me
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the program of the last release: `just test-upgrade`"]
async fn the_last_release_runs_beside_this_one() {
    let last_release = std::env::var(LAST_RELEASE).expect("`just test-upgrade` sets it");
    let (database, redis) = (TestDatabase::empty().await, RedisServer::start());
    let (database_url, redis_url) = (database.url(), redis.url());
    let variables = [("DATABASE__URL", &*database_url), ("REDIS__URL", &*redis_url)];
    let mut old = Program::serve_with(&last_release, &variables).await;
    old.until_fed().await;
    let robot = Robot {
        connection: redis.connection().await,
    };
    let before = old.create_enabled("Before").await;
    let operator = old.create_user("Ana", "OPERATOR", None).await;
    let mut old_client = old.watch_all().await;

    // Expand: the old server works on the new schema.
    migrate(&database_url);
    let _standing = Standing::at(&robot, &before, 1.0);
    old_client.until_at(&before, 1.0).await;
    let by_old = old.create_enabled("Registered by the last release").await;
    old.create_user("Ben", "VIEWER", None).await;
    must_know(&old, &operator.access).await;

    // Replace: both versions run, and each learns of changes made by the other.
    let new = Program::serve(&variables).await;
    new.until_fed().await;
    let mut new_client = new.watch_all().await;
    let by_new = new.create_enabled("Registered by this version").await;
    for (vehicle, x) in [(&by_old, 2.0), (&by_new, 3.0)] {
        let _standing = Standing::at(&robot, vehicle, x);
        old_client.until_at(vehicle, x).await;
        new_client.until_at(vehicle, x).await;
    }
    for (changer, other) in [(&old, &mut new_client), (&new, &mut old_client)] {
        for mutation in ["disableVehicle(id: $id) { id }", "enableVehicle(id: $id) { id }"] {
            changer.mutate(mutation, &by_new).await;
        }
        other
            .until_event("the vehicle was disabled by the other version", |event| {
                (event["type"] == "vehicleRemoved" && event["vehicleId"] == by_new.as_str()).then_some(())
            })
            .await;
    }
    // Sessions continue on either version, so it does not matter which one a load balancer chooses.
    must_know(&new, &operator.access).await;
    let body = json!({"refreshToken": operator.refresh});
    let (status, tokens) = new.rest("POST", "/api/auth/refresh", None, Some(body)).await;
    assert_eq!(status, 200, "{tokens}");
    must_know(&old, tokens["accessToken"].as_str().expect("a token")).await;
    for username in ["ana", "Ben"] {
        new.log_in(username, ADMINISTRATOR.1).await;
        old.log_in(username, ADMINISTRATOR.1).await;
    }

    // Finish: a second migration completes the rows that the old server has written since the first one.
    let late = old.create_user("Carla", "VIEWER", None).await;
    old.signal_to_stop();
    assert_eq!(old_client.closed().await.0, 1012);
    assert_eq!(old.ended().await, Some(0), "{}", old.log());
    migrate(&database_url);
    must_know(&new, &late.access).await;
    new.log_in("carla", ADMINISTRATOR.1).await;
    let _standing = Standing::at(&robot, &by_old, 4.0);
    new_client.until_at(&by_old, 4.0).await;
}
