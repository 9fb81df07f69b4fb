//! Rows of grants, and their visibility.

use application::{Error, paging::PageRequest};
use diesel::{pg::Pg, prelude::*};
use domain::{AccessScope, Grant, GrantId, GrantTarget, GroupId, OrganizationId, UserId, VehicleId};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{paging::page_by_id, schema::grants};

/// Query of grants, to be narrowed further.
pub(super) type Selection = grants::BoxedQuery<'static, Pg>;

/// Selects the grants that an administrator may see, of one user or of all users. An administrator of organisations
/// sees the grants on their targets, including grants to users of other organisations.
pub(super) fn visible_to(scope: &AccessScope, user: Option<UserId>) -> Selection {
    let mut chosen = grants::table.into_boxed();
    if let Some(user) = user {
        chosen = chosen.filter(grants::user_id.eq(*user.as_uuid()));
    }
    let AccessScope::Restricted { organizations, .. } = scope else {
        return chosen;
    };
    let organizations: Vec<Uuid> = organizations.iter().map(|id| *id.as_uuid()).collect();
    match organizations[..] {
        // With equality, the index on the organisation returns the grants in order.
        [only] => chosen.filter(grants::owner_organization_id.eq(only)),
        _ => chosen.filter(grants::owner_organization_id.eq_any(organizations)),
    }
}

/// Narrows a query to the grants of a page, plus one more.
pub(super) fn page(chosen: Selection, request: &PageRequest<GrantId>) -> Selection {
    page_by_id!(chosen, grants::id, request, upwards)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = grants)]
pub(crate) struct Row {
    id: Uuid,
    user_id: Uuid,
    organization_id: Option<Uuid>,
    group_id: Option<Uuid>,
    vehicle_id: Option<Uuid>,
    owner_organization_id: Uuid,
    role: String,
    created_at: OffsetDateTime,
}

impl Row {
    /// Returns the organisation that the target belongs to.
    pub(super) fn owner(&self) -> OrganizationId {
        OrganizationId::from_uuid(self.owner_organization_id)
    }
}

impl TryFrom<Row> for Grant {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let target = match (row.organization_id, row.group_id, row.vehicle_id) {
            (Some(id), None, None) => GrantTarget::Organization(OrganizationId::from_uuid(id)),
            (None, Some(id), None) => GrantTarget::Group(GroupId::from_uuid(id)),
            (None, None, Some(id)) => GrantTarget::Vehicle(VehicleId::from_uuid(id)),
            _ => {
                return Err(Error::internal(format!(
                    "grant {} does not have exactly one target",
                    row.id
                )));
            }
        };
        Ok(Self {
            id: GrantId::from_uuid(row.id),
            user_id: UserId::from_uuid(row.user_id),
            target,
            role: row.role.parse().map_err(Error::internal)?,
            created_at: row.created_at,
        })
    }
}
