//! What is written down of what people do.

use std::str::FromStr as _;

use application::ports;
use domain::{AuditAction, UserId, VehicleId, Violations};
use juniper::{DefaultScalarValue, GraphQLInputObject, GraphQLObject, ID};
use serde_json::Value;

use super::DateTime;
use crate::{ids::parsed_id, json_scalar::Json};

/// An entry of the audit log.
#[derive(Clone, Debug, GraphQLObject)]
#[graphql(scalar = DefaultScalarValue)]
pub struct AuditEntry {
    /// Its identity; later ones are greater.
    id: ID,
    /// When it was written.
    at: DateTime,
    /// Who did it; null when nobody was known, as at a log-in that failed.
    actor_id: Option<ID>,
    /// The name of who did it at that time; at a log-in with a name that no user has, `unknown:` and a mark of that name.
    actor_name: String,
    /// From which address.
    address: Option<String>,
    /// Names the request in the server's log.
    request_id: Option<String>,
    /// What was done, such as vehicle.update.
    action: String,
    /// To what: the id of a vehicle, group, organisation, user, grant or session.
    subject_id: Option<ID>,
    /// The organisation that it concerns.
    organization_id: Option<ID>,
    /// What was, as far as it is not any more.
    before: Option<Json>,
    /// What is, as far as it was not before.
    after: Option<Json>,
}

impl From<ports::AuditEntry> for AuditEntry {
    fn from(entry: ports::AuditEntry) -> Self {
        Self {
            id: ID::new(entry.id.to_string()),
            at: entry.at.into(),
            actor_id: entry.actor_id.map(|id| ID::new(id.to_string())),
            actor_name: entry.actor_name,
            address: entry.address,
            request_id: entry.request_id,
            action: entry.action.as_str().to_owned(),
            subject_id: entry.subject_id.map(|id| ID::new(id.to_string())),
            organization_id: entry.organization_id.map(|id| ID::new(id.to_string())),
            before: entry.before.map(|facts| Json(Value::Object(facts))),
            after: entry.after.map(|facts| Json(Value::Object(facts))),
        }
    }
}

/// Which entries; what is left out does not matter.
#[derive(Clone, Debug, Default, GraphQLInputObject)]
pub struct AuditFilter {
    /// What this user did.
    actor_id: Option<ID>,
    /// What was done, such as vehicle.update.
    action: Option<String>,
    /// To this vehicle, group, organisation, user, grant or session.
    subject_id: Option<ID>,
    /// Not before this time.
    from: Option<DateTime>,
    /// Before this time.
    to: Option<DateTime>,
}

impl AuditFilter {
    /// The filter, or all that is wrong with it.
    pub(crate) fn checked(self) -> Result<ports::AuditFilter, Violations> {
        let mut faults = Violations::default();
        let actor = self
            .actor_id
            .as_ref()
            .map(|id| parsed_id::<UserId>("filter.actorId", id));
        let action = self.action.as_deref().map(|text| {
            AuditAction::from_str(text).map_err(|fault| Violations::of("filter.action", fault.to_string()))
        });
        // Ids of all kinds are spelled alike.
        let subject = self
            .subject_id
            .as_ref()
            .map(|id| parsed_id::<VehicleId>("filter.subjectId", id));
        let filter = ports::AuditFilter {
            actor: faults.join(actor.transpose()).flatten(),
            action: faults.join(action.transpose()).flatten(),
            subject: faults.join(subject.transpose()).flatten().map(|id| *id.as_uuid()),
            from: self.from.map(Into::into),
            to: self.to.map(Into::into),
        };
        faults.into_result()?;
        Ok(filter)
    }
}
