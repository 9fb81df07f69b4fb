//! The contract of `PathTracer`.
//!
//! `port_contracts::path_tracer_contract!(my_tracer);` generates a test for each check below. The argument is an async
//! function without arguments that returns a tracer that keeps every trace.

use std::{cell::Cell, collections::BTreeSet};

use application::{
    Moment,
    ports::{PathTracer, SpanEnd, SpanKind, SpanRecord, SpanStart},
    trace::TraceParent,
};

/// Generates a test for each check of the contract.
#[macro_export]
macro_rules! path_tracer_contract {
    ($($subject:tt)+) => {
        $crate::contract! { path_tracer, $($subject)+ =>
            a_message_without_a_parent_starts_a_new_trace
            a_message_with_a_parent_continues_its_trace
            a_later_span_belongs_to_the_trace_of_its_parent
            every_span_has_a_unique_id
            a_span_that_ends_before_it_starts_is_harmless
            open_spans_belong_to_the_trace_of_their_parent
            the_first_span_of_a_request_continues_or_starts_a_trace
            a_request_that_is_not_sampled_has_no_span
        }
    };
}

const ROBOT: TraceParent = TraceParent {
    trace_id: 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736,
    span_id: 0x00f0_67aa_0ba9_02b7,
    sampled: true,
};

const fn at_us(us: u64) -> Moment {
    Moment {
        unix_us: 1_700_000_000_000_000 + us,
        uptime_us: us,
    }
}

const fn span(parent: Option<TraceParent>) -> SpanRecord<'static> {
    SpanRecord {
        name: "receive",
        kind: SpanKind::Consumer,
        parent,
        links: &[],
        start: at_us(1_000),
        end: at_us(1_250),
        attributes: &[],
    }
}

fn begin(tracer: &dyn PathTracer, parent: Option<TraceParent>) -> TraceParent {
    let begun = tracer.begin(&span(parent)).expect("every trace is kept");
    assert!(begun.sampled, "{begun:?}");
    assert!(begun.trace_id != 0 && begun.span_id != 0, "{begun:?}");
    begun
}

pub async fn a_message_without_a_parent_starts_a_new_trace(tracer: &dyn PathTracer) {
    let (one, other) = (begin(tracer, None), begin(tracer, None));
    assert_ne!(one.trace_id, other.trace_id);
}

pub async fn a_message_with_a_parent_continues_its_trace(tracer: &dyn PathTracer) {
    let begun = begin(tracer, Some(ROBOT));
    assert_eq!(begun.trace_id, ROBOT.trace_id);
    assert_ne!(begun.span_id, ROBOT.span_id);
}

pub async fn a_later_span_belongs_to_the_trace_of_its_parent(tracer: &dyn PathTracer) {
    let begun = begin(tracer, None);
    let links = [begin(tracer, None), begin(tracer, Some(ROBOT))];
    let applied = tracer.record(&span(Some(begun)));
    let flushed = tracer.record(&SpanRecord {
        kind: SpanKind::Producer,
        links: &links,
        attributes: &[("messages", 2_usize.into())],
        ..span(Some(applied))
    });
    assert_eq!([applied.trace_id, flushed.trace_id], [begun.trace_id; 2]);
    assert!(applied.sampled && flushed.sampled);
}

pub async fn every_span_has_a_unique_id(tracer: &dyn PathTracer) {
    let begun = begin(tracer, Some(ROBOT));
    let mut spans = BTreeSet::from([ROBOT.span_id, begun.span_id]);
    for _ in 0..100 {
        assert!(spans.insert(tracer.record(&span(Some(begun))).span_id));
    }
}

/// Records a span that ends before its start, because the wall clock may be set back while a message is processed.
pub async fn a_span_that_ends_before_it_starts_is_harmless(tracer: &dyn PathTracer) {
    let backwards = SpanRecord {
        start: at_us(1_250),
        end: at_us(1_000),
        ..span(Some(ROBOT))
    };
    let begun = tracer.begin(&backwards).expect("every trace is kept");
    let recorded = tracer.record(&backwards);
    assert_eq!([begun.trace_id, recorded.trace_id], [ROBOT.trace_id; 2]);
}

pub async fn open_spans_belong_to_the_trace_of_their_parent(tracer: &dyn PathTracer) {
    let begun = begin(tracer, Some(ROBOT));
    let start = |name: &'static str| SpanStart {
        name: name.into(),
        kind: SpanKind::Client,
        attributes: vec![("db.system.name", "postgresql".into())],
    };
    let outer = tracer.open(start("outer"), begun);
    let inner = tracer.open(start("inner"), outer.as_parent());
    let opened = [outer.as_parent(), inner.as_parent()];
    for span in opened {
        assert_eq!((span.trace_id, span.sampled), (ROBOT.trace_id, true));
    }
    let ids: BTreeSet<_> = [ROBOT, begun, opened[0], opened[1]]
        .map(|span| span.span_id)
        .into();
    assert_eq!(ids.len(), 4, "{ids:?}");
    inner.end(SpanEnd::of(Some("timeout")));
    drop(outer);
}

fn a_query() -> SpanStart {
    SpanStart {
        name: "query".into(),
        kind: SpanKind::Server,
        attributes: vec![("graphql.operation.type", "query".into())],
    }
}

pub async fn the_first_span_of_a_request_continues_or_starts_a_trace(tracer: &dyn PathTracer) {
    let first = |parent| {
        let span = tracer.open_first(parent, &a_query);
        span.expect("every trace is kept").as_parent()
    };
    let (continued, started, other) = (first(Some(ROBOT)), first(None), first(None));
    assert_eq!(continued.trace_id, ROBOT.trace_id);
    assert_ne!(continued.span_id, ROBOT.span_id);
    assert_ne!(started.trace_id, other.trace_id);
    assert!(continued.sampled && started.sampled);
}

pub async fn a_request_that_is_not_sampled_has_no_span(tracer: &dyn PathTracer) {
    let caller = TraceParent {
        sampled: false,
        ..ROBOT
    };
    let described = Cell::new(false);
    let describe = || {
        described.set(true);
        a_query()
    };
    let span = tracer.open_first(Some(caller), &describe);
    assert!(span.is_none() && !described.get());
}
