use application::{
    paging::{Page, PageRequest},
    ports::{SortKey, VehicleFilter, VehiclePlace, VehicleRepository, VehicleSort},
};
use domain::{
    VehicleId,
    vehicle::{Vehicle, VehicleType},
};
use test_builders::a_vehicle;

use super::{Registry, count};
use crate::{
    pages,
    registry::{EVERYTHING, an_administrator, ids},
};

fn agvs() -> VehicleFilter {
    VehicleFilter {
        kind: Some(VehicleType::Agv),
        ..VehicleFilter::default()
    }
}

async fn page(vehicles: &dyn VehicleRepository, first: u32, after: Option<VehicleId>) -> Page<Vehicle> {
    let after = after.map(|id| VehiclePlace {
        key: SortKey::Registration,
        id,
    });
    let request = PageRequest::forward(first, after);
    vehicles
        .find_all(&EVERYTHING, &agvs(), VehicleSort::default(), &request)
        .await
        .expect("a page")
}

/// Checks that the last page is marked as the last, even if it is full.
pub async fn pages_follow_one_another_without_gaps_or_repetition(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let mut expected = Vec::new();
    for _ in 0..6 {
        expected.push(a_vehicle().agv().register(vehicles).await);
        a_vehicle().amr().register(vehicles).await;
    }
    assert_eq!(count(vehicles, &agvs()).await, 6);
    for first in [1, 2, 3, 4, 6, 7] {
        let find = async |request| {
            let page = vehicles
                .find_all(&EVERYTHING, &agvs(), VehicleSort::default(), &request)
                .await;
            page.expect("a page")
        };
        let seen = pages::walk(first, |vehicle| VehicleSort::default().place_of(vehicle), find).await;
        assert_eq!(seen, expected, "in pages of {first}");
    }
}

/// Checks that a page starts after a given vehicle, even if that vehicle or an earlier one is deleted.
pub async fn a_page_is_stable_while_vehicles_are_added_and_removed(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let mut agvs = Vec::new();
    for _ in 0..4 {
        agvs.push(a_vehicle().agv().register(vehicles).await.id);
    }
    let first = page(vehicles, 2, None).await;
    assert_eq!(ids(&first.items), agvs[..2]);

    let late = a_vehicle().agv().register(vehicles).await.id;
    // The first vehicle precedes the page, and the second is the one after which the page starts.
    for gone in &agvs[..2] {
        vehicles
            .delete(an_administrator(), *gone, None)
            .await
            .expect("it is deleted");
    }
    let second = page(vehicles, 2, Some(agvs[1])).await;
    assert_eq!((ids(&second.items), second.has_more), (agvs[2..].to_vec(), true));
    let third = page(vehicles, 2, Some(agvs[3])).await;
    assert_eq!((ids(&third.items), third.has_more), (vec![late], false));
}

/// Checks that the count does not depend on the page.
pub async fn an_empty_page_reports_whether_there_is_more(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let nothing = |has_more| Page {
        items: vec![],
        has_more,
    };
    assert_eq!(page(vehicles, 0, None).await, nothing(false));
    assert_eq!(count(vehicles, &agvs()).await, 0);
    a_vehicle().agv().register(vehicles).await;
    assert_eq!(page(vehicles, 0, None).await, nothing(true));
    assert_eq!(count(vehicles, &agvs()).await, 1);
}
