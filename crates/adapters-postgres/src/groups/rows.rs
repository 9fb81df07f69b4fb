//! Rows of groups, and their visibility.

use application::Error;
use diesel::{pg::Pg, prelude::*};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{AccessScope, Group, GroupId, GroupName, OrganizationId};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{failure::Failure, schema::groups};

/// Query of groups, to be narrowed further.
pub(crate) type Selection = groups::BoxedQuery<'static, Pg>;

/// Selects the groups that a caller may see.
pub(crate) fn visible_to(scope: &AccessScope) -> Selection {
    match scope {
        AccessScope::All => groups::table.into_boxed(),
        AccessScope::Restricted {
            organizations,
            groups: single,
            ..
        } => {
            let organizations: Vec<Uuid> = organizations.iter().map(|id| *id.as_uuid()).collect();
            let single: Vec<Uuid> = single.iter().map(|id| *id.as_uuid()).collect();
            groups::table
                .filter(
                    groups::organization_id
                        .eq_any(organizations)
                        .or(groups::id.eq_any(single)),
                )
                .into_boxed()
        }
    }
}

pub(super) async fn load(
    connection: &mut AsyncPgConnection,
    selection: Selection,
) -> Result<Vec<Group>, Failure> {
    let rows: Vec<Row> = selection.select(Row::as_select()).load(connection).await?;
    let read: Result<_, Error> = rows.into_iter().map(Group::try_from).collect();
    Ok(read?)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = groups)]
pub(super) struct Row {
    id: Uuid,
    organization_id: Uuid,
    name: String,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
}

impl TryFrom<Row> for Group {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: GroupId::from_uuid(row.id),
            organization_id: OrganizationId::from_uuid(row.organization_id),
            name: GroupName::stored(&row.name).map_err(Error::internal)?,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}
