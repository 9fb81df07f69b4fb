//! Tables of the costs, the predicted limits, the live thread and the waits for the lock.

use std::fmt::Write as _;

use super::{
    costs::{Costs, Rooms, Wait},
    model::{Decoding, MOST_LOCKED, SERVED_HZ, wait_at_constant_times, wait_at_random_times},
};
use crate::{measure::ThreadLoad, report::grouped};

/// Numbers of cores for which limits are predicted.
const CORES: [u32; 3] = [2, 8, 16];

/// Returns a table of the costs, with the threads that have them.
pub(super) fn costs(costs: &Costs) -> String {
    let with_rooms = |rooms: Rooms| costs.apply(rooms);
    let rows = [
        ("decode a position", "`live`", "message", costs.decode),
        (
            "decode a ROS 2 odometry",
            "`live`",
            "message",
            costs.decode_odometry,
        ),
        (
            "apply an update, with metrics: one at a time",
            "`live`, under the lock",
            "update",
            costs.receive_alone,
        ),
        (
            "apply an update, with metrics: 64 together",
            "`live`, under the lock",
            "update",
            costs.receive_together,
        ),
        (
            "the core alone: no rooms",
            "`live`, under the lock",
            "update",
            with_rooms(Rooms::None),
        ),
        (
            "the core alone: one room of all vehicles",
            "`live`, under the lock",
            "update",
            with_rooms(Rooms::All),
        ),
        (
            "the core alone: 10,000 rooms of one vehicle each",
            "`live`, under the lock",
            "update",
            with_rooms(Rooms::OneVehicleEach),
        ),
        (
            "the core alone: 10,000 rooms of one area each",
            "`live`, under the lock",
            "update",
            with_rooms(Rooms::OneAreaEach),
        ),
        (
            "serve a room of all vehicles",
            "`live`, under the lock",
            "changed vehicle and tick",
            costs.serve(Rooms::All),
        ),
        (
            "serve a room of one vehicle",
            "`live`, under the lock",
            "room and tick",
            costs.serve(Rooms::OneVehicleEach),
        ),
        (
            "serve a room of one area with one vehicle",
            "`live`, under the lock",
            "room and tick",
            costs.serve(Rooms::OneAreaEach),
        ),
        (
            "put a delivery into a mailbox",
            "`live`, under the lock",
            "socket and tick",
            costs.put,
        ),
        (
            "copy the live keys, record the write",
            "another thread, under the lock",
            "vehicle and second",
            costs.keys,
        ),
        (
            "take a delivery, free it",
            "thread of the socket",
            "socket and tick",
            costs.take,
        ),
        (
            "encode a vehicle as JSON",
            "thread of the first socket",
            "changed vehicle and tick",
            costs.encode,
        ),
        (
            "copy an encoded vehicle into a frame",
            "thread of the first socket of a room",
            "changed vehicle, room and tick",
            costs.copy,
        ),
        (
            "build the frame of a room of one vehicle",
            "thread of the socket",
            "socket and tick",
            costs.own_frame,
        ),
        (
            "build the start of a shared frame",
            "thread of the socket",
            "socket and tick",
            costs.frame_start,
        ),
        (
            "write a frame of one vehicle",
            "thread of the socket",
            "socket and tick",
            costs.write_one,
        ),
        (
            "write a frame of 100 vehicles",
            "thread of the socket",
            "socket and tick",
            costs.write_hundred,
        ),
    ];
    let mut text = String::from("| step | where | once per | ns |\n|---|---|---|--:|\n");
    for (step, place, once_per, ns) in rows {
        line(
            &mut text,
            format_args!("| {step} | {place} | {once_per} | {} |", whole(ns)),
        );
    }
    text
}

/// Returns a table of the limits that do not depend on the number of cores.
pub(super) fn limits(costs: &Costs) -> String {
    let mut text = format!(
        "| rooms | time under the lock per update, ns | updates/s, lock ({} % used) | updates/s, `live` thread | \
         rooms, lock |\n|---|--:|--:|--:|--:|\n",
        MOST_LOCKED * 100.0
    );
    for rooms in Rooms::EACH {
        let number_of_rooms = match rooms {
            Rooms::None | Rooms::All => "–".to_owned(),
            Rooms::OneVehicleEach | Rooms::OneAreaEach => whole(costs.rooms_of_lock(rooms)),
        };
        line(
            &mut text,
            format_args!(
                "| {} | {} | {} | {} | {number_of_rooms} |",
                rooms.name(),
                whole(costs.locked(rooms)),
                whole(costs.updates_of_lock(rooms)),
                whole(costs.updates_of_thread(rooms)),
            ),
        );
    }
    text
}

/// Returns a table of the predicted limits of machines with more cores.
pub(super) fn cores(costs: &Costs) -> String {
    let [two, eight, sixteen] = CORES;
    let mut text = format!("| limit | {two} cores | {eight} cores | {sixteen} cores |\n|---|--:|--:|--:|\n");
    let mut row = |what: &str, of: &dyn Fn(u32) -> f64| {
        let [a, b, c] = CORES.map(|cores| whole(of(cores)));
        line(&mut text, format_args!("| {what} | {a} | {b} | {c} |"));
    };
    let (own, shared) = (costs.own_frame_written(), costs.shared_frame_written());
    row("updates/s, decoding on the `live` thread", &|cores| {
        costs.updates_on(cores, Decoding::OneThread)
    });
    row("updates/s, decoding on all other cores", &|cores| {
        costs.updates_on(cores, Decoding::OtherCores)
    });
    row("rooms of one vehicle, decoding on the `live` thread", &|cores| {
        costs.rooms_on(cores, Decoding::OneThread)
    });
    row("rooms of one vehicle, decoding on all other cores", &|cores| {
        costs.rooms_on(cores, Decoding::OtherCores)
    });
    row("frames/s of one vehicle, each in its own room", &|cores| {
        costs.frames_on(cores, own)
    });
    row("frames/s of 100 vehicles in a shared room", &|cores| {
        costs.frames_on(cores, shared)
    });
    row("deliveries/s in these frames", &|cores| {
        costs.frames_on(cores, shared) * 100.0
    });
    text
}

/// Returns a table of the share of the lock that a million updates per second and 10,000 rooms use.
pub(super) fn targets(costs: &Costs) -> String {
    const UPDATES_PER_S: f64 = 1e6;
    const ROOMS: f64 = 10_000.0;
    let mut text = format!(
        "| target | lock used for | within {} % |\n|---|--:|---|\n",
        MOST_LOCKED * 100.0
    );
    let loads = [
        ("1,000,000 updates/s, no rooms", UPDATES_PER_S, Rooms::None),
        (
            "1,000,000 updates/s, one room of all vehicles",
            UPDATES_PER_S,
            Rooms::All,
        ),
        (
            "10,000 rooms of one vehicle each, at 10 Hz",
            ROOMS * SERVED_HZ,
            Rooms::OneVehicleEach,
        ),
        (
            "10,000 rooms of one area each with one vehicle, at 10 Hz",
            ROOMS * SERVED_HZ,
            Rooms::OneAreaEach,
        ),
    ];
    for (target, updates_per_s, rooms) in loads {
        let share = costs.share_of_lock(updates_per_s, rooms);
        let is_within = if share <= MOST_LOCKED { "yes" } else { "no" };
        line(
            &mut text,
            format_args!("| {target} | {:.0} % | {is_within} |", share * 100.0),
        );
    }
    text
}

/// Returns a table of the live thread under load, and of the model.
pub(super) fn thread(costs: &Costs, loads: &[ThreadLoad]) -> String {
    let mut text = String::from(
        "| updates/s | CPU s per s | CPU µs per update | model, µs | updates/s at this cost |\n|--:|--:|--:|--:|--:|\n",
    );
    let together = costs.decode + costs.locked(Rooms::All);
    let alone = together - costs.receive_together + costs.receive_alone;
    for load in loads {
        let ns = load.ns_per_update();
        line(
            &mut text,
            format_args!(
                "| {} | {:.3} | {:.2} | {:.2} to {:.2} | {} |",
                whole(load.updates_per_s()),
                ns * load.updates_per_s() / 1e9,
                ns / 1e3,
                alone / 1e3,
                together / 1e3,
                whole(1e9 / ns),
            ),
        );
    }
    text
}

/// Returns a table of waits for the lock, as measured and by the formulas.
pub(super) fn waits(costs: &Costs) -> String {
    let [(_, per_update), ..] = costs.beside;
    let held = per_update * Costs::BATCH;
    let mut text = String::from(
        "| lock used for | one hold, µs | measured wait, µs | M/D/1, µs | M/M/1, µs |\n\
         |--:|--:|--:|--:|--:|\n",
    );
    for Wait { share, ns } in &costs.waits {
        line(
            &mut text,
            format_args!(
                "| {:.0} % | {:.1} | {:.1} | {:.1} | {:.1} |",
                share * 100.0,
                held / 1e3,
                ns / 1e3,
                wait_at_constant_times(*share, held) / 1e3,
                wait_at_random_times(*share, held) / 1e3,
            ),
        );
    }
    text
}

/// Returns a table of the cost of updates while other threads use the lock.
pub(super) fn beside(costs: &Costs) -> String {
    let mut text =
        String::from("| other threads that use the lock | ns per update | updates/s |\n|--:|--:|--:|\n");
    for (others, ns) in costs.beside {
        line(
            &mut text,
            format_args!("| {others} | {} | {} |", whole(ns), whole(1e9 / ns)),
        );
    }
    text
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("a string takes all text");
}

fn whole(number: f64) -> String {
    grouped(number.round() as u64)
}

#[cfg(test)]
mod tests {
    use super::{super::costs::samples, *};

    #[test]
    fn limits_are_stated_by_rooms() {
        let text = limits(&samples::costs());
        assert!(
            text.contains("| no rooms | 400 | 1,250,000 | 714,286 | – |"),
            "{text}"
        );
        assert!(
            text.contains("| 10,000 rooms of one vehicle each | 1,600 | 312,500 | 384,615 | 31,250 |"),
            "{text}"
        );
    }

    #[test]
    fn targets_are_within_the_lock_or_not() {
        let text = targets(&samples::costs());
        assert!(
            text.contains("| 1,000,000 updates/s, no rooms | 40 % | yes |"),
            "{text}"
        );
        let mut costs = samples::costs();
        costs.receive_together = 600.0;
        let text = targets(&costs);
        assert!(
            text.contains("| 1,000,000 updates/s, no rooms | 60 % | no |"),
            "{text}"
        );
    }
}
