//! Keys for which several servers have different content.
//!
//! Content with the correct time but other values is replaced, because another program may have changed it by mistake.
//! However, it may also have been written by a server that has received different data with the same time. That server
//! would restore its content, and the two servers would replace each other's content with every comparison. Therefore,
//! if content that this server has replaced is soon found again, the order of `live::Core::resolve_tie` decides which
//! content is kept.

use std::{collections::HashMap, time::Duration};

use domain::VehicleId;
use tokio::time::Instant;

use crate::ports::{KeyFault, KeyPart, OutdatedKeys};

/// Time within which replaced content that is found again is attributed to another server. Every server compares the
/// keys every 4 s ([`super::AUTO_SYNC_INTERVAL`]), and may have to wait for the lease of the first repair.
const REMEMBERED: Duration = Duration::from_secs(20);

/// Content of keys that this server has replaced recently, as described by the comparison.
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

    /// Returns the vehicles whose keys again have content that this server has replaced recently.
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

/// Describes the differences of the position and the state in keys; `None` if there are only other faults.
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
    async fn only_replaced_content_that_is_soon_found_again_is_disputed() {
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
            keys(KeyPart::Position, KeyFault::Missing, "missing"),
            keys(
                KeyPart::Map,
                KeyFault::Different,
                "the vehicle is at 1, 1 instead of 2, 2",
            ),
        ] {
            disputes.note([&lost].into_iter());
            assert!(disputes.among(&[lost]).is_empty());
        }
    }
}
