//! Tests of PostgreSQL's plans for many users: every page is read using an index, for every scope.

use application::paging::PageRequest;
use diesel::prelude::*;
use domain::{AccessScope, OrganizationId, UserId};
use uuid::Uuid;

use super::rows::{UserRow, page, visible_to};
use crate::explain;

/// Inserts 20,000 users, half of them in the default organisation and a few in another one.
const USERS: &str = "
    INSERT INTO organizations (id, name) VALUES ('00000000-0000-7000-8000-000000000007', 'Small');
    INSERT INTO users (id, username, username_key, role, organization_id, password_hash)
    SELECT ('0190a5f2-7c1e-7d54-9a3b-' || lpad(number::text, 12, '0'))::uuid, 'user-' || number, 'user-' || number,
        CASE WHEN number % 100 = 0 THEN 'ADMIN' ELSE 'VIEWER' END,
        CASE WHEN number % 1000 = 7 THEN '00000000-0000-7000-8000-000000000007'::uuid
             WHEN number % 2 = 0 THEN '00000000-0000-7000-8000-000000000001' END,
        '$test$1'
    FROM generate_series(1, 20000) AS number;
    ANALYZE";

#[tokio::test(flavor = "multi_thread")]
async fn no_page_reads_all_users() {
    let (_private, database) = explain::filled(USERS).await;
    let middle = UserId::from_uuid(Uuid::from_u128(0x0190_a5f2_7c1e_7d54_9a3b_0000_0001_0000));
    let small = OrganizationId::from_uuid(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0007));
    for scope in [
        AccessScope::All,
        AccessScope::of_organization(OrganizationId::DEFAULT),
        AccessScope::of_organization(small),
        AccessScope::of_organizations([OrganizationId::DEFAULT, small]),
        AccessScope::nothing(),
    ] {
        for after in [None, Some(middle)] {
            for first in [50, 500] {
                let request = PageRequest::forward(first, after);
                let chosen = page(visible_to(&scope), &request);
                let plan = explain::plan_of(&database, chosen.select(UserRow::as_select())).await;
                assert!(!plan.contains("Seq Scan"), "{scope:?} {request:?}\n{plan}");
            }
        }
    }
}
