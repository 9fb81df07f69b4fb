//! The model: updates, rooms and frames per second, calculated from the costs of single steps.

use super::costs::{Costs, Rooms};

const NS_PER_S: f64 = 1e9;

/// Maximum share ρ of the time for which the lock is used. The mean wait grows as ρ ÷ (1 − ρ). With this share, it is
/// between half the duration of a hold (M/D/1) and the whole duration (M/M/1).
pub(super) const MOST_LOCKED: f64 = 0.5;

/// Number of times per second that a room is served, at the default interval of 100 ms. Robots are assumed to publish
/// equally often.
pub(super) const SERVED_HZ: f64 = 10.0;

impl Costs {
    /// Returns the time under the lock for an update, including its delivery to the mailboxes, in nanoseconds. It is
    /// assumed that 64 updates are applied per hold of the lock, as under high load.
    #[must_use]
    pub(super) fn locked(&self, rooms: Rooms) -> f64 {
        let for_rooms = (self.apply(rooms) - self.apply(Rooms::None)).max(0.0);
        self.receive_together + for_rooms + self.serve(rooms)
    }

    /// Returns the updates per second at which the lock is used for [`MOST_LOCKED`] of the time.
    #[must_use]
    pub(super) fn updates_of_lock(&self, rooms: Rooms) -> f64 {
        MOST_LOCKED * NS_PER_S / self.locked(rooms)
    }

    /// Returns the share of the time for which the lock is used at this number of updates per second.
    #[must_use]
    pub(super) fn share_of_lock(&self, updates_per_s: f64, rooms: Rooms) -> f64 {
        updates_per_s * self.locked(rooms) / NS_PER_S
    }

    /// Returns the updates per second that one thread can decode, apply and serve.
    #[must_use]
    pub(super) fn updates_of_thread(&self, rooms: Rooms) -> f64 {
        NS_PER_S / (self.decode + self.locked(rooms))
    }

    /// Returns the number of rooms of one vehicle each for which the lock is used for [`MOST_LOCKED`] of the time.
    #[must_use]
    pub(super) fn rooms_of_lock(&self, rooms: Rooms) -> f64 {
        self.updates_of_lock(rooms) / SERVED_HZ
    }

    /// Returns the maximum number of updates per second of a machine with this many cores, without rooms.
    #[must_use]
    pub(super) fn updates_on(&self, cores: u32, decoding: Decoding) -> f64 {
        let rooms = Rooms::None;
        let of_decoding = match decoding {
            Decoding::OneThread => self.updates_of_thread(rooms),
            Decoding::OtherCores => f64::from(cores.saturating_sub(1)) * NS_PER_S / self.decode,
        };
        of_decoding.min(self.updates_of_lock(rooms))
    }

    /// Returns the maximum number of rooms of one vehicle each on a machine with this many cores.
    #[must_use]
    pub(super) fn rooms_on(&self, cores: u32, decoding: Decoding) -> f64 {
        let rooms = Rooms::OneVehicleEach;
        let of_decoding = match decoding {
            Decoding::OneThread => self.updates_of_thread(rooms) / SERVED_HZ,
            Decoding::OtherCores => {
                // Each update is also a frame, which the same cores encode and write.
                let elsewhere = self.decode + self.own_frame_written();
                f64::from(cores.saturating_sub(1)) * NS_PER_S / elsewhere / SERVED_HZ
            }
        };
        of_decoding
            .min(self.frames_on(cores, self.own_frame_written()) / SERVED_HZ)
            .min(self.rooms_of_lock(rooms))
    }

    /// Returns the time outside the lock for a frame of one vehicle in its own room.
    #[must_use]
    pub(super) fn own_frame_written(&self) -> f64 {
        self.take + self.own_frame + self.write_one
    }

    /// Returns the time outside the lock for a frame of 100 vehicles that is shared by many sockets.
    #[must_use]
    pub(super) fn shared_frame_written(&self) -> f64 {
        self.take + self.frame_start + self.write_hundred
    }

    /// Returns the frames per second that all cores but one can write if a frame takes this time.
    #[must_use]
    pub(super) fn frames_on(&self, cores: u32, ns_per_frame: f64) -> f64 {
        f64::from(cores.saturating_sub(1)) * NS_PER_S / ns_per_frame
    }
}

/// Threads that decode messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decoding {
    /// The thread that applies the updates.
    OneThread,
    /// All cores but the one of that thread.
    OtherCores,
}

/// Returns the mean wait for a server of constant service time that is busy for a share of the time, if arrivals are
/// random (M/D/1; Pollaczek–Khinchine formula).
#[must_use]
pub(super) fn wait_at_constant_times(share: f64, service: f64) -> f64 {
    wait_at_random_times(share, service) / 2.0
}

/// Returns the mean wait if service times are random as well (M/M/1).
#[must_use]
pub(super) fn wait_at_random_times(share: f64, service: f64) -> f64 {
    share / (1.0 - share) * service
}

#[cfg(test)]
mod tests {
    use super::{super::costs::samples::costs, *};

    fn check(found: f64, expected: f64) {
        assert!(
            (found - expected).abs() < expected * 1e-9,
            "{found} is not {expected}"
        );
    }

    #[test]
    fn an_update_holds_the_lock_to_be_applied_and_served() {
        let costs = costs();
        check(costs.locked(Rooms::None), 400.0);
        check(costs.locked(Rooms::All), 500.0);
        check(costs.locked(Rooms::OneVehicleEach), 1_600.0);
        check(costs.locked(Rooms::OneAreaEach), 2_900.0);
    }

    #[test]
    fn the_lock_is_used_for_half_of_the_time() {
        let costs = costs();
        check(costs.updates_of_lock(Rooms::None), 1_250_000.0);
        check(costs.share_of_lock(1_250_000.0, Rooms::None), MOST_LOCKED);
        check(costs.rooms_of_lock(Rooms::OneVehicleEach), 31_250.0);
    }

    #[test]
    fn more_cores_help_only_where_decoding_is_divided() {
        let costs = costs();
        for cores in [2, 8, 16] {
            check(costs.updates_on(cores, Decoding::OneThread), 1e9 / 1_400.0);
        }
        check(costs.updates_on(2, Decoding::OtherCores), 1_000_000.0);
        check(costs.updates_on(16, Decoding::OtherCores), 1_250_000.0);
    }

    #[test]
    fn rooms_are_limited_by_the_lock_or_by_the_frames() {
        let costs = costs();
        check(costs.own_frame_written(), 5_000.0);
        check(costs.rooms_on(2, Decoding::OneThread), 1e9 / 5_000.0 / 10.0);
        check(costs.rooms_on(2, Decoding::OtherCores), 1e9 / 6_000.0 / 10.0);
        check(costs.rooms_on(16, Decoding::OtherCores), 31_250.0);
        check(costs.rooms_on(16, Decoding::OneThread), 31_250.0);
    }

    #[test]
    fn frames_grow_with_the_cores() {
        let costs = costs();
        check(costs.frames_on(2, costs.own_frame_written()), 200_000.0);
        check(costs.frames_on(16, costs.own_frame_written()), 3_000_000.0);
        check(costs.shared_frame_written(), 9_250.0);
    }

    #[test]
    fn waits_grow_with_the_share_of_the_time_that_the_lock_is_used() {
        check(wait_at_random_times(0.5, 20.0), 20.0);
        check(wait_at_constant_times(0.5, 20.0), 10.0);
        check(wait_at_random_times(0.75, 20.0), 60.0);
    }
}
