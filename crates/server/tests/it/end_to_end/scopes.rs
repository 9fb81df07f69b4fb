//! Scopes of subscribers: vehicles enter and leave them, and no data of other vehicles is ever sent.

use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};

use super::{
    chorus::{CANARY, Chorus},
    support::{Plant, Program},
    watcher::{SOON, Watcher},
};

/// The x coordinates of vehicles while they are in the viewer's scope, and while they are not.
const SHOWN: f64 = 10.5;
const HIDDEN: f64 = 6_543.75;

/// Creates and enables a vehicle of an organisation.
async fn vehicle(program: &Program, name: &str, organization: Option<&str>) -> String {
    let body = json!({
        "type": "FORKLIFT", "name": name, "manufacturer": "Acme", "organizationId": organization, "details": {},
        "specification": {"maxSpeed": 1.0, "maxLoad": 1.0, "batteryCapacity": 1.0},
    });
    let id = made(program, "/api/vehicles", body).await;
    let enable = format!("/api/vehicles/{id}/enable");
    assert_eq!(program.as_administrator("POST", &enable, None).await.0, 200);
    id
}

/// Creates an object and returns its id.
async fn made(program: &Program, path: &str, body: Value) -> String {
    let (status, made) = program.as_administrator("POST", path, Some(body)).await;
    assert_eq!(status, 201, "{path}: {made}");
    made["id"].as_str().expect("an id").to_owned()
}

async fn done(program: &Program, method: &str, path: &str) {
    let (status, answer) = program.as_administrator(method, path, None).await;
    assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_sees_only_vehicles_in_its_current_scope() {
    // Vehicles make large jumps in this test.
    let far = [("LIVE__MAX_JUMP_M", "1000000")];
    let plant = Plant::with(&far).await;
    let (here, there) = (&plant.program, &plant.another(&far).await);

    let foreign = made(here, "/api/organizations", json!({"name": "Elsewhere"})).await;
    let group = made(here, "/api/groups", json!({"name": "Hall A"})).await;
    let other_group = made(here, "/api/groups", json!({"name": "Canary Hall"})).await;
    let foreign_group = made(
        here,
        "/api/groups",
        json!({"name": "Canary Yard", "organizationId": foreign}),
    )
    .await;
    let own = vehicle(here, "Own", None).await;
    let roamer = vehicle(here, "Roamer", None).await;
    let guest = vehicle(here, "Guest", Some(&foreign)).await;
    let canaries = [
        vehicle(here, "Canary 1", None).await,
        vehicle(here, "Canary 2", None).await,
        vehicle(here, "Canary 3", Some(&foreign)).await,
        vehicle(here, "Canary 4", Some(&foreign)).await,
    ];
    let member = |group: &str, vehicle: &str| format!("/api/groups/{group}/vehicles/{vehicle}");
    done(here, "PUT", &member(&group, &own)).await;
    done(here, "PUT", &member(&other_group, &canaries[1])).await;
    done(here, "PUT", &member(&foreign_group, &canaries[3])).await;

    let viewer = here.create_user("viewer", "VIEWER", None).await;
    let grant = |target: Value| {
        let mut body = target;
        body["userId"] = json!(viewer.user);
        made(here, "/api/grants", body)
    };
    let mut of_the_group = grant(json!({"groupId": group})).await;

    let chorus = Chorus::of(plant.robot().await);
    canaries.iter().for_each(|canary| chorus.put(canary, CANARY.0));
    chorus.put(&own, SHOWN);
    chorus.put(&roamer, SHOWN);
    chorus.put(&guest, SHOWN);

    let watcher = Watcher::of(there, &viewer.access).await;
    let everything = Watcher::of(there, &there.administrator().await.access).await;
    watcher.until_position(&own, (0, 0), "its own").await;
    everything
        .until_position(&canaries[3], (0, 0), "an administrator's")
        .await;

    // Vehicles join and leave the group.
    for round in 0..5 {
        let now = watcher.so_far();
        done(here, "PUT", &member(&group, &roamer)).await;
        watcher
            .until_position(&roamer, now, &format!("round {round}, in"))
            .await;
        let now = watcher.so_far();
        done(here, "DELETE", &member(&group, &roamer)).await;
        watcher
            .until_removed(&roamer, now, &format!("round {round}, out"))
            .await;
        // The viewer must not see positions outside their scope. Move the vehicle back before it rejoins the group.
        chorus.put(&roamer, HIDDEN);
        everything.until_at(&roamer, HIDDEN).await;
        chorus.put(&roamer, SHOWN);
        everything.until_at(&roamer, SHOWN).await;
    }

    // Add and delete grants of a foreign vehicle and of the group. Each server applies them within `SOON`, so wait for
    // that before publishing positions that the viewer must not see.
    for round in 0..2 {
        let now = watcher.so_far();
        let of_the_guest = grant(json!({"vehicleId": guest})).await;
        let what = format!("round {round}");
        watcher
            .until_position(&guest, now, &format!("{what}, granted"))
            .await;
        let now = watcher.so_far();
        done(here, "DELETE", &format!("/api/grants/{of_the_guest}")).await;
        done(here, "DELETE", &format!("/api/grants/{of_the_group}")).await;
        let all_know = Instant::now() + SOON;
        watcher
            .until_removed(&guest, now, &format!("{what}, withdrawn"))
            .await;
        watcher
            .until_removed(&own, now, &format!("{what}, nothing left"))
            .await;
        sleep_until(all_know).await;
        for x in [HIDDEN, SHOWN] {
            for vehicle in [&own, &guest] {
                chorus.put(vehicle, x);
                everything.until_at(vehicle, x).await;
            }
        }
        let now = watcher.so_far();
        of_the_group = grant(json!({"groupId": group})).await;
        watcher
            .until_position(&own, now, &format!("{what}, granted again"))
            .await;
    }

    // Create, disable and delete a canary, and delete a vehicle of the group.
    let late = vehicle(here, "Canary 5", None).await;
    chorus.put(&late, CANARY.0);
    everything.until_at(&late, CANARY.0).await;
    done(here, "POST", &format!("/api/vehicles/{late}/disable")).await;
    done(here, "DELETE", &format!("/api/vehicles/{late}")).await;
    let now = watcher.so_far();
    done(here, "PUT", &member(&group, &roamer)).await;
    watcher
        .until_position(&roamer, now, "in, for the last time")
        .await;
    let now = watcher.so_far();
    done(here, "DELETE", &format!("/api/vehicles/{roamer}")).await;
    watcher.until_removed(&roamer, now, "deleted").await;
    chorus.end().await;

    // The administrator received everything, the viewer nothing.
    let secrets: Vec<&str> = canaries.iter().chain([&late]).map(String::as_str).collect();
    let [place, hidden] = [CANARY.0, HIDDEN].map(|x| x.to_string());
    let secrets = [&secrets[..], &[&place, &hidden, CANARY.1, CANARY.2]].concat();
    for secret in &secrets {
        assert!(
            !everything.frames_with(secret).is_empty(),
            "{secret} was never sent"
        );
        assert_eq!(
            watcher.frames_with(secret),
            Vec::<String>::new(),
            "{secret} was sent to the viewer"
        );
    }
}
