//! Writing of entries within the transaction of a change.

use application::ports::{AuditRecord, Author};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use super::times::time_in;
use crate::{failure::Failure, schema::audit_log};

#[derive(Insertable)]
#[diesel(table_name = audit_log)]
struct NewRow<'a> {
    id: Uuid,
    at: OffsetDateTime,
    actor_id: Option<Uuid>,
    actor_name: &'a str,
    address: Option<String>,
    request_id: Option<&'a str>,
    action: &'static str,
    subject_id: Option<Uuid>,
    organization_id: Option<Uuid>,
    before: Option<Value>,
    after: Option<Value>,
}

/// Inserts entries in one statement.
pub(crate) async fn write_down(
    connection: &mut AsyncPgConnection,
    by: &Author,
    records: impl IntoIterator<Item = AuditRecord>,
) -> Result<(), Failure> {
    let rows: Vec<NewRow<'_>> = records.into_iter().map(|record| NewRow::of(by, record)).collect();
    diesel::insert_into(audit_log::table)
        .values(rows)
        .execute(connection)
        .await?;
    Ok(())
}

impl<'a> NewRow<'a> {
    fn of(by: &'a Author, record: AuditRecord) -> Self {
        let AuditRecord {
            action,
            subject_id,
            organization_id,
            before,
            after,
        } = record;
        let id = Uuid::now_v7();
        Self {
            id,
            at: time_in(id),
            actor_id: by.user_id.map(|id| *id.as_uuid()),
            actor_name: &by.name,
            address: by.origin.address.map(|address| address.to_string()),
            request_id: by.origin.request_id.as_deref(),
            action: action.as_str(),
            subject_id,
            organization_id: organization_id.map(|id| *id.as_uuid()),
            before: before.map(Value::Object),
            after: after.map(Value::Object),
        }
    }
}
