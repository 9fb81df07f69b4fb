//! Audit log entries and their filter.

use std::str::FromStr as _;

use application::ports;
use domain::{AuditAction, UserId, VehicleId, Violations};
use juniper::{DefaultScalarValue, GraphQLInputObject, GraphQLObject, ID};
use serde_json::Value;

use super::DateTime;
use crate::{ids::parsed_id, json_scalar::Json};

/// Entry of the audit log.
#[derive(Clone, Debug, GraphQLObject)]
#[graphql(scalar = DefaultScalarValue)]
pub struct AuditEntry {
    /// Unique identifier. Later entries have greater identifiers.
    id: ID,
    /// Time at which the entry was written.
    at: DateTime,
    /// User who performed the action; null if the user is not known, as after a failed log-in.
    actor_id: Option<ID>,
    /// Name of the user at the time of the action. For a failed log-in with a username that does not exist, `unknown:`
    /// followed by a fingerprint of that username.
    actor_name: String,
    /// Network address of the client; null if there was none, as on the command line.
    address: Option<String>,
    /// Identifier of the request in the server's log; null if there was none, as on the command line.
    request_id: Option<String>,
    /// Action that was performed, such as `vehicle.update`.
    action: String,
    /// Identifier of the vehicle, group, organisation, user, grant or session that the action was performed on.
    subject_id: Option<ID>,
    /// Organisation that the action concerns.
    organization_id: Option<ID>,
    /// Data that the action replaced or removed, by field name.
    before: Option<Json>,
    /// Data that the action set, or details of an action that changes nothing, by field name.
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

/// Criteria for entries of the audit log. An entry must meet all criteria that are given.
#[derive(Clone, Debug, Default, GraphQLInputObject)]
pub struct AuditFilter {
    /// Only actions of this user.
    actor_id: Option<ID>,
    /// Only this action, such as `vehicle.update`.
    action: Option<String>,
    /// Only actions on this vehicle, group, organisation, user, grant or session.
    subject_id: Option<ID>,
    /// Only entries at or after this time.
    from: Option<DateTime>,
    /// Only entries before this time.
    to: Option<DateTime>,
}

impl AuditFilter {
    /// Converts the filter, or returns all its violations, with field names that start with `filter.`.
    pub(crate) fn checked(self) -> Result<ports::AuditFilter, Violations> {
        let mut faults = Violations::default();
        let actor = self
            .actor_id
            .as_ref()
            .map(|id| parsed_id::<UserId>("filter.actorId", id));
        let action = self.action.as_deref().map(|text| {
            AuditAction::from_str(text).map_err(|fault| Violations::of("filter.action", fault.to_string()))
        });
        // Ids of all kinds have the same syntax, so any id type can parse the subject.
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
