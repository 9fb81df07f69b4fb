//! Results of all clients together.

use std::ops::AddAssign;

use hdrhistogram::Histogram;

/// Results of all clients together. Delivered and missing updates are counted if published in the measured time.
#[derive(Debug, Clone)]
pub(crate) struct Tally {
    /// Updates received.
    pub delivered: u64,
    /// Updates not received because a newer one of the same interval replaced them.
    pub merged: u64,
    /// Updates not received because one of a later interval replaced them: the client or the system was too slow.
    pub thinned: u64,
    /// Updates not received, without a newer one.
    pub lost: u64,
    /// Updates received twice, for instance in the first snapshot and once more.
    pub repeated: u64,
    /// Updates received after a newer one.
    pub backwards: u64,
    /// Frames whose `prev` is not the `tick` of the preceding frame.
    pub gaps: u64,
    /// Sockets closed by the server.
    pub closed: u64,
    pub frames: u64,
    /// Bytes of the frames' payloads.
    pub bytes: u64,
    /// Latencies from publication to receipt of the delivered updates, in microseconds.
    pub latency_us: Histogram<u64>,
}

impl Default for Tally {
    fn default() -> Self {
        let latency_us =
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
            latency_us,
        }
    }
}

impl Tally {
    /// Returns the latency at a quantile between 0 and 1, in milliseconds.
    #[must_use]
    pub(crate) fn latency_ms(&self, quantile: f64) -> f64 {
        self.latency_us.value_at_quantile(quantile) as f64 / 1_000.0
    }
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
    }
}
