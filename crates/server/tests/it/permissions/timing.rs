//! That nothing is told by the time that an answer takes.

use std::time::{Duration, Instant};

use domain::Standing;

use super::{
    graphql,
    probe::{Effect, Probe, Reading},
    reach::{Reach, Standpoint, Subject},
    rest,
    world::{Target, World},
};

/// How often each question is asked.
const ROUNDS: usize = 10;

/// How often one that seems to tell is asked all over again: what tells does so each time, what the machine does besides
/// does not.
const ATTEMPTS: usize = 5;

/// What nobody can make use of over a network.
const NEGLIGIBLE: Duration = Duration::from_millis(3);

/// The probes whose answers about what does not exist for a caller take another time than those about what does not
/// exist. The least times are compared: whatever else goes on makes answers late, and none early. They are asked by turns,
/// the one first in every second round, so that what an answer leaves to be done delays both alike.
pub async fn differences(world: &World) -> Vec<String> {
    let mut differences = Vec::new();
    let probes = [rest::probes(), graphql::probes()].concat();
    for probe in probes.iter().filter(|probe| is_by_id(probe)) {
        for standpoint in watchers() {
            let mut outside = probe.subjects.iter().copied().filter(|subject| {
                !subject.is_within(standpoint)
                    && matches!(
                        subject,
                        Subject::Vehicle(_) | Subject::Group(_) | Subject::Organization(_) | Subject::User(_)
                    )
            });
            // One is like the other; the last is farthest away.
            let Some(subject) = outside.next_back() else {
                continue;
            };
            let known = world.standing_there(subject, standpoint);
            let unknown = World::unknown_instead(&known, subject, standpoint);
            if let Some(telling) = telling(world, probe, standpoint, [&known, &unknown]).await {
                differences.push(format!(
                    "{} by {standpoint:?} on {subject:?}: {telling}",
                    probe.name
                ));
            }
        }
    }
    differences
}

fn is_by_id(probe: &Probe) -> bool {
    probe.reading == Reading::Answered && probe.effect != Effect::Touches && probe.names_its_subject()
}

fn watchers() -> [Standpoint; 2] {
    [
        (Standing::Operator, Reach::Group),
        (Standing::OrganizationAdmin, Reach::Organization),
    ]
    .map(|(standing, reach)| Standpoint::operating(standing, reach))
}

/// How an answer tells by its time, if it does.
async fn telling(
    world: &World,
    probe: &Probe,
    standpoint: Standpoint,
    targets: [&Target; 2],
) -> Option<String> {
    let (mut earlier, mut told) = (None, None);
    for _ in 0..ATTEMPTS {
        let [known, unknown] = least_times(world, probe, standpoint, targets).await;
        let is_alike = known.abs_diff(unknown) <= NEGLIGIBLE + known.min(unknown) / 2;
        let order = known.cmp(&unknown);
        if is_alike || *earlier.get_or_insert(order) != order {
            return None;
        }
        told = Some(format!("{known:?}, and of what there is not: {unknown:?}"));
    }
    told
}

async fn least_times(
    world: &World,
    probe: &Probe,
    standpoint: Standpoint,
    targets: [&Target; 2],
) -> [Duration; 2] {
    let mut times = [Duration::MAX; 2];
    for round in 0..ROUNDS {
        for turn in [round % 2, (round + 1) % 2] {
            let started = Instant::now();
            world
                .ask(probe.endpoints()[0], probe, standpoint, targets[turn])
                .await;
            times[turn] = times[turn].min(started.elapsed());
        }
    }
    times
}
