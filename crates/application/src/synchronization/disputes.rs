//! Keys whose content several servers disagree about.
//!
//! Content with the correct time but other values is replaced: a program may have changed it by mistake. However, it may
//! also be that of another server, which has received other data with the same time. That server replaces it again, and
//! without an end the two would do so with every comparison. So if the content that this server has replaced is back
//! soon, the order of `live::Core::concede` decides between the two.

use std::{collections::HashMap, time::Duration};

use domain::VehicleId;
use tokio::time::Instant;

use crate::ports::{KeyFault, KeyPart, OutdatedKeys};

/// Time within which content that is back is attributed to another server. Every server compares the keys every 4 s
/// ([`super::AUTO_SYNC_INTERVAL`]), and may have to wait for the lease of the first repair.
const REMEMBERED: Duration = Duration::from_secs(20);

/// Content of keys that this server has replaced recently, as the comparison has described it.
#[derive(Debug, Default)]
pub(super) struct Disputes(HashMap<VehicleId, (String, Instant)>);

impl Disputes {
    /// Records the replaced content.
    pub(super) fn note<'a>(&mut self, replaced: impl Iterator<Item = &'a OutdatedKeys>) {
        let now = Instant::now();
        self.0.retain(|_, (_, at)| now.duration_since(*at) < REMEMBERED);
        for keys in replaced {
            if let Some(content) = content_of(keys) {
                self.0.insert(keys.vehicle_id, (content, now));
            }
        }
    }

    /// Returns the vehicles whose keys have content again that this server has replaced recently.
    pub(super) fn among(&self, outdated: &[OutdatedKeys]) -> Vec<VehicleId> {
        let is_back = |keys: &&OutdatedKeys| {
            self.0.get(&keys.vehicle_id).is_some_and(|(replaced, at)| {
                at.elapsed() < REMEMBERED && content_of(keys).is_some_and(|found| found == *replaced)
            })
        };
        outdated
            .iter()
            .filter(is_back)
            .map(|keys| keys.vehicle_id)
            .collect()
    }
}

/// Describes the position and the state in keys as far as they differ; `None` if only something else is wrong.
fn content_of(keys: &OutdatedKeys) -> Option<String> {
    let differences = keys.differences.iter().filter(|difference| {
        difference.fault == KeyFault::Different
            && matches!(difference.part, KeyPart::Position | KeyPart::State)
    });
    let texts: Vec<_> = differences.map(ToString::to_string).collect();
    (!texts.is_empty()).then(|| texts.join("; "))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::ports::KeyDifference;

    fn keys(part: KeyPart, fault: KeyFault, detail: &str) -> OutdatedKeys {
        OutdatedKeys {
            vehicle_id: VehicleId::from_uuid(Uuid::from_u128(1)),
            differences: vec![KeyDifference::new(part, fault, detail)],
        }
    }

    #[tokio::test(start_paused = true)]
    async fn only_replaced_content_that_is_back_soon_is_disputed() {
        let mut disputes = Disputes::default();
        let replaced = keys(KeyPart::Position, KeyFault::Different, "x is 2 instead of 1");
        assert!(disputes.among(std::slice::from_ref(&replaced)).is_empty());
        disputes.note([&replaced].into_iter());
        assert_eq!(
            disputes.among(std::slice::from_ref(&replaced)),
            [replaced.vehicle_id]
        );
        let other = keys(KeyPart::Position, KeyFault::Different, "x is 3 instead of 1");
        assert!(disputes.among(&[other]).is_empty());
        tokio::time::advance(REMEMBERED).await;
        assert!(disputes.among(&[replaced]).is_empty());

        for lost in [
            keys(KeyPart::Position, KeyFault::Missing, "is missing"),
            keys(KeyPart::Map, KeyFault::Different, "is at 1, 1 instead of 2, 2"),
        ] {
            disputes.note([&lost].into_iter());
            assert!(disputes.among(&[lost]).is_empty());
        }
    }
}
