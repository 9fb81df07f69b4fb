//! Messages from robots.

use std::time::Instant;

use ::live::{Core, Outcome};
use domain::telemetry::Acceptance;

use super::{Live, PARTS_PER_LOOK, TURN};
use crate::{
    Moment,
    telemetry::{Channel, DeadLetter, Inbound, Item, Rejection, Report},
};

impl Live {
    /// Applies messages to the live core, and returns the rejected ones as dead letters, except for those above the
    /// rate limit.
    ///
    /// The lock is released about every 300 µs, regardless of the number of messages.
    pub fn receive(&self, messages: Vec<Inbound>) -> Vec<DeadLetter> {
        let parts = messages.into_iter().flat_map(|message| {
            let (channel, received_at) = (message.channel, message.received_at);
            message
                .items
                .into_iter()
                .map(move |item| (channel, received_at, item))
        });
        let mut parts = parts.peekable();
        let (mut dead, mut rejected) = (Vec::new(), Vec::new());
        while parts.peek().is_some() {
            self.change(|core, now| {
                let began = Instant::now();
                for (number, (channel, received_at, item)) in parts.by_ref().enumerate() {
                    let (source, bytes, vehicle) = (item.source.clone(), item.bytes, item.vehicle_id);
                    if let Err(rejection) = self.take(core, channel, item, received_at, now) {
                        rejected.push((channel, source, bytes, vehicle, rejection, received_at));
                    }
                    if number % PARTS_PER_LOOK == PARTS_PER_LOOK - 1 && began.elapsed() >= TURN {
                        break;
                    }
                }
            });
            for (channel, source, bytes, vehicle, rejection, received_at) in rejected.drain(..) {
                self.instruments.rejected(channel, vehicle, &rejection);
                if !rejection.reason.is_of_rate() {
                    dead.push(DeadLetter {
                        bytes,
                        vehicle_id: vehicle,
                        ..DeadLetter::new(channel, &source, rejection, received_at.wall())
                    });
                }
            }
        }
        dead
    }

    fn take(
        &self,
        core: &mut Core,
        channel: Channel,
        item: Item,
        received_at: Moment,
        now: Moment,
    ) -> Result<(), Rejection> {
        let Item {
            vehicle_id,
            report,
            bytes,
            is_stamped,
            dropped,
            rejected_trace,
            ..
        } = item;
        let report = match (report, vehicle_id) {
            (Ok(report), _) => report,
            (Err(rejection), vehicle_id) => {
                if let Some(id) = vehicle_id {
                    core.note_rejected(id, channel, &rejection, received_at, now);
                }
                if let Some(traces) = &self.traces {
                    let times = (received_at, self.clock.now());
                    traces.rejected(channel, rejected_trace, vehicle_id, &rejection, bytes, times);
                }
                return Err(rejection);
            }
        };
        let vehicle = report.vehicle_id;
        let outcome = self.apply(core, channel, report, bytes, received_at, now)?;
        if !is_stamped {
            core.note_unstamped(outcome.index, channel);
        }
        let timestamp = outcome.timestamp;
        // Data from a robot that sends no timestamps, or counts from its start-up, has no meaningful age.
        let is_age = is_stamped && timestamp.is_of_calendar(now.wall());
        self.instruments
            .accepted(channel, is_age.then(|| now.wall().ms_since(timestamp)));
        if outcome.acceptance == Acceptance::ClockSetBack {
            self.instruments.clock_was_set_back(channel, vehicle);
        }
        if !dropped.is_empty() {
            self.instruments.dropped(dropped);
        }
        Ok(())
    }

    fn apply(
        &self,
        core: &mut Core,
        channel: Channel,
        report: Report,
        bytes: usize,
        received_at: Moment,
        now: Moment,
    ) -> Result<Outcome, Rejection> {
        let trace = self.traces.as_ref().and_then(|traces| {
            let decoded_at = self.clock.now();
            let receive = traces.begin(channel, &report, bytes, (received_at, decoded_at))?;
            Some((traces, receive, decoded_at))
        });
        let vehicle_id = report.vehicle_id;
        let outcome = core.apply(report, received_at, now);
        if let Some((traces, receive, decoded_at)) = trace {
            let rejection = outcome.as_ref().err();
            let span = traces.applied(receive, vehicle_id, rejection, decoded_at, self.clock.now());
            if let Ok(outcome) = &outcome {
                core.carry_trace(outcome.index, channel, span);
            }
        }
        outcome
    }
}
