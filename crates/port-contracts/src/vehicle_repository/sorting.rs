use std::cmp::Ordering;

use application::{
    paging::PageRequest,
    ports::{Mode, SortDirection, SortField, VehicleFilter, VehiclePlace, VehicleRepository, VehicleSort},
};
use domain::{
    GroupId, OrganizationId, VehicleId,
    vehicle::{Vehicle, VehicleStatus, VehicleType},
};
use test_builders::a_vehicle;

use super::{PLENTY, Registry, search};
use crate::{
    pages,
    registry::{EVERYTHING, a_group, an_administrator, ids, rename},
};

/// Returns every sort order.
fn orders() -> Vec<VehicleSort> {
    use SortField::{CreatedAt, Name, Registration, Status, UpdatedAt};
    let both_ways = |field| {
        [SortDirection::Ascending, SortDirection::Descending]
            .map(|direction| VehicleSort { field, direction })
    };
    [Registration, Name, CreatedAt, UpdatedAt, Status]
        .into_iter()
        .flat_map(both_ways)
        .collect()
}

/// Creates vehicles with many ties in every order: names that differ only in case, equal times of registration, and
/// equal statuses. Some of the vehicles are in a group, which is returned.
async fn a_fleet(registry: &dyn Registry) -> GroupId {
    let (vehicles, groups) = (registry.vehicles(), registry.groups());
    let group = a_group(registry, OrganizationId::DEFAULT).await.id;
    let together = ["b 2", "B 2", "a 1", "Ä 1", "c", "C"].map(|name| a_vehicle().named(name).registration());
    let together = vehicles.create_all(
        an_administrator(),
        OrganizationId::DEFAULT,
        together.to_vec(),
        Mode::Apply,
    );
    let together = together
        .await
        .expect("the registry answers")
        .expect("they are registered");
    for vehicle in together.iter().step_by(2) {
        let added = groups.add_vehicle(an_administrator(), group, vehicle.id).await;
        added.expect("the vehicle is added to the group");
    }
    for (name, status) in [
        ("A 1", VehicleStatus::Moving),
        ("b 1", VehicleStatus::Error),
        ("B 1", VehicleStatus::Moving),
        ("d", VehicleStatus::Idle),
    ] {
        let vehicle = a_vehicle().agv().named(name).enabled().in_status(status);
        vehicle.in_group(group).register_in_groups(vehicles, groups).await;
    }
    // Makes the order of the last changes differ from that of the registrations.
    let renamed = vehicles
        .update(an_administrator(), together[1].id, None, rename("B 3"))
        .await;
    renamed.expect("it is renamed");
    group
}

fn compare(sort: VehicleSort, a: &Vehicle, b: &Vehicle) -> Ordering {
    let upwards = sort.place_of(a).cmp(&sort.place_of(b));
    match sort.direction {
        SortDirection::Ascending => upwards,
        SortDirection::Descending => upwards.reverse(),
    }
}

/// Returns the items of a list, read page by page.
async fn walk(
    vehicles: &dyn VehicleRepository,
    filter: &VehicleFilter,
    sort: VehicleSort,
    first: u32,
) -> Vec<VehicleId> {
    let find = async |request| {
        let page = vehicles.find_all(&EVERYTHING, filter, sort, &request).await;
        page.expect("a page")
    };
    ids(&pages::walk(first, |vehicle| sort.place_of(vehicle), find).await)
}

async fn page(
    vehicles: &dyn VehicleRepository,
    filter: &VehicleFilter,
    sort: VehicleSort,
    first: u32,
    after: Option<VehiclePlace>,
) -> (Vec<Vehicle>, bool) {
    let request = PageRequest::forward(first, after);
    let page = vehicles.find_all(&EVERYTHING, filter, sort, &request).await;
    let page = page.expect("a page");
    (page.items, page.has_more)
}

/// Reads every order in both directions, in pages that also start between ties.
pub async fn every_order_is_kept_in_pages_of_every_size(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    a_fleet(registry).await;
    let mut fleet = vehicles.load_all().await.expect("a list");
    for sort in orders() {
        fleet.sort_by(|a, b| compare(sort, a, b));
        for first in [1, 2, 3, 4, 9, 10, 11, PLENTY] {
            let seen = walk(vehicles, &VehicleFilter::default(), sort, first).await;
            assert_eq!(seen, ids(&fleet), "{sort:?} in pages of {first}");
        }
    }
}

pub async fn every_order_is_kept_with_every_filter(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let group = a_fleet(registry).await;
    let mut fleet = vehicles.load_all().await.expect("a list");
    for sort in orders() {
        fleet.sort_by(|a, b| compare(sort, a, b));
        for filter in filters(group) {
            let expected: Vec<Vehicle> = fleet
                .iter()
                .filter(|vehicle| lets_through(&filter, vehicle))
                .cloned()
                .collect();
            assert!(!expected.is_empty(), "{filter:?} is no filter for this fleet");
            let seen = walk(vehicles, &filter, sort, 2).await;
            assert_eq!(seen, ids(&expected), "{filter:?} {sort:?}");
        }
    }
}

fn filters(group: GroupId) -> Vec<VehicleFilter> {
    let all = VehicleFilter::default;
    let of_kind = |kind| VehicleFilter {
        kind: Some(kind),
        ..all()
    };
    let moving = VehicleFilter {
        status: Some(VehicleStatus::Moving),
        ..all()
    };
    let disabled = VehicleFilter {
        enabled: Some(false),
        ..all()
    };
    let grouped = VehicleFilter {
        group: Some(group),
        ..all()
    };
    let all_of_it = VehicleFilter {
        kind: Some(VehicleType::Agv),
        status: Some(VehicleStatus::Moving),
        enabled: Some(true),
        group: Some(group),
        ..search("B 1")
    };
    let kinds = [VehicleType::Amr, VehicleType::Agv].map(of_kind);
    let texts = ["acme", "b", " 1", "B 1"].map(search);
    [moving, disabled, grouped, all_of_it]
        .into_iter()
        .chain(kinds)
        .chain(texts)
        .collect()
}

fn lets_through(filter: &VehicleFilter, vehicle: &Vehicle) -> bool {
    filter.kind.is_none_or(|kind| kind == vehicle.kind())
        && filter.status.is_none_or(|status| status == vehicle.status)
        && filter.enabled.is_none_or(|enabled| enabled == vehicle.is_enabled)
        && filter
            .group
            .is_none_or(|group| vehicle.group_ids.contains(&group))
        && filter.search.as_ref().is_none_or(|text| text.finds(vehicle))
}

/// Checks that the order depends neither on the operating system nor on the locale of the database.
pub async fn names_are_sorted_by_bytes_ignoring_ascii_case(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let expected = [
        "[x", "_x", "a-b", "Ab", "AMR 10", "amr 2", "Zug", "zug 1", "Äh", "äh", "éh", "搬", "🤖",
    ];
    for name in [
        "zug 1", "äh", "AMR 10", "🤖", "[x", "amr 2", "éh", "Ab", "_x", "搬", "Zug", "a-b", "Äh",
    ] {
        a_vehicle().named(name).register(vehicles).await;
    }
    let sort = VehicleSort {
        field: SortField::Name,
        direction: SortDirection::Ascending,
    };
    let (found, _) = page(vehicles, &VehicleFilter::default(), sort, PLENTY, None).await;
    let names: Vec<&str> = found.iter().map(|vehicle| vehicle.name.as_str()).collect();
    assert_eq!(names, expected);
}

/// Checks that a reader misses vehicles added before its position, and receives each vehicle added after it once.
pub async fn vehicles_added_while_paging_are_in_their_sorted_position(registry: &dyn Registry) {
    for (direction, expected) in [
        (SortDirection::Ascending, ["e", "f", "g"]),
        (SortDirection::Descending, ["c", "b", "a"]),
    ] {
        let vehicles = registry.vehicles();
        let mut there = Vec::new();
        for name in ["b", "d", "f"] {
            there.push(a_vehicle().named(name).register(vehicles).await.id);
        }
        let sort = VehicleSort {
            field: SortField::Name,
            direction,
        };
        let unfiltered = VehicleFilter::default();
        let (first, has_next) = page(vehicles, &unfiltered, sort, 2, None).await;
        assert!(has_next);
        let after = first.last().map(|vehicle| sort.place_of(vehicle));

        for name in ["a", "c", "e", "g"] {
            there.push(a_vehicle().named(name).register(vehicles).await.id);
        }
        let (rest, has_next) = page(vehicles, &unfiltered, sort, 3, after).await;
        let names: Vec<&str> = rest.iter().map(|vehicle| vehicle.name.as_str()).collect();
        assert_eq!((names, has_next), (expected.to_vec(), false));
        for id in there {
            vehicles
                .delete(an_administrator(), id, None)
                .await
                .expect("it is deleted");
        }
    }
}
