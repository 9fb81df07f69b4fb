//! Response times must not reveal whether an object exists.

use std::time::{Duration, Instant};

use domain::Standing;

use super::{
    graphql,
    probe::{Effect, Probe, Reading},
    reach::{Reach, Standpoint, Subject},
    rest,
    world::{Target, World},
};

/// Number of times that each request is made.
const ROUNDS: usize = 10;

/// Number of times that a difference is measured. A real one recurs each time; one caused by other load does not.
const ATTEMPTS: usize = 5;

/// Difference that can't be exploited over a network.
const NEGLIGIBLE: Duration = Duration::from_millis(3);

/// Returns the probes whose response time differs between objects outside the caller's reach and objects that don't
/// exist. Minimum times are compared, because other load makes responses late but never early. The two requests take
/// turns being first, so work left behind by one delays both equally.
pub(super) async fn differences(world: &World) -> Vec<String> {
    let mut differences = Vec::new();
    let probes = [rest::probes(), graphql::probes()].concat();
    for probe in probes.iter().filter(|probe| is_by_id(probe)) {
        for standpoint in callers() {
            let mut outside = probe.subjects.iter().copied().filter(|subject| {
                !subject.is_within(standpoint)
                    && matches!(
                        subject,
                        Subject::Vehicle(_) | Subject::Group(_) | Subject::Organization(_) | Subject::User(_)
                    )
            });
            // One subject is enough. The last one is the farthest outside the reach.
            let Some(subject) = outside.next_back() else {
                continue;
            };
            let known = world.existing_target(subject, standpoint);
            let unknown = World::unknown_instead(&known, subject, standpoint);
            if let Some(difference) = difference_for(world, probe, standpoint, [&known, &unknown]).await {
                differences.push(format!(
                    "{} by {standpoint:?} on {subject:?}: {difference}",
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

fn callers() -> [Standpoint; 2] {
    [
        (Standing::Operator, Reach::Group),
        (Standing::OrganizationAdmin, Reach::Organization),
    ]
    .map(|(standing, reach)| Standpoint::operating(standing, reach))
}

/// Returns a description of a consistent difference in response times, if there is one.
async fn difference_for(
    world: &World,
    probe: &Probe,
    standpoint: Standpoint,
    targets: [&Target; 2],
) -> Option<String> {
    let (mut earlier, mut difference) = (None, None);
    for _ in 0..ATTEMPTS {
        let [known, unknown] = least_times(world, probe, standpoint, targets).await;
        let is_alike = known.abs_diff(unknown) <= NEGLIGIBLE + known.min(unknown) / 2;
        let order = known.cmp(&unknown);
        if is_alike || *earlier.get_or_insert(order) != order {
            return None;
        }
        difference = Some(format!(
            "{known:?}, but for an object that does not exist: {unknown:?}"
        ));
    }
    difference
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
