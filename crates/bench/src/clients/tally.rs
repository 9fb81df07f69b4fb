//! What all clients together got.

use std::ops::AddAssign;

use hdrhistogram::Histogram;

/// Counts of updates are of those that were published in the measured time.
#[derive(Debug, Clone)]
pub struct Tally {
    /// Updates that came.
    pub delivered: u64,
    /// Updates that did not come because a newer one of the same interval came in their place.
    pub merged: u64,
    /// Updates that did not come because a newer one of a later interval came in their place: the client, or
    /// the system, was too slow.
    pub thinned: u64,
    /// Updates that did not come, and nothing newer either.
    pub lost: u64,
    /// Updates that came twice, in the picture at the beginning for instance.
    pub repeated: u64,
    /// Updates that came after a newer one.
    pub backwards: u64,
    /// Frames whose `prev` is not the `tick` of the frame before.
    pub gaps: u64,
    /// Sockets that were closed by the other side.
    pub closed: u64,
    /// Frames.
    pub frames: u64,
    /// Bytes of frames' payloads.
    pub bytes: u64,
    /// From the publication to the receipt of the delivered updates, in microseconds.
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
    /// Latencies at a quantile between 0 and 1, in milliseconds.
    #[must_use]
    pub fn latency_ms(&self, quantile: f64) -> f64 {
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
