//! Two servers on one database and one Redis.

use super::support::{Plant, Program, until_ok};

#[tokio::test(flavor = "multi_thread")]
async fn a_mutation_on_one_server_takes_effect_on_the_other() {
    let plant = Plant::start().await;
    let (database_url, redis_url) = (plant.database.url(), plant.redis.url());
    let other = Program::serve(&[("DATABASE__URL", &database_url), ("REDIS__URL", &redis_url)]).await;
    other.until_fed().await;
    let mut other_client = other.watch_all().await;
    let mut robot = plant.robot().await;

    let vehicle = plant.program.create_enabled("Tugger").await;
    until_ok("the other server delivers the vehicle", || {
        let mut robot = super::support::Robot { connection: robot.connection.clone() };
        let vehicle = vehicle.clone();
        let other = &other;
        async move {
            robot.is_at(&vehicle, 1.0).await;
            (other.metric("fleetwatch_ingest_messages_total{channel=\"vehicle:position:update\",outcome=\"accepted\"}").await > 0.0)
                .then_some(())
        }
    })
    .await;
    other_client.until_at(&vehicle, 1.0).await;

    plant
        .program
        .mutate("disableVehicle(id: $id) { id }", &vehicle)
        .await;
    other_client
        .until_event("the removal", |event| {
            (event["type"] == "vehicleRemoved").then_some(())
        })
        .await;
    let before = robot.dead_letters().await.len();
    robot.is_at(&vehicle, 2.0).await;
    let disabled =
        "fleetwatch_ingest_messages_total{channel=\"vehicle:position:update\",outcome=\"disabled_vehicle\"}";
    for program in [&plant.program, &other] {
        until_ok("both servers have rejected it", || async {
            (program.metric(disabled).await >= 1.0).then_some(())
        })
        .await;
    }
    until_ok("it is dead-lettered once", || async {
        let after = robot.dead_letters().await.len();
        assert!(after <= before + 1, "a message was dead-lettered twice");
        (after == before + 1).then_some(())
    })
    .await;
}
