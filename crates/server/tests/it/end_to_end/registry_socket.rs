//! Registry events on `/ws`, regardless of the server that changes the registry.

use serde_json::{Value, json};

use super::support::{Client, Plant};

async fn follow(client: &mut Client) {
    client.send(json!({"type": "subscribeRegistry"})).await;
    client
        .until("the answer", |message| {
            (message["type"] == "subscribed").then_some(())
        })
        .await;
}

async fn until_vehicle_event(client: &mut Client, kind: &str, vehicle: &str) -> Value {
    client
        .until_event(&format!("{kind} of {vehicle}"), |event| {
            (event["type"] == kind && event["vehicleId"] == vehicle).then(|| event.clone())
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_server_announces_changes_of_any_server() {
    let plant = Plant::start().await;
    let other = plant.another(&[]).await;
    let known = plant.program.create("Known").await;
    let token = plant.program.administrator().await.access.clone();
    let mut here = plant.program.connect_as(&token).await;
    let mut there = other.connect_as(&token).await;
    for client in [&mut here, &mut there] {
        follow(client).await;
    }
    let info = until_vehicle_event(&mut here, "vehicleInfo", &known).await;
    assert_eq!(
        info,
        json!({
            "type": "vehicleInfo", "vehicleId": known, "name": "Known", "vehicleType": "AMR", "isEnabled": false,
            "status": "IDLE", "groupIds": [],
        })
    );

    let added = plant.program.create("Added").await;
    for client in [&mut here, &mut there] {
        assert_eq!(
            until_vehicle_event(client, "vehicleAdded", &added).await["name"],
            "Added"
        );
    }
    other.mutate("enableVehicle(id: $id) { id }", &added).await;
    for client in [&mut here, &mut there] {
        let updated = until_vehicle_event(client, "vehicleUpdated", &added).await;
        assert_eq!(updated["isEnabled"], true);
    }
    let renamed = json!({"name": "Renamed"});
    let (status, _) = other
        .as_administrator("PUT", &format!("/api/vehicles/{added}"), Some(renamed))
        .await;
    assert_eq!(status, 200);
    for client in [&mut here, &mut there] {
        let updated = until_vehicle_event(client, "vehicleUpdated", &added).await;
        assert_eq!(updated["name"], "Renamed");
    }
    plant.program.mutate("deleteVehicle(id: $id)", &added).await;
    for client in [&mut here, &mut there] {
        until_vehicle_event(client, "vehicleDeleted", &added).await;
    }
}
