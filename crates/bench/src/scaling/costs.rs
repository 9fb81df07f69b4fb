//! Costs of single steps that the model uses, taken from the results of `cargo bench`.

use super::estimates::Estimates;

/// Rooms in which updates are delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rooms {
    None,
    All,
    OneVehicleEach,
    OneAreaEach,
}

impl Rooms {
    pub(super) const EACH: [Self; 4] = [Self::None, Self::All, Self::OneVehicleEach, Self::OneAreaEach];

    /// Returns the name in benchmarks and reports.
    #[must_use]
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::None => "no rooms",
            Self::All => "one room of all vehicles",
            Self::OneVehicleEach => "10,000 rooms of one vehicle each",
            Self::OneAreaEach => "10,000 rooms of one area each",
        }
    }
}

/// Mean wait for the lock while another thread uses it for a share of the time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Wait {
    pub share: f64,
    pub ns: f64,
}

/// Times of single steps, in nanoseconds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Costs {
    /// Decoding a plain position.
    pub decode: f64,
    /// Decoding a ROS 2 odometry.
    pub decode_odometry: f64,
    /// Applying a decoded position without rooms, including the lock and the metrics, with one position per hold of the
    /// lock.
    pub receive_alone: f64,
    /// The same, with 64 positions per hold of the lock.
    pub receive_together: f64,
    /// Applying a position in the core alone, by [`Rooms`].
    apply: [f64; 4],
    /// Serving a changed vehicle, by [`Rooms`]; 0 without rooms.
    serve: [f64; 4],
    /// Putting a delivery into the mailbox of one more subscriber.
    pub put: f64,
    /// Taking and freeing a delivery of one vehicle.
    pub take: f64,
    /// Copying the keys of a vehicle for writing, and recording that they were written.
    pub keys: f64,
    /// Encoding a view.
    pub encode: f64,
    /// Copying an encoded view into the frame of a further room.
    pub copy: f64,
    /// The frame of one vehicle in its own room.
    pub own_frame: f64,
    /// The start of a frame whose rest is shared.
    pub frame_start: f64,
    /// Writing a frame of one vehicle.
    pub write_one: f64,
    /// Writing a frame of 100 vehicles.
    pub write_hundred: f64,
    /// Applying a position in batches of 64 while this many other threads use the lock.
    pub beside: [(u32, f64); 4],
    pub waits: [Wait; 3],
}

impl Costs {
    /// Number of updates that are applied per hold of the lock in the measurement of waits.
    pub(super) const BATCH: f64 = 64.0;

    /// Takes the costs from the results of `cargo bench`.
    ///
    /// # Errors
    /// Fails if a result is missing. The error names the benchmark.
    pub(super) fn of(estimates: &Estimates) -> anyhow::Result<Self> {
        let ns = |benchmark: &str| estimates.ns(benchmark);
        let (mut apply, mut serve) = ([0.0; 4], [0.0; 4]);
        for rooms in Rooms::EACH {
            apply[rooms as usize] = ns(&format!("apply beside rooms/{}", rooms.name()))?;
            if rooms != Rooms::None {
                serve[rooms as usize] = ns(&format!("serve rooms/{}", rooms.name()))?;
            }
        }
        // An element of these benchmarks is a vehicle and member.
        let served_to_one = ns("serve 100 vehicles/1 members")? * 100.0;
        let served_to_many = ns("serve 100 vehicles/1000 members")? * 100.0 * 1_000.0;
        let own_frame = ns("encode for rooms/1 vehicles, the first room")?;
        let first = ns("encode for rooms/100 vehicles, the first room")?;
        let further = ns("encode for rooms/100 vehicles, each further room")?;
        let mut beside = [0, 1, 3, 7].map(|others| (others, 0.0));
        for (others, cost) in &mut beside {
            *cost = ns(&format!("apply under a shared lock/{others} other threads"))?;
        }
        let mut waits = [25, 50, 75].map(|percent| Wait {
            share: f64::from(percent) / 100.0,
            ns: 0.0,
        });
        for Wait { share, ns: wait } in &mut waits {
            *wait = ns(&format!(
                "wait for the lock/used for {:.0} % of the time",
                *share * 100.0
            ))?;
        }
        Ok(Self {
            decode: ns("decode/a position")?,
            decode_odometry: ns("decode/an odometry as rosbridge writes it")?,
            receive_alone: ns("receive/a message at a time")?,
            receive_together: ns("receive/64 messages together")?,
            apply,
            serve,
            put: ((served_to_many - served_to_one) / 999.0).max(0.0),
            take: ns("take deliveries/10,000 rooms of one vehicle each")?,
            keys: ns("take live keys/no rooms")?,
            encode: ((first - further) / 100.0).max(0.0),
            copy: further / 100.0,
            own_frame,
            // An element of this benchmark is a vehicle.
            frame_start: ns("encode 100 vehicles/JSON, each further subscriber")? * 100.0,
            write_one: ns("write a frame/1 vehicles")?,
            write_hundred: ns("write a frame/100 vehicles")?,
            beside,
            waits,
        })
    }

    #[must_use]
    pub(super) const fn apply(&self, rooms: Rooms) -> f64 {
        self.apply[rooms as usize]
    }

    #[must_use]
    pub(super) const fn serve(&self, rooms: Rooms) -> f64 {
        self.serve[rooms as usize]
    }
}

#[cfg(test)]
pub(super) mod samples {
    use super::{Costs, Wait};

    /// Returns round numbers as costs, for tests.
    pub(in crate::scaling) fn costs() -> Costs {
        Costs {
            decode: 1_000.0,
            decode_odometry: 3_000.0,
            receive_alone: 700.0,
            receive_together: 400.0,
            apply: [300.0, 350.0, 500.0, 1_300.0],
            serve: [0.0, 50.0, 1_000.0, 1_500.0],
            put: 40.0,
            take: 100.0,
            keys: 200.0,
            encode: 600.0,
            copy: 50.0,
            own_frame: 900.0,
            frame_start: 150.0,
            write_one: 4_000.0,
            write_hundred: 9_000.0,
            beside: [(0, 300.0), (1, 310.0), (3, 330.0), (7, 400.0)],
            waits: [0.25, 0.5, 0.75].map(|share| Wait { share, ns: 9_000.0 }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_are_numbered_in_the_order_of_their_list() {
        for (number, rooms) in Rooms::EACH.into_iter().enumerate() {
            assert_eq!(rooms as usize, number);
        }
    }

    #[test]
    fn a_missing_benchmark_is_named() {
        let fault = Costs::of(&Estimates::default()).unwrap_err().to_string();
        assert!(fault.contains("`apply beside rooms/no rooms`"), "{fault}");
    }
}
