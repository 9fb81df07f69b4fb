//! The permission matrix. One table in docs/security.md defines the permissions. These tests check every cell of it at
//! every endpoint of the running program, with callers of every reach, on objects inside and outside that reach.
//!
//! * [`table`]: the documented table. [`reach`]: the rule that determines which objects exist for which callers.
//! * [`rest`], [`graphql`], [`listening`], [`live`]: the probes at each endpoint. [`coverage`]: their completeness.
//!   [`subjects`]: the objects that they are applied to.
//! * [`world`], [`people`], [`fresh`]: callers and objects. [`ask`]: requests and their outcomes. [`timing`]: response
//!   times. [`deeds`]: effects, from the audit log.
//! * [`judgement`]: comparison with the table, and a check that every cell of the table matters.

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
    judgement::{Observation, differences, summary, unchecked_cells},
    listening::{EventVehicles, PLACES, PLACES_OF_NEW},
    probe::{Effect, Endpoint, Probe},
    reach::{Standpoint, Subject},
    table::Table,
    world::World,
};
use crate::end_to_end::support::{Plant, Program, position};

/// Number of cases that run concurrently.
const AT_ONCE: usize = 16;

/// Minimum number of cases, which guards against cases that are lost unnoticed.
const FLOOR: usize = 5_000;

/// Settings under which no case is rate-limited.
const GENEROUS: [(&str, &str); 5] = [
    ("LIMITS__API_PER_SECOND", "1000000"),
    ("LIMITS__API_BURST", "1000000"),
    ("LIMITS__LOGIN_PER_MINUTE", "60000"),
    ("WS__MAX_MESSAGES_PER_SECOND", "1000000"),
    ("HTTP__WORKERS", "2"),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_permission_matrix_holds_at_every_endpoint() {
    let started = Instant::now();
    let world = World::begin(Plant::with(&GENEROUS).await).await;
    let time_differences = timing::differences(&world).await;
    let observations = observe(&world).await;
    let table = Table::documented();
    let (forbidden, deeds) = deeds::forbidden(&world, &table).await;
    let took = started.elapsed();
    eprintln!("{}tried in {took:.1?}; {deeds} deeds", summary(&observations));

    let differences = differences(&table, &observations);
    let count = differences.len();
    if count > 0 {
        // A cause outside of the server, such as a database that it could not reach, is only in its log.
        eprintln!("{}", warnings(world.program()));
    }
    assert!(count == 0, "{count} cases differ:\n{}", differences.join("\n"));
    assert!(observations.len() >= FLOOR, "only {} cases", observations.len());
    assert!(
        forbidden.is_empty(),
        "forbidden actions took effect:\n{}",
        forbidden.join("\n")
    );
    assert!(deeds > 0, "no action is in the audit log");
    assert!(
        time_differences.is_empty(),
        "response times reveal objects:\n{}",
        time_differences.join("\n")
    );
    // An error in any single cell would be detected at each endpoint.
    assert_eq!(unchecked_cells(&table, &observations), Vec::<String>::new());
}

/// Runs all cases: first those that read, then those that receive events, then those that change something.
async fn observe(world: &World) -> Vec<Observation> {
    let probes = [rest::probes(), graphql::probes()].concat();
    let (looks, changes): (Vec<_>, Vec<_>) = probes
        .into_iter()
        .partition(|probe| probe.effect == Effect::Looks);
    let mut observations = try_all(world, &looks).await;
    observations.extend(observe_events(world).await);
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
        Effect::Looks | Effect::Touches => world.existing_target(subject, standpoint),
    };
    let answer = world.ask(endpoint, probe, standpoint, &target).await;
    let mut outcome = world.read(probe.reading, standpoint, &target, &answer);
    if let Some(leak) = world.leak(standpoint, &target, &answer.text) {
        outcome = Outcome::Odd(leak);
    }
    let is_refused = matches!(outcome, Outcome::Absent | Outcome::Forbidden);
    if is_refused && !subject.is_within(standpoint) && probe.names_its_subject() {
        // The response must not distinguish objects outside the caller's reach from those that don't exist.
        let unknown = World::unknown_instead(&target, subject, standpoint);
        let other = world.ask(endpoint, probe, standpoint, &unknown).await;
        let (this, other) = (answer.without(&target), other.without(&unknown));
        if this != other {
            outcome = Outcome::Odd(format!("{this}, but for an object that does not exist: {other}"));
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

/// Subscribes all callers, changes, creates and deletes vehicles, and returns which caller received which events.
async fn observe_events(world: &World) -> Vec<Observation> {
    let mut watches = listening::subscribe(world).await;
    let mut sockets = live::subscribe(world).await;
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

    // Wait for the callers that must receive events. By then, any other callers would have wrongly received theirs.
    let vehicles = EventVehicles { world, added: &added };
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let is_enough = watches.iter_mut().all(|watch| watch.has_received_all(&vehicles))
            && sockets.iter().all(|socket| socket.has_received_all(world));
        if is_enough || Instant::now() > deadline {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    for person in world.people.values() {
        person.socket.until_settled().await;
    }
    for socket in &mut sockets {
        socket.until_settled().await;
    }
    let subscriptions = watches.into_iter().flat_map(|watch| watch.observed(&vehicles));
    let live = sockets.iter().flat_map(|socket| socket.observed(world));
    subscriptions.chain(live).collect()
}

/// Returns the last warnings and errors in the log of a server.
fn warnings(program: &Program) -> String {
    let log = program.log();
    let lines: Vec<_> = log
        .lines()
        .filter(|line| line.contains("WARN") || line.contains("ERROR"))
        .collect();
    lines[lines.len().saturating_sub(50)..].join("\n")
}
