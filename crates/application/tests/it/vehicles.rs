//! Use cases about the vehicles of the registry.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use application::{
    Error,
    paging::PageQuery,
    ports::{PositionStore as _, SortDirection, SortField, VehicleFilter, VehicleSort},
    vehicles::VehicleQuery,
};
use domain::{
    Role, Violations,
    vehicle::{RawDraft, VehicleStatus, VehicleType},
};
use rstest::rstest;

use crate::stage::{
    FlakyKeys, Stage, a, a_forklift, a_new, an_actor_with, an_administrator, unknown_id, until,
};

#[tokio::test]
async fn a_new_vehicle_is_idle_disabled_and_known_to_the_live_core() {
    let stage = Stage::new();
    let actor = an_administrator();
    let vehicle = stage
        .app
        .vehicles
        .create(&actor, a_new(a_forklift(" Lift 1 ")))
        .await
        .expect("valid data");
    assert_eq!(vehicle.name.as_str(), "Lift 1");
    assert_eq!((vehicle.status, vehicle.is_enabled), (VehicleStatus::Idle, false));
    assert_eq!(vehicle.organization_id, actor.home_organization());
    assert!(stage.live.is_visible(&actor.scope, vehicle.id));
    assert!(
        !stage.robot_is_at(vehicle.id, 1.0),
        "messages of a disabled vehicle are rejected"
    );
    assert!(!stage.is_active(vehicle.id).await);
}

#[tokio::test]
async fn every_fault_of_a_new_vehicle_is_reported_and_nothing_is_stored() {
    let stage = Stage::new();
    let draft = RawDraft {
        name: " ".to_owned(),
        specification: (0.0, -1.0, 1.0),
        details: Err(Violations::of("forklift.mastHeight", "must be greater than 0 m")),
        ..a_forklift("x")
    };
    let Err(Error::Invalid(faults)) = stage.app.vehicles.create(&an_administrator(), a_new(draft)).await
    else {
        panic!("it is invalid");
    };
    let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "name",
            "specification.maxSpeed",
            "specification.maxLoad",
            "forklift.mastHeight"
        ]
    );
    let (actor, everything) = (an_administrator(), VehicleFilter::default());
    let count = stage.app.vehicles.count(&actor, &everything).await;
    assert_eq!(count.expect("the registry is available"), 0);
}

#[tokio::test]
async fn a_name_that_is_taken_is_a_conflict() {
    let stage = Stage::new();
    stage.forklift("Lift 1", true).await;
    let again = stage
        .app
        .vehicles
        .create(&an_administrator(), a_new(a_forklift("Lift 1")))
        .await;
    assert!(matches!(again, Err(Error::Conflict { field: "name", .. })));
}

#[rstest]
#[case(Role::Operator)]
#[case(Role::Viewer)]
#[tokio::test]
async fn only_administrators_create_and_delete(#[case] role: Role) {
    let stage = Stage::new();
    let vehicle = stage.forklift("Lift 1", true).await;
    let created = stage
        .app
        .vehicles
        .create(&a(role), a_new(a_forklift("Lift 2")))
        .await;
    assert!(matches!(created, Err(Error::Forbidden { .. })));
    let deleted = stage.app.vehicles.delete(&a(role), vehicle.id, None).await;
    assert!(matches!(deleted, Err(Error::Forbidden { .. })));
}

#[tokio::test]
async fn viewers_cannot_enable_or_disable() {
    let stage = Stage::new();
    let vehicle = stage.forklift("Lift 1", true).await;
    let enabled = stage
        .app
        .vehicles
        .enable(&a(Role::Viewer), vehicle.id, None)
        .await;
    assert!(matches!(enabled, Err(Error::Forbidden { .. })));
    let disabled = stage
        .app
        .vehicles
        .disable(&a(Role::Viewer), vehicle.id, None)
        .await;
    assert!(matches!(disabled, Err(Error::Forbidden { .. })));
}

#[tokio::test]
async fn enabling_and_disabling_take_effect_before_they_return() {
    let stage = Stage::new();
    let vehicle = stage.forklift("Lift 1", true).await;
    let operator = a(Role::Operator);

    let enabled = stage
        .app
        .vehicles
        .enable(&operator, vehicle.id, None)
        .await
        .expect("it exists");
    assert!(enabled.is_enabled);
    assert!(stage.robot_is_at(vehicle.id, 1.0));
    assert!(stage.is_active(vehicle.id).await);

    let disabled = stage
        .app
        .vehicles
        .disable(&operator, vehicle.id, None)
        .await
        .expect("it exists");
    assert!(!disabled.is_enabled);
    assert!(!stage.robot_is_at(vehicle.id, 2.0));
    assert!(!stage.is_active(vehicle.id).await);
}

#[rstest]
#[case::that_refuses(false)]
#[case::that_does_not_answer(true)]
#[tokio::test]
async fn enabling_works_without_the_live_keys_which_follow_later(#[case] hangs: bool) {
    let stage = Stage::new();
    let keys = Arc::new(FlakyKeys {
        inner: stage.store.clone(),
        is_away: AtomicBool::new(false),
        hangs,
        on_write: Box::new(|| {}),
    });
    let known = stage.enabled_forklift("Lift 1").await;
    let vehicle = stage.forklift("Lift 2", true).await;
    let _workers = stage.work(keys.clone()).await;
    until(|| stage.is_active(known.id)).await;

    keys.is_away.store(true, Ordering::SeqCst);
    let enabled = stage
        .with(|ports| ports.keys = keys.clone())
        .vehicles
        .enable(&an_administrator(), vehicle.id, None)
        .await;
    assert!(enabled.expect("the registry is available").is_enabled);
    assert!(stage.robot_is_at(vehicle.id, 1.0));
    assert!(!stage.is_active(vehicle.id).await);

    keys.is_away.store(false, Ordering::SeqCst);
    until(|| stage.is_active(vehicle.id)).await;
}

#[tokio::test]
async fn a_deleted_vehicle_no_longer_exists() {
    let stage = Stage::new();
    let actor = an_administrator();
    let vehicle = stage.enabled_forklift("Lift 1").await;
    assert!(stage.robot_is_at(vehicle.id, 1.0));
    stage
        .store
        .set_position(vehicle.id, &stage.position(1.0))
        .await
        .expect("the memory store is always available");

    stage
        .app
        .vehicles
        .delete(&actor, vehicle.id, None)
        .await
        .expect("it exists");

    let found = stage.app.vehicles.get(&actor, vehicle.id).await;
    assert_eq!(found.expect("the registry is available"), None);
    assert!(!stage.live.is_visible(&actor.scope, vehicle.id));
    assert!(!stage.robot_is_at(vehicle.id, 2.0));
    assert_eq!(
        stage
            .store
            .get_position(vehicle.id)
            .await
            .expect("the memory store is always available"),
        None
    );
    let again = stage.app.vehicles.delete(&actor, vehicle.id, None).await;
    assert!(matches!(again, Err(Error::NotFound { .. })));
    stage
        .app
        .vehicles
        .create(&actor, a_new(a_forklift("Lift 1")))
        .await
        .expect("the name is free again");
}

#[tokio::test]
async fn unknown_and_out_of_scope_vehicles_are_not_found() {
    let stage = Stage::new();
    let (mine, other) = (
        stage.forklift("mine", true).await,
        stage.forklift("other", true).await,
    );
    let actor = an_actor_with(&[mine.id]);
    for id in [other.id, unknown_id()] {
        assert!(matches!(
            stage.app.vehicles.enable(&actor, id, None).await,
            Err(Error::NotFound { .. })
        ));
        assert!(matches!(
            stage.app.vehicles.disable(&actor, id, None).await,
            Err(Error::NotFound { .. })
        ));
        assert!(matches!(
            stage.app.vehicles.delete(&actor, id, None).await,
            Err(Error::NotFound { .. })
        ));
        let found = stage.app.vehicles.get(&actor, id).await;
        assert_eq!(found.expect("the registry is available"), None);
    }
    let seen = stage
        .app
        .vehicles
        .list(&actor, &VehicleQuery::default())
        .await
        .expect("a page");
    assert_eq!(seen.into_items(), [mine]);
}

#[tokio::test]
async fn vehicles_are_listed_page_by_page_and_by_filter() {
    let stage = Stage::new();
    let actor = an_administrator();
    let mut vehicles = Vec::new();
    for n in 0..5 {
        vehicles.push(stage.enabled_forklift(&format!("Lift {n}")).await);
    }
    let disabled = stage
        .app
        .vehicles
        .disable(&actor, vehicles[1].id, None)
        .await
        .expect("it exists");

    let of = |first, after: Option<&str>| VehicleQuery {
        page: PageQuery::forward(Some(first), after.map(str::to_owned)),
        ..VehicleQuery::default()
    };
    let page = stage
        .app
        .vehicles
        .list(&actor, &of(2, None))
        .await
        .expect("a page");
    assert_eq!(
        (page.entries.len(), page.has_next, page.has_previous),
        (2, true, false)
    );
    let rest = of(3, page.end_cursor());
    let page = stage.app.vehicles.list(&actor, &rest).await.expect("a page");
    assert_eq!((page.has_next, page.has_previous), (false, true));
    assert_eq!(page.into_items(), &vehicles[2..]);

    let filter = VehicleFilter {
        enabled: Some(false),
        ..VehicleFilter::default()
    };
    assert_eq!(
        stage.app.vehicles.count(&actor, &filter).await.expect("a count"),
        1
    );
    let query = VehicleQuery {
        filter,
        ..VehicleQuery::default()
    };
    let page = stage.app.vehicles.list(&actor, &query).await.expect("a page");
    assert_eq!(page.into_items(), [disabled]);

    let enabled = stage.app.vehicles.list_enabled(&actor).await;
    assert_eq!(enabled.expect("the registry is available").len(), 4);
    assert_eq!(
        stage
            .app
            .vehicles
            .list_by_type(&actor, VehicleType::Forklift)
            .await
            .expect("a list")
            .len(),
        5
    );
    assert_eq!(
        stage
            .app
            .vehicles
            .list_by_type(&actor, VehicleType::Amr)
            .await
            .expect("a list")
            .len(),
        0
    );
}

#[tokio::test]
async fn a_cursor_of_another_order_is_rejected() {
    let stage = Stage::new();
    for name in ["b", "a"] {
        stage.forklift(name, true).await;
    }
    let actor = an_administrator();
    let mut by_name = VehicleQuery {
        sort: VehicleSort {
            field: SortField::Name,
            ..VehicleSort::default()
        },
        page: PageQuery::forward(Some(1), None),
        ..VehicleQuery::default()
    };
    let page = stage.app.vehicles.list(&actor, &by_name).await.expect("a page");
    by_name.page.after = page.end_cursor().map(str::to_owned);
    let rest = stage.app.vehicles.list(&actor, &by_name).await.expect("a page");
    assert_eq!(rest.entries[0].item.name.as_str(), "b");

    by_name.sort.direction = SortDirection::Descending;
    let Err(Error::Invalid(faults)) = stage.app.vehicles.list(&actor, &by_name).await else {
        panic!("the cursor is of the other direction");
    };
    let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
    assert_eq!(fields, ["after"]);
}
