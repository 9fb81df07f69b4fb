//! Results of all clients together.

use std::ops::AddAssign;

use hdrhistogram::Histogram;

/// Results of all clients together. Delivered and missing updates are only counted if they were published in the
/// measured time.
#[derive(Debug, Clone)]
pub(crate) struct Tally {
    /// Updates received.
    pub delivered: u64,
    /// Updates not received because a newer one of the same interval replaced them.
    pub merged: u64,
    /// Updates not received because one of a later interval replaced them: the client or the system was too slow.
    pub thinned: u64,
    /// Updates not received, without a newer update that replaced them.
    pub lost: u64,
    /// Updates received twice, for instance in the first snapshot and once more.
    pub repeated: u64,
    /// Updates received after a newer one.
    pub backwards: u64,
    /// Frames whose `prev` is not the `tick` of the preceding frame.
    pub gaps: u64,
    /// Sockets closed by the server.
    pub closed: u64,
    /// Frames with updates received in the measured time, or messages if each update is a separate message.
    pub frames: u64,
    /// Total length of these frames or messages, in bytes.
    pub bytes: u64,
    /// Latencies from publication to receipt of the delivered updates, in microseconds.
    pub latency_us: Histogram<u64>,
    /// Updates received in the measured time, regardless of when they were published.
    pub arrived: u64,
    /// Latencies of these updates, in microseconds.
    pub arrival_latency_us: Histogram<u64>,
}

impl Default for Tally {
    fn default() -> Self {
        let latency_us: Histogram<u64> =
            Histogram::new_with_bounds(1, 600_000_000, 3).expect("1 µs to 10 min in 3 digits is valid");
        Self {
            delivered: 0,
            merged: 0,
            thinned: 0,
            lost: 0,
            repeated: 0,
            backwards: 0,
            gaps: 0,
            closed: 0,
            frames: 0,
            bytes: 0,
            arrived: 0,
            arrival_latency_us: latency_us.clone(),
            latency_us,
        }
    }
}

impl Tally {
    /// Counts a received frame or message if it arrived in the measured time.
    pub(super) fn count(&mut self, frame: &[u8], is_measured: bool) {
        if is_measured {
            self.frames += 1;
            self.bytes += frame.len() as u64;
        }
    }

    /// Returns the latency at a quantile between 0 and 1, in milliseconds.
    #[must_use]
    pub(crate) fn latency_ms(&self, quantile: f64) -> f64 {
        milliseconds_at(&self.latency_us, quantile)
    }

    /// Returns the latency of the updates received in the measured time at a quantile between 0 and 1, in milliseconds.
    #[must_use]
    pub(crate) fn arrival_latency_ms(&self, quantile: f64) -> f64 {
        milliseconds_at(&self.arrival_latency_us, quantile)
    }
}

fn milliseconds_at(microseconds: &Histogram<u64>, quantile: f64) -> f64 {
    microseconds.value_at_quantile(quantile) as f64 / 1_000.0
}

impl AddAssign<&Self> for Tally {
    fn add_assign(&mut self, other: &Self) {
        self.delivered += other.delivered;
        self.merged += other.merged;
        self.thinned += other.thinned;
        self.lost += other.lost;
        self.repeated += other.repeated;
        self.backwards += other.backwards;
        self.gaps += other.gaps;
        self.closed += other.closed;
        self.frames += other.frames;
        self.bytes += other.bytes;
        self.latency_us += &other.latency_us;
        self.arrived += other.arrived;
        self.arrival_latency_us += &other.arrival_latency_us;
    }
}
