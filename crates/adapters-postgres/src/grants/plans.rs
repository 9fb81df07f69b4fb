//! Tests of PostgreSQL's plans for many grants: every page is read using an index, for every scope and user.

use application::paging::PageRequest;
use diesel::prelude::*;
use domain::{AccessScope, GrantId, OrganizationId, UserId};
use uuid::Uuid;

use super::rows::{Row, page, visible_to};
use crate::explain;

/// Inserts 2,000 users, most of them in the default organisation, with ten grants each; one of them has a thousand.
const GRANTS: &str = "
    CREATE FUNCTION pg_temp.named(prefix text, number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
        AS $$ SELECT ('0190a5f2-7c1e-7d54-' || $1 || '-' || lpad($2::text, 12, '0'))::uuid $$;
    INSERT INTO organizations (id, name) VALUES ('00000000-0000-7000-8000-000000000007', 'Small');
    INSERT INTO users (id, username, username_key, role, organization_id, password_hash)
    SELECT pg_temp.named('9a00', number), 'user-' || number, 'user-' || number, 'VIEWER',
        CASE WHEN number % 100 = 7 THEN '00000000-0000-7000-8000-000000000007'::uuid
             ELSE '00000000-0000-7000-8000-000000000001' END,
        '$test$1'
    FROM generate_series(1, 2000) AS number;
    INSERT INTO groups (id, organization_id, name)
    SELECT pg_temp.named('9b00', number),
        CASE WHEN number % 100 = 7 THEN '00000000-0000-7000-8000-000000000007'::uuid
             ELSE '00000000-0000-7000-8000-000000000001' END,
        'Group ' || number
    FROM generate_series(1, 1000) AS number;
    INSERT INTO grants (id, user_id, group_id, owner_organization_id)
    SELECT pg_temp.named('9c00', row_number() OVER ()), users.id, groups.id, groups.organization_id
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS number FROM users) AS users
    JOIN (SELECT id, organization_id, row_number() OVER (ORDER BY id) AS number FROM groups) AS groups
        ON users.number = 42 OR users.number % 100 = groups.number % 100;
    ANALYZE";

#[tokio::test(flavor = "multi_thread")]
async fn no_page_reads_all_grants() {
    let (_private, database) = explain::filled(GRANTS).await;
    let id = |last: u128| Uuid::from_u128(0x0190_a5f2_7c1e_7d54_9a00_0000_0000_0000 + last);
    let middle = GrantId::from_uuid(Uuid::from_u128(0x0190_a5f2_7c1e_7d54_9c00_0000_0001_0000));
    let small = OrganizationId::from_uuid(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0007));
    for scope in [
        AccessScope::All,
        AccessScope::of_organization(OrganizationId::DEFAULT),
        AccessScope::of_organization(small),
        AccessScope::of_organizations([OrganizationId::DEFAULT, small]),
        AccessScope::nothing(),
    ] {
        for user in [None, Some(0x42), Some(0x7)] {
            let user = user.map(|last| UserId::from_uuid(id(last)));
            for after in [None, Some(middle)] {
                for first in [50, 500] {
                    let request = PageRequest::forward(first, after);
                    let chosen = page(visible_to(&scope, user), &request);
                    let plan = explain::plan_of(&database, chosen.select(Row::as_select())).await;
                    assert!(
                        !plan.contains("Seq Scan on grants"),
                        "{scope:?} {user:?} {request:?}\n{plan}"
                    );
                }
            }
        }
    }
}
