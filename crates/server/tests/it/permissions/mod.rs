//! The permission matrix: one table in docs/security.md says who may do what, and here every cell of it is tried, by
//! callers of every reach, on what they see and what they don't, at every endpoint of the running program.
//!
//! * [`table`]: what the document says. [`reach`]: what exists for whom.
//! * [`rest`], [`graphql`], [`listening`], [`live`]: what each operation is at each endpoint; [`coverage`]: that none is left
//!   out. [`subjects`]: on what they are tried.
//! * [`world`], [`people`], [`fresh`]: who tries, and what there is to be tried on. [`ask`]: asking, and understanding the
//!   answers; [`timing`]: and how long they take. [`deeds`]: what was done indeed.
//! * [`judgement`]: what was to come of it, and whether each cell of the table makes a difference.

mod ask;
mod coverage;
mod deeds;
mod fresh;
mod graphql;
mod graphql_socket;
mod judgement;
mod listening;
mod live;
mod people;
mod probe;
mod reach;
mod rest;
mod subjects;
mod table;
mod timing;
mod world;

use std::time::{Duration, Instant};

use futures::{StreamExt as _, stream};
use serde_json::json;

use self::{
    ask::Outcome,
    judgement::{Observation, differences, summary, unheld_cells},
    listening::{Heard, PLACES, PLACES_OF_NEW},
    probe::{Effect, Endpoint, Probe},
    reach::{Standpoint, Subject},
    table::Table,
    world::World,
};
use crate::end_to_end::support::{Plant, position};

/// How many cases are tried at a time.
const AT_ONCE: usize = 16;

/// Fewer cases than this are not all.
const FLOOR: usize = 5_000;

/// Nobody is to be turned away for asking so much.
const GENEROUS: [(&str, &str); 5] = [
    ("LIMITS__API_PER_SECOND", "1000000"),
    ("LIMITS__API_BURST", "1000000"),
    ("LIMITS__LOGIN_PER_MINUTE", "60000"),
    ("WS__MAX_MESSAGES_PER_SECOND", "1000000"),
    ("HTTP__WORKERS", "2"),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_matrix_holds_at_every_endpoint() {
    let started = Instant::now();
    let world = World::begin(Plant::with(&GENEROUS).await).await;
    let telling = timing::differences(&world).await;
    let observations = observe(&world).await;
    let table = Table::documented();
    let (forbidden, deeds) = deeds::forbidden(&world, &table).await;
    let took = started.elapsed();
    eprintln!("{}tried in {took:.1?}; {deeds} deeds", summary(&observations));

    let differences = differences(&table, &observations);
    let count = differences.len();
    assert!(count == 0, "{count} cases differ:\n{}", differences.join("\n"));
    assert!(observations.len() >= FLOOR, "only {} cases", observations.len());
    assert!(
        forbidden.is_empty(),
        "done all the same:\n{}",
        forbidden.join("\n")
    );
    assert!(deeds > 0, "nobody has done anything");
    assert!(
        telling.is_empty(),
        "answers tell by their time:\n{}",
        telling.join("\n")
    );
    // A table that is wrong in any one cell is noticed, at each endpoint by itself.
    assert_eq!(unheld_cells(&table, &observations), Vec::<String>::new());
}

/// Tries everything: first what changes nothing, then what is told of changes, then the changes.
async fn observe(world: &World) -> Vec<Observation> {
    let probes = [rest::probes(), graphql::probes()].concat();
    let (looks, changes): (Vec<_>, Vec<_>) = probes
        .into_iter()
        .partition(|probe| probe.effect == Effect::Looks);
    let mut observations = try_all(world, &looks).await;
    observations.extend(overhear(world).await);
    observations.extend(try_all(world, &changes).await);
    observations
}

async fn try_all(world: &World, probes: &[Probe]) -> Vec<Observation> {
    let standpoints = Standpoint::all();
    let cases = probes.iter().flat_map(|probe| {
        standpoints.iter().flat_map(move |&standpoint| {
            probe
                .endpoints()
                .iter()
                .flat_map(move |&endpoint| probe.subjects.iter().map(move |&subject| (endpoint, subject)))
                .filter(move |(_, subject)| subject.is_possible_for(standpoint))
                .map(move |(endpoint, subject)| try_one(world, endpoint, probe, standpoint, subject))
        })
    });
    stream::iter(cases).buffer_unordered(AT_ONCE).collect().await
}

async fn try_one(
    world: &World,
    endpoint: Endpoint,
    probe: &Probe,
    standpoint: Standpoint,
    subject: Subject,
) -> Observation {
    let target = match probe.effect {
        Effect::Changes => world.fresh(subject, standpoint).await,
        Effect::Looks | Effect::Touches => world.standing_there(subject, standpoint),
    };
    let answer = world.ask(endpoint, probe, standpoint, &target).await;
    let mut outcome = world.read(probe.reading, standpoint, &target, &answer);
    if let Some(leak) = world.leak(standpoint, &target, &answer.text) {
        outcome = Outcome::Odd(leak);
    }
    let is_refused = matches!(outcome, Outcome::Absent | Outcome::Forbidden);
    if is_refused && !subject.is_within(standpoint) && probe.names_its_subject() {
        // Nothing tells what does not exist for somebody from what does not exist.
        let unknown = World::unknown_instead(&target, subject, standpoint);
        let other = world.ask(endpoint, probe, standpoint, &unknown).await;
        let (this, other) = (answer.without(&target), other.without(&unknown));
        if this != other {
            outcome = Outcome::Odd(format!("says {this}, and of what there is not: {other}"));
        }
    }
    Observation {
        operation: probe.operation,
        endpoint,
        probe: probe.name.to_owned(),
        standpoint,
        subject,
        order: probe.order,
        outcome,
    }
}

/// Lets everybody listen, has something happen to every vehicle, and gives what everybody heard.
async fn overhear(world: &World) -> Vec<Observation> {
    let mut watches = listening::subscribe(world).await;
    let mut ears = live::subscribe(world).await;
    let mut robot = world.plant.robot().await;
    let mut added = Vec::new();
    for place in PLACES {
        let id = &world.thing(Subject::Vehicle(place)).id;
        robot
            .publish("vehicle:position:update", position(id, 2.0).to_string())
            .await;
        let status = json!({"status": "MAINTENANCE"});
        world
            .order("PATCH", &format!("/api/vehicles/{id}/status"), Some(status))
            .await;
    }
    for place in PLACES_OF_NEW {
        added.push((place, world.make_vehicle(place, &world.new_name()).await));
    }
    for place in PLACES {
        let id = &world.thing(Subject::Vehicle(place)).id;
        world.order("DELETE", &format!("/api/vehicles/{id}"), None).await;
    }

    // Those who are to hear something are waited for; the others have heard it by then, if they do.
    let heard = Heard { world, added: &added };
    let patience = Instant::now() + Duration::from_secs(10);
    loop {
        let is_enough = watches.iter_mut().all(|watch| watch.hears_enough(&heard))
            && ears.iter().all(|ear| ear.hears_enough(world));
        if is_enough || Instant::now() > patience {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    for person in world.people.values() {
        person.socket.until_settled().await;
    }
    for ear in &mut ears {
        ear.until_settled().await;
    }
    let subscriptions = watches.into_iter().flat_map(|watch| watch.observed(&heard));
    let live = ears.iter().flat_map(|ear| ear.observed(world));
    subscriptions.chain(live).collect()
}
