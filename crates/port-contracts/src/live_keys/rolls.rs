//! The rolls of vehicles: the set of active ones, and the geo index.

use std::collections::{BTreeSet, HashSet};

use application::ports::{LiveKeys, Roll, RollMember};
use domain::VehicleId;

use super::record::a_record;
use crate::live_stores::{LiveStores, a_position, a_vehicle_id};

pub async fn members_of_the_rolls_are_listed_and_removed(stores: &dyn LiveStores) {
    let (first, second) = (stores.keys(), stores.neighbours_keys());
    let records: Vec<_> = (0..1_500)
        .map(|_| a_record(Some(a_position(1_000)), None))
        .collect();
    let ids: Vec<_> = records.iter().map(|record| record.vehicle_id).collect();
    first.write(&records).await.expect("the store is available");
    first.activate(&ids).await.expect("the store is available");
    for roll in [Roll::Active, Roll::Map] {
        let found = members(second, roll).await;
        assert!(ids.iter().all(|id| found.contains(id)), "{roll:?}");
        let some: Vec<_> = ids[..600]
            .iter()
            .map(|id| RollMember(id.to_string().into_bytes()))
            .collect();
        second.strike(roll, &some).await.expect("the store is available");
        second
            .strike(roll, &some)
            .await
            .expect("the call succeeds without effect");
        second
            .strike(roll, &[])
            .await
            .expect("the call succeeds without effect");
        let found = members(first, roll).await;
        let left: Vec<_> = ids.iter().filter(|id| found.contains(id)).collect();
        assert_eq!(left, ids[600..].iter().collect::<Vec<_>>(), "{roll:?}");
    }
    first.forget(&ids).await.expect("the store is available");
    for roll in [Roll::Active, Roll::Map] {
        let found = members(second, roll).await;
        assert!(!ids.iter().any(|id| found.contains(id)), "{roll:?}");
    }
}

/// Checks that, of two servers that make the same change, only one is notified of its effect.
pub async fn changes_of_the_rolls_report_their_effect(stores: &dyn LiveStores) {
    let (first, second) = (stores.keys(), stores.neighbours_keys());
    let record = a_record(Some(a_position(1_000)), None);
    let ids = [record.vehicle_id, a_vehicle_id()];
    let among = async |roll, ids: &[VehicleId]| {
        let found = second.members_among(roll, ids).await;
        found.expect("the store is available")
    };
    for roll in [Roll::Active, Roll::Map] {
        assert_eq!(among(roll, &ids).await, HashSet::new(), "{roll:?}");
        assert_eq!(among(roll, &[]).await, HashSet::new(), "{roll:?}");
    }
    let added = first.activate(&ids[..1]).await.expect("the store is available");
    assert_eq!(added, ids[..1]);
    let added = second.activate(&ids).await.expect("the store is available");
    assert_eq!(added, ids[1..]);
    assert_eq!(among(Roll::Active, &ids).await, HashSet::from(ids));
    first.write(&[record]).await.expect("the store is available");
    assert_eq!(among(Roll::Map, &ids).await, HashSet::from([ids[0]]));

    let members = ids.map(|id| RollMember(id.to_string().into_bytes()));
    let removed = first.strike(Roll::Active, &members[..1]).await;
    assert_eq!(removed.expect("the store is available"), members[..1]);
    let removed = second.strike(Roll::Active, &members).await;
    assert_eq!(removed.expect("the store is available"), members[1..]);
    let removed = second.strike(Roll::Map, &members).await;
    assert_eq!(removed.expect("the store is available"), members[..1]);
}

async fn members(keys: &dyn LiveKeys, roll: Roll) -> BTreeSet<VehicleId> {
    let (mut found, mut from) = (BTreeSet::new(), Some(0));
    while let Some(cursor) = from {
        let page = keys.members(roll, cursor).await.expect("the store is available");
        found.extend(page.members.iter().filter_map(RollMember::vehicle_id));
        from = page.next;
    }
    found
}
