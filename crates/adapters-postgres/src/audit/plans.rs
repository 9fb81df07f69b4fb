//! Tests of PostgreSQL's plans for a long audit log: every page is read using an index.

use application::{paging::PageRequest, ports::AuditFilter};
use diesel::prelude::*;
use domain::{AccessScope, AuditAction, AuditId, OrganizationId, UserId};
use time::{OffsetDateTime, macros::datetime};
use uuid::Uuid;

use super::{
    log::{Row, matching, page},
    times::least_id_at,
};
use crate::explain;

/// Inserts 20,000 entries of a week, one every 30 seconds. Half of them belong to the default organisation, the rest to
/// others, one of which has few entries. Half are by one user, the rest by many. Nearly all are changes of vehicles.
const ENTRIES: &str = "
    INSERT INTO audit_log (id, at, actor_id, actor_name, action, subject_id, organization_id, after)
    SELECT
        (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '70008000'
            || lpad(to_hex(number), 12, '0'))::uuid,
        at,
        CASE number % 2 WHEN 0 THEN pg_temp.named(1) ELSE pg_temp.named(number % 1000) END,
        'somebody',
        CASE WHEN number % 500 = 0 THEN 'user.delete' ELSE 'vehicle.update' END,
        pg_temp.named(number % 3000),
        CASE WHEN number % 1000 = 7 THEN pg_temp.named(2)
             WHEN number % 2 = 0 THEN '00000000-0000-7000-8000-000000000001' ELSE pg_temp.named(3 + number % 5) END,
        '{\"name\": \"something\"}'
    FROM (
        SELECT number, timestamptz '2026-01-01' + number * interval '30 seconds' AS at
        FROM generate_series(1, 20000) AS number
    ) AS entries;
    ANALYZE";

/// Creates a function that maps a number to an id.
const NAMED: &str = "CREATE FUNCTION pg_temp.named(bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
    AS $$ SELECT ('0190a5f2-7c1e-7d54-9a3b-' || lpad(to_hex($1), 12, '0'))::uuid $$;";

fn named(number: u128) -> Uuid {
    Uuid::from_u128(0x0190_a5f2_7c1e_7d54_9a3b_0000_0000_0000 + number)
}

fn scopes() -> [AccessScope; 5] {
    let organization = |number| OrganizationId::from_uuid(named(number));
    [
        AccessScope::All,
        AccessScope::of_organization(OrganizationId::DEFAULT),
        AccessScope::of_organization(organization(2)),
        AccessScope::of_organizations([organization(2), organization(4)]),
        AccessScope::nothing(),
    ]
}

/// Returns filters with all combinations of their parts. Most parts are either absent, or match few or many entries.
fn filters() -> Vec<AuditFilter> {
    let user = |number| Some(UserId::from_uuid(named(number)));
    let [early, late]: [Option<OffsetDateTime>; 2] = [
        Some(datetime!(2026-01-01 06:00 UTC)),
        Some(datetime!(2026-01-07 12:00 UTC)),
    ];
    let mut filters = Vec::new();
    for actor in [None, user(1), user(777)] {
        for action in [
            None,
            Some(AuditAction::DeleteUser),
            Some(AuditAction::UpdateVehicle),
        ] {
            for subject in [None, Some(named(42))] {
                for (from, to) in [(None, None), (late, None), (None, early), (early, late)] {
                    filters.push(AuditFilter {
                        actor,
                        action,
                        subject,
                        from,
                        to,
                    });
                }
            }
        }
    }
    filters
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_reads_all_entries() {
    let (_private, database) = explain::filled(&format!("{NAMED}{ENTRIES}")).await;
    let middle = AuditId::from_uuid(least_id_at(datetime!(2026-01-04 00:00 UTC)));
    for filter in filters() {
        for scope in scopes() {
            for after in [None, Some(middle)] {
                for first in [50, 500] {
                    let request = PageRequest::forward(first, after);
                    let chosen = page(matching(&scope, &filter), &request);
                    let plan = explain::plan_of(&database, chosen.select(Row::as_select())).await;
                    assert!(
                        !plan.contains("Seq Scan"),
                        "{filter:?} {scope:?} {request:?}\n{plan}"
                    );
                }
            }
        }
    }
}
