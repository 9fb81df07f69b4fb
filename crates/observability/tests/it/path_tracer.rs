use std::time::{Duration, UNIX_EPOCH};

use application::{
    Moment,
    ports::{PathTracer, SpanEnd, SpanKind, SpanRecord, SpanStart},
    trace::TraceParent,
};
use observability::traces::OtelTracer;
use opentelemetry::{
    KeyValue,
    trace::{SpanContext, SpanId, SpanKind as OtelKind, Status, TraceId},
};
use rstest::rstest;

use crate::finished_spans::FinishedSpans;

async fn keeping_every_trace() -> OtelTracer {
    FinishedSpans::traced(1.0).0
}

port_contracts::path_tracer_contract!(keeping_every_trace);

const ROBOT: TraceParent = TraceParent {
    trace_id: 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736,
    span_id: 0x00f0_67aa,
    sampled: true,
};

const fn at_us(us: u64) -> Moment {
    Moment {
        unix_us: 1_700_000_000_000_000 + us,
        uptime_us: us,
    }
}

fn span(name: &'static str, parent: Option<TraceParent>) -> SpanRecord<'static> {
    let (start, end) = (at_us(1_000), at_us(1_250));
    SpanRecord {
        name,
        kind: SpanKind::Internal,
        parent,
        links: &[],
        start,
        end,
        attributes: &[],
    }
}

fn ids(context: &SpanContext) -> (u128, u64) {
    let (trace, span) = (context.trace_id().to_bytes(), context.span_id().to_bytes());
    (u128::from_be_bytes(trace), u64::from_be_bytes(span))
}

#[test]
fn a_message_continues_its_robots_trace() {
    let (tracer, spans) = FinishedSpans::traced(0.0);
    let receive = SpanRecord {
        kind: SpanKind::Consumer,
        ..span("receive", Some(ROBOT))
    };
    let begun = tracer.begin(&receive).expect("the robot keeps its trace");

    let receive = spans.single();
    assert_eq!(receive.name, "receive");
    assert_eq!(receive.span_kind, OtelKind::Consumer);
    assert_eq!(receive.span_context.trace_id(), TraceId::from(ROBOT.trace_id));
    assert_eq!(receive.parent_span_id, SpanId::from(ROBOT.span_id));
    assert!(receive.parent_span_is_remote);
    assert_eq!(ids(&receive.span_context), (begun.trace_id, begun.span_id));
    assert!(begun.sampled);
}

#[test]
fn later_spans_are_children_of_the_first_regardless_of_sampling() {
    let (tracer, spans) = FinishedSpans::traced(0.0);
    let receive = tracer
        .begin(&span("receive", Some(ROBOT)))
        .expect("the robot keeps its trace");
    let apply = tracer.record(&span("apply", Some(receive)));
    tracer.record(&span("flush", Some(apply)));

    let [_, applied, flushed] = &spans.all()[..] else {
        panic!("three spans")
    };
    assert_eq!(applied.parent_span_id, SpanId::from(receive.span_id));
    assert_eq!(flushed.parent_span_id, SpanId::from(apply.span_id));
    for child in [applied, flushed] {
        assert_eq!(child.span_context.trace_id(), TraceId::from(ROBOT.trace_id));
        assert!(!child.parent_span_is_remote);
    }
}

#[rstest]
#[case::a_robot_that_is_not_sampled(1.0, Some(TraceParent { sampled: false, ..ROBOT }))]
#[case::no_decision_and_a_ratio_of_zero(0.0, None)]
fn a_message_that_is_not_kept_leaves_no_span(#[case] ratio: f64, #[case] parent: Option<TraceParent>) {
    let (tracer, spans) = FinishedSpans::traced(ratio);
    assert_eq!(tracer.begin(&span("receive", parent)), None);
    assert!(spans.all().is_empty());
}

#[test]
fn a_message_without_a_trace_starts_one() {
    let (tracer, spans) = FinishedSpans::traced(1.0);
    let begun = tracer.begin(&span("receive", None)).expect("a kept trace");
    let receive = spans.single();
    assert_eq!(receive.parent_span_id, SpanId::INVALID);
    assert_ne!(begun.trace_id, 0);
    assert_ne!(
        tracer.begin(&span("receive", None)).map(|other| other.trace_id),
        Some(begun.trace_id)
    );
}

#[test]
fn a_span_has_its_start_and_duration() {
    let (tracer, spans) = FinishedSpans::traced(1.0);
    tracer.begin(&span("receive", None));
    let receive = spans.single();
    assert_eq!(
        receive.start_time,
        UNIX_EPOCH + Duration::from_micros(1_700_000_000_001_000)
    );
    assert_eq!(receive.end_time, receive.start_time + Duration::from_micros(250));
}

#[test]
fn no_span_ends_before_its_start_when_the_clock_is_set_back() {
    let (tracer, spans) = FinishedSpans::traced(1.0);
    let end = Moment {
        unix_us: 0,
        uptime_us: 1_500,
    };
    tracer.begin(&SpanRecord {
        end,
        ..span("receive", None)
    });
    let receive = spans.single();
    assert_eq!(receive.end_time, receive.start_time + Duration::from_micros(500));
}

#[test]
fn a_frame_links_to_all_messages_that_it_carries() {
    let (tracer, spans) = FinishedSpans::traced(0.0);
    let messages: Vec<_> = (1..=1_000)
        .map(|span_id| TraceParent { span_id, ..ROBOT })
        .collect();
    let flush = SpanRecord {
        kind: SpanKind::Producer,
        links: &messages,
        ..span("flush", Some(ROBOT))
    };
    tracer.record(&flush);

    let flush = spans.single();
    assert_eq!(flush.span_kind, OtelKind::Producer);
    assert_eq!(flush.links.dropped_count, 0);
    let linked: Vec<_> = flush.links.iter().map(|link| ids(&link.span_context)).collect();
    let expected: Vec<_> = messages
        .iter()
        .map(|message| (message.trace_id, message.span_id))
        .collect();
    assert_eq!(linked, expected);
}

#[test]
fn a_span_has_its_attributes() {
    let (tracer, spans) = FinishedSpans::traced(1.0);
    let attributes = [
        ("fleetwatch.tick", "7".into()),
        ("fleetwatch.vehicles", 7_usize.into()),
    ];
    tracer.begin(&SpanRecord {
        attributes: &attributes,
        ..span("receive", None)
    });
    let expected = [
        KeyValue::new("fleetwatch.tick", "7"),
        KeyValue::new("fleetwatch.vehicles", 7_i64),
    ];
    assert_eq!(spans.single().attributes, expected);
}

#[test]
fn an_open_span_has_children_and_what_is_known_at_its_end() {
    let (tracer, spans) = FinishedSpans::traced(0.0);
    let start = |name: &'static str| SpanStart {
        name: name.into(),
        kind: SpanKind::Client,
        attributes: vec![("db.system.name", "postgresql".into())],
    };
    let outer = tracer.open(start("outer"), ROBOT);
    let (id, inner) = (outer.as_parent(), tracer.open(start("inner"), outer.as_parent()));
    inner.end(SpanEnd {
        name: Some("SELECT vehicles".into()),
        attributes: vec![("db.operation.name", "SELECT".into())],
        error: Some("timeout".into()),
    });
    drop(outer);

    let [inner, outer] = &spans.all()[..] else {
        panic!("two spans")
    };
    assert_eq!(outer.name, "outer");
    assert_eq!(outer.span_kind, OtelKind::Client);
    assert_eq!(outer.parent_span_id, SpanId::from(ROBOT.span_id));
    assert_eq!(ids(&outer.span_context), (ROBOT.trace_id, id.span_id));
    assert_eq!(outer.status, Status::Unset);
    assert_eq!(inner.name, "SELECT vehicles");
    assert_eq!(inner.parent_span_id, SpanId::from(id.span_id));
    assert_eq!(inner.status, Status::error(""));
    let expected = [
        KeyValue::new("db.system.name", "postgresql"),
        KeyValue::new("db.operation.name", "SELECT"),
        KeyValue::new("error.type", "timeout"),
    ];
    assert_eq!(inner.attributes, expected);
}

#[test]
fn the_first_span_of_a_request_is_below_the_callers() {
    let (tracer, spans) = FinishedSpans::traced(0.0);
    let query = || SpanStart {
        name: "query".into(),
        kind: SpanKind::Server,
        attributes: vec![("graphql.operation.type", "query".into())],
    };
    assert!(tracer.open_first(None, &query).is_none(), "the ratio is zero");
    let span = tracer.open_first(Some(ROBOT), &query);
    span.expect("the caller keeps its trace")
        .end(SpanEnd::of(Some("GraphqlError")));

    let query = spans.single();
    assert_eq!(query.span_kind, OtelKind::Server);
    assert_eq!(query.parent_span_id, SpanId::from(ROBOT.span_id));
    assert!(query.parent_span_is_remote);
    assert_eq!(query.status, Status::error(""));
    let expected = [
        KeyValue::new("graphql.operation.type", "query"),
        KeyValue::new("error.type", "GraphqlError"),
    ];
    assert_eq!(query.attributes, expected);
}
