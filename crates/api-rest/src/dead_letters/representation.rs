//! JSON representation of dead letters.

use application::{
    dead_letters::{DroppedLetters, ReplayOutcome, ReplayedLetters},
    ports::StoredDeadLetter,
    telemetry::Rejection,
};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::{listing::pages, schemas::words, time::rfc3339};

/// A rejected message from a robot.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeadLetter)]
pub struct DeadLetterDocument {
    /// Id of the letter. Later letters have greater ids.
    #[schema(example = "1732333333123-0")]
    pub(crate) id: String,
    /// Time when the message arrived.
    #[serde(serialize_with = "rfc3339")]
    pub(crate) received_at: OffsetDateTime,
    /// Channel of the message.
    #[schema(value_type = words::MessageChannel)]
    pub(crate) channel: &'static str,
    /// Vehicle that the message names, registered or not; null if it names none that can be read.
    #[schema(required, format = Uuid)]
    pub(crate) vehicle_id: Option<String>,
    /// Reason for the rejection, as in metrics.
    #[schema(value_type = words::RejectionReason)]
    pub(crate) reason: &'static str,
    /// Description of the fault.
    #[schema(example = "position is outside the bounds")]
    pub(crate) detail: String,
    /// The message, or its first 4 KiB; for an array, only the rejected element. Bytes that are not UTF-8 are replaced
    /// with U+FFFD.
    pub(crate) payload: String,
    /// Number of bytes of the whole message.
    #[schema(minimum = 0)]
    pub(crate) bytes: u64,
    /// Whether the end of the message was not kept, so that the letter cannot be replayed.
    pub(crate) is_truncated: bool,
}

impl From<&StoredDeadLetter> for DeadLetterDocument {
    fn from(stored: &StoredDeadLetter) -> Self {
        let letter = &stored.letter;
        Self {
            id: stored.id.to_string(),
            received_at: letter.received_at.to_offset_date_time(),
            channel: letter.channel.as_str(),
            vehicle_id: letter.vehicle_id.map(|id| id.to_string()),
            reason: letter.rejection.reason.as_str(),
            detail: letter.rejection.detail.clone(),
            payload: String::from_utf8_lossy(&letter.payload).into_owned(),
            bytes: letter.bytes as u64,
            is_truncated: letter.is_truncated(),
        }
    }
}

/// Outcome of replaying a dead letter.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = DeadLetterReplay)]
pub struct ReplayDocument {
    /// Whether the message was accepted and published, or would be rejected again.
    pub(crate) outcome: ReplayWord,
    /// Reason why the message would be rejected again; null if it was accepted.
    #[schema(required)]
    pub(crate) rejection: Option<ReplayRejectionDocument>,
}

/// Outcome of replaying a dead letter.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schema(as = ReplayOutcome)]
pub(crate) enum ReplayWord {
    Accepted,
    Rejected,
}

/// Reason why the message of a dead letter would be rejected again.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ReplayRejection)]
pub(crate) struct ReplayRejectionDocument {
    /// Reason for the rejection, which may differ from that of the letter.
    #[schema(value_type = words::RejectionReason)]
    pub(crate) reason: &'static str,
    /// Description of the fault.
    pub(crate) detail: String,
}

impl From<ReplayOutcome> for ReplayDocument {
    fn from(outcome: ReplayOutcome) -> Self {
        match outcome {
            ReplayOutcome::Accepted => Self {
                outcome: ReplayWord::Accepted,
                rejection: None,
            },
            ReplayOutcome::Rejected(Rejection { reason, detail }) => Self {
                outcome: ReplayWord::Rejected,
                rejection: Some(ReplayRejectionDocument {
                    reason: reason.as_str(),
                    detail,
                }),
            },
        }
    }
}

/// Outcome of replaying several dead letters.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReplayedDeadLetters)]
pub(crate) struct ReplayedDocument {
    /// Number of letters whose messages were accepted and published.
    #[schema(minimum = 0)]
    accepted: u64,
    /// Number of letters that would be rejected again, for each reason.
    rejected: Vec<RejectedCountDocument>,
    /// Number of letters that cannot be replayed, because they do not contain the whole message.
    #[schema(minimum = 0)]
    incomplete: u64,
    /// Cursor to pass as `after` to continue after these letters; null if no matching letter follows.
    #[schema(required)]
    end_cursor: Option<String>,
}

/// Number of dead letters that would be rejected again for one reason.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RejectedCount)]
pub(crate) struct RejectedCountDocument {
    /// Reason for the rejection.
    #[schema(value_type = words::RejectionReason)]
    reason: &'static str,
    /// Number of letters.
    #[schema(minimum = 1)]
    count: u64,
}

impl From<ReplayedLetters> for ReplayedDocument {
    fn from(replayed: ReplayedLetters) -> Self {
        let rejected = replayed.rejected.into_iter();
        Self {
            accepted: replayed.accepted,
            rejected: rejected
                .map(|(reason, count)| RejectedCountDocument {
                    reason: reason.as_str(),
                    count,
                })
                .collect(),
            incomplete: replayed.incomplete,
            end_cursor: replayed.next,
        }
    }
}

/// Outcome of dropping several dead letters.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DroppedDeadLetters)]
pub(crate) struct DroppedDocument {
    /// Number of letters that were deleted.
    #[schema(minimum = 0)]
    dropped: u64,
    /// Cursor to pass as `after` to continue after these letters; null if no matching letter is left.
    #[schema(required)]
    end_cursor: Option<String>,
}

impl From<DroppedLetters> for DroppedDocument {
    fn from(dropped: DroppedLetters) -> Self {
        Self {
            dropped: dropped.dropped,
            end_cursor: dropped.next,
        }
    }
}

pages! {
    /// A page of dead letters.
    DeadLetterPage of DeadLetterDocument;
}
