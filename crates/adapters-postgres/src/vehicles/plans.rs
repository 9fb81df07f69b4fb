//! Tests of PostgreSQL's plans for a large registry: every page is read using an index.

use application::{
    paging::PageRequest,
    ports::{SortDirection, SortField, SortKey, VehicleFilter, VehiclePlace, VehicleSort, name_key},
};
use domain::{
    AccessScope, GroupId, OrganizationId, VehicleId,
    vehicle::{SearchText, VehicleStatus, VehicleType},
};
use time::macros::datetime;
use uuid::Uuid;

use super::{pages::page, search::matching, selection::whole};
use crate::{Database, explain};

/// Inserts 20,000 vehicles, a twentieth of them deleted. Kinds and statuses are as unevenly distributed as in a real
/// fleet. The first of ten groups contains about half of the vehicles, and each of the others half as many as the
/// previous one.
const FLEET: &str = "
    CREATE TEMP TABLE fleet AS
    SELECT number, ('0190a5f2-7c1e-7d54-9a3b-' || lpad(number::text, 12, '0'))::uuid AS id,
        (ARRAY['AMR','AGV','AMR','OHT','AGV','AMR','FORKLIFT','OHT','AGV','AMR'])[1 + number % 10] AS kind,
        timestamptz '2026-01-01' + number * interval '1 minute' AS created_at
    FROM generate_series(1, 20000) AS number;
    BEGIN;
    INSERT INTO vehicles (id, organization_id, kind, name, manufacturer, model, status, is_enabled,
                          max_speed, max_load, battery_capacity, created_at, updated_at, deleted_at)
    SELECT id, '00000000-0000-7000-8000-000000000001', kind,
        (ARRAY['Picker','Tugger','Stacker','Gabelstapler Süd'])[1 + number % 4] || ' '
            || (ARRAY['Hall A','Dock 3','Cleanroom'])[1 + number % 3] || ' ' || kind || '-' || number,
        (ARRAY['Acme','Kuka','MiR','Geek+','Daifuku'])[1 + number % 5],
        (ARRAY['M1','MiR250',NULL])[1 + number % 3],
        CASE WHEN number % 100 = 0 THEN 'ERROR' WHEN number % 20 = 1 THEN 'CHARGING'
             WHEN number % 3 = 0 THEN 'MOVING' ELSE 'IDLE' END,
        number % 10 <> 0, 1, 1, 1, created_at, created_at + (number * 7919 % 20000) * interval '1 minute',
        CASE WHEN number % 20 = 7 THEN created_at + interval '1 day' END
    FROM fleet;
    INSERT INTO amr_details (vehicle_id, lidar_enabled, camera_enabled, ultrasonic_enabled, autonomy_level)
    SELECT id, true, true, true, 3 FROM fleet WHERE kind = 'AMR';
    INSERT INTO agv_details (vehicle_id, guide_type) SELECT id, 'LASER' FROM fleet WHERE kind = 'AGV';
    INSERT INTO oht_details (vehicle_id, rail_id) SELECT id, 'bay 1' FROM fleet WHERE kind = 'OHT';
    INSERT INTO forklift_details (vehicle_id) SELECT id FROM fleet WHERE kind = 'FORKLIFT';
    INSERT INTO groups (id, organization_id, name)
    SELECT ('0190a5f2-7c1e-7d54-9a3b-00000000000' || number)::uuid,
        '00000000-0000-7000-8000-000000000001', 'Group ' || number
    FROM generate_series(0, 9) AS number;
    INSERT INTO group_members (vehicle_id, group_id, organization_id)
    SELECT fleet.id, groups.id, groups.organization_id
    FROM fleet JOIN groups ON fleet.number % (2 ^ (1 + right(groups.id::text, 1)::int))::int = 0
    WHERE fleet.number % 20 <> 7;
    COMMIT;
    ANALYZE";

const GROUPS: u128 = 0x0190_a5f2_7c1e_7d54_9a3b_0000_0000_0000;

/// Returns filters with all combinations of their parts. Most parts are either absent, or match few or many vehicles.
fn filters() -> Vec<VehicleFilter> {
    let group = |number| Some(GroupId::from_uuid(Uuid::from_u128(GROUPS + number)));
    let text = |text| Some(SearchText::new(text).expect("a text"));
    let mut filters = Vec::new();
    for kind in [None, Some(VehicleType::Forklift), Some(VehicleType::Amr)] {
        for status in [None, Some(VehicleStatus::Error), Some(VehicleStatus::Idle)] {
            for enabled in [None, Some(true), Some(false)] {
                for group in [None, group(0), group(9)] {
                    for search in [
                        None,
                        text("acme"),
                        text("R-1234"),
                        text("zzz"),
                        text("m"),
                        text("§ §"),
                    ] {
                        filters.push(VehicleFilter {
                            kind,
                            status,
                            enabled,
                            group,
                            search,
                        });
                    }
                }
            }
        }
    }
    filters
}

fn scopes() -> [AccessScope; 5] {
    let vehicles = [0x1234, 0x5678].map(|number| VehicleId::from_uuid(Uuid::from_u128(GROUPS + number)));
    let groups = [1, 3].map(|number| GroupId::from_uuid(Uuid::from_u128(GROUPS + number)));
    [
        AccessScope::All,
        AccessScope::of_organization(OrganizationId::DEFAULT),
        AccessScope::of_groups(groups),
        AccessScope::of_vehicles(vehicles),
        AccessScope::Restricted {
            organizations: [OrganizationId::from_uuid(Uuid::from_u128(GROUPS))].into(),
            groups: groups.into(),
            vehicles: vehicles.into(),
        },
    ]
}

/// Returns a place in the middle of the list.
fn middle(field: SortField) -> VehiclePlace {
    let key = match field {
        SortField::Registration => SortKey::Registration,
        SortField::Name => SortKey::Name(name_key("Stacker Dock 3")),
        SortField::CreatedAt => SortKey::CreatedAt(datetime!(2026-01-07 00:00 UTC)),
        SortField::UpdatedAt => SortKey::UpdatedAt(datetime!(2026-01-14 00:00 UTC)),
        SortField::Status => SortKey::Status("IDLE"),
    };
    let id = VehicleId::from_uuid(Uuid::from_u128(GROUPS + 0x1_0000));
    VehiclePlace { key, id }
}

async fn plan_of(
    database: &Database,
    scope: &AccessScope,
    filter: &VehicleFilter,
    sort: VehicleSort,
    request: &PageRequest<VehiclePlace>,
) -> String {
    explain::plan_of(database, whole(page(matching(scope, filter), sort, request))).await
}

async fn check_every_filter(field: SortField) {
    let (_private, database) = explain::filled(FLEET).await;
    for (number, filter) in filters().iter().enumerate() {
        // Pairs page positions, page lengths and scopes with the filters in rotation, so that each occurs with every
        // kind of filter.
        let turn = number + number / 6;
        let after = (turn % 2 == 0).then(|| middle(field));
        let first = if turn % 3 == 0 { 500 } else { 50 };
        let request = PageRequest::forward(first, after);
        let scope = &scopes()[number / 7 % 5];
        for direction in [SortDirection::Ascending, SortDirection::Descending] {
            let sort = VehicleSort { field, direction };
            let plan = plan_of(&database, scope, filter, sort, &request).await;
            assert!(
                !plan.contains("Seq Scan on vehicles"),
                "{filter:?} {scope:?} {sort:?} {request:?}\n{plan}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_by_registration_reads_all_vehicles() {
    check_every_filter(SortField::Registration).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_by_name_reads_all_vehicles() {
    check_every_filter(SortField::Name).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_by_time_of_registration_reads_all_vehicles() {
    check_every_filter(SortField::CreatedAt).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_by_time_of_change_reads_all_vehicles() {
    check_every_filter(SortField::UpdatedAt).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_by_status_reads_all_vehicles() {
    check_every_filter(SortField::Status).await;
}
