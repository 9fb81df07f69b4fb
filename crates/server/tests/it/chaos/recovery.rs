//! Times between a fault and its signs, and between its repair and normal service.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use super::history::{History, Seen};

/// Number of clients of each kind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clients {
    pub(super) writers: usize,
    pub(super) watchers: usize,
}

/// Returns the time from a fault to the first sign of it at any client; `None` if there was none.
pub(super) fn noticed(history: &History, injected: Duration) -> Option<Duration> {
    let signs = history.troubles.iter().map(|trouble| trouble.at);
    signs.filter(|at| *at >= injected).min().map(|at| at - injected)
}

/// Returns the time from a repair until every writer has had a change acknowledged that it requested after the repair,
/// and every watcher has received a position of every robot that was published after the repair; `None` if this has
/// not happened yet.
pub(super) fn recovered(history: &History, repaired: Duration, clients: Clients) -> Option<Duration> {
    let mut last = repaired;
    for writer in 0..clients.writers {
        let mut writes = history.writes.iter();
        let first = writes
            .find(|write| write.writer == writer && write.is_acknowledged() && write.invoked >= repaired)?;
        last = last.max(first.ended);
    }
    let mut first_after: HashMap<&str, u64> = HashMap::new();
    for publication in history.publications.iter().rev() {
        if publication.at < repaired {
            break;
        }
        first_after.insert(publication.vehicle.as_str(), publication.number);
    }
    let robots: BTreeSet<&str> = history
        .publications
        .iter()
        .map(|publication| publication.vehicle.as_str())
        .collect();
    if robots.is_empty() {
        return None;
    }
    let mut seen: HashMap<(usize, &str), Duration> = HashMap::new();
    for sight in history.sights.iter().filter(|sight| sight.at >= repaired) {
        let first = first_after.get(sight.vehicle.as_str());
        if let (Seen::Position(number), Some(first)) = (sight.seen, first)
            && number >= *first
        {
            seen.entry((sight.watcher, sight.vehicle.as_str()))
                .or_insert(sight.at);
        }
    }
    for watcher in 0..clients.watchers {
        for robot in &robots {
            last = last.max(*seen.get(&(watcher, *robot))?);
        }
    }
    Some(last - repaired)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chaos::history::{Change, Outcome, Publication, Sight, Trouble, Write};

    const CLIENTS: Clients = Clients {
        writers: 1,
        watchers: 1,
    };

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn write(invoked: u64, ended: u64) -> Write {
        Write {
            request: "r".to_owned(),
            writer: 0,
            change: Change::Create,
            vehicle: None,
            expected: 0,
            invoked: s(invoked),
            ended: s(ended),
            outcome: Outcome::Acknowledged {
                vehicle: "v".to_owned(),
                version: 1,
            },
        }
    }

    fn publication(number: u64, at: u64) -> Publication {
        Publication {
            vehicle: "robot".to_owned(),
            number,
            at: s(at),
            is_acknowledged: true,
        }
    }

    fn sight(number: u64, at: u64) -> Sight {
        Sight {
            watcher: 0,
            session: 1,
            vehicle: "robot".to_owned(),
            seen: Seen::Position(number),
            at: s(at),
        }
    }

    #[test]
    fn recovery_ends_with_the_last_client() {
        let mut history = History {
            writes: vec![write(8, 12), write(11, 13)],
            publications: vec![publication(1, 9), publication(2, 11)],
            sights: vec![sight(1, 12), sight(2, 15)],
            ..History::default()
        };
        assert_eq!(recovered(&history, s(10), CLIENTS), Some(s(5)));
        // A position from before the repair does not count, nor does a change that was requested before it.
        history.sights.pop();
        assert_eq!(recovered(&history, s(10), CLIENTS), None);
        history.sights.push(sight(2, 15));
        history.writes.pop();
        assert_eq!(recovered(&history, s(10), CLIENTS), None);
    }

    #[test]
    fn signs_before_the_fault_do_not_count() {
        let at = |at| Trouble {
            sign: "closed".to_owned(),
            at: s(at),
        };
        let mut history = History {
            troubles: vec![at(3)],
            ..History::default()
        };
        assert_eq!(noticed(&history, s(5)), None);
        history.troubles.extend([at(9), at(7)]);
        assert_eq!(noticed(&history, s(5)), Some(s(2)));
    }
}
