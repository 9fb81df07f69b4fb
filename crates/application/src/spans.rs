//! Spans of the work that a traced request causes.
//!
//! An API [runs](Trace::run) the handling of a traced request in its [`Trace`]. Adapters and APIs then [`open`] spans
//! without knowing the request: a span belongs to the trace of the task that opens it. Work outside any trace, which is
//! nearly all work, has no spans, and costs one look at the task.

use std::{fmt, sync::Arc};

use crate::{
    ports::{OpenSpan, PathTracer, SpanEnd, SpanStart},
    trace::TraceParent,
};

tokio::task_local! {
    static CURRENT: Trace;
}

/// A position in a sampled trace: the span whose children are started next.
#[derive(Clone)]
pub struct Trace {
    tracer: Arc<dyn PathTracer>,
    parent: TraceParent,
}

impl Trace {
    #[must_use]
    pub fn new(tracer: Arc<dyn PathTracer>, parent: TraceParent) -> Self {
        Self { tracer, parent }
    }

    /// Runs `work`, whose spans become children of this position. Tasks that `work` spawns are not part of the trace.
    pub async fn run<T>(self, work: impl Future<Output = T>) -> T {
        CURRENT.scope(self, work).await
    }
}

/// Returns `true` if the current work is part of a trace.
#[must_use]
pub fn is_traced() -> bool {
    CURRENT.try_with(|_| ()).is_ok()
}

/// Starts a span of the current trace. Returns `None` without calling `describe` if the current work is not part of a
/// trace.
#[must_use]
pub fn open(describe: impl FnOnce() -> SpanStart) -> Option<Span> {
    let trace = CURRENT.try_with(Clone::clone).ok()?;
    let open = trace.tracer.open(describe(), trace.parent);
    Some(Span { trace, open })
}

/// Runs `work` in a span that was opened for it, and ends the span with the result of `ended`. Spans of `work` become
/// children of the span.
pub async fn within<T>(
    span: Option<Span>,
    work: impl Future<Output = T>,
    ended: impl FnOnce(&T) -> SpanEnd,
) -> T {
    let Some(span) = span else {
        return work.await;
    };
    let output = span.as_trace().run(work).await;
    span.end(ended(&output));
    output
}

/// A span that has started. It ends when it is dropped.
pub struct Span {
    trace: Trace,
    open: Box<dyn OpenSpan>,
}

impl Span {
    /// Returns the position at which the children of the span are started.
    #[must_use]
    pub fn as_trace(&self) -> Trace {
        Trace {
            tracer: Arc::clone(&self.trace.tracer),
            parent: self.open.as_parent(),
        }
    }

    /// Ends the span now.
    pub fn end(self, end: SpanEnd) {
        self.open.end(end);
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trace")
            .field("parent", &self.parent)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Span")
            .field("of", &self.trace)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use parking_lot::Mutex;

    use super::*;
    use crate::ports::{SpanKind, SpanRecord};

    /// A tracer that numbers spans, and keeps the name, the parent and the error of each span that has ended.
    #[derive(Default)]
    struct Notes(Arc<Mutex<(u64, Vec<Note>)>>);

    type Note = (String, u64, Option<String>);

    struct Noted {
        notes: Arc<Mutex<(u64, Vec<Note>)>>,
        name: String,
        parent: u64,
        id: u64,
    }

    impl PathTracer for Notes {
        fn begin(&self, _: &SpanRecord<'_>) -> Option<TraceParent> {
            None
        }

        fn record(&self, span: &SpanRecord<'_>) -> TraceParent {
            span.parent.expect("a child")
        }

        fn open(&self, start: SpanStart, parent: TraceParent) -> Box<dyn OpenSpan> {
            let mut notes = self.0.lock();
            notes.0 += 1;
            Box::new(Noted {
                notes: Arc::clone(&self.0),
                name: start.name.into_owned(),
                parent: parent.span_id,
                id: notes.0,
            })
        }
    }

    impl OpenSpan for Noted {
        fn as_parent(&self) -> TraceParent {
            span(self.id)
        }

        fn end(self: Box<Self>, end: SpanEnd) {
            let error = end.error.map(String::from);
            self.notes.lock().1.push((self.name, self.parent, error));
        }
    }

    const fn span(span_id: u64) -> TraceParent {
        TraceParent {
            trace_id: 1,
            span_id,
            sampled: true,
        }
    }

    fn named(name: &'static str) -> impl FnOnce() -> SpanStart {
        move || SpanStart {
            name: name.into(),
            kind: SpanKind::Internal,
            attributes: Vec::new(),
        }
    }

    #[tokio::test]
    async fn spans_of_work_are_children_of_the_span_around_it() {
        let notes = Notes::default();
        let kept = Arc::clone(&notes.0);
        let trace = Trace::new(Arc::new(notes), span(100));
        let end = |failed: &bool| SpanEnd::of(failed.then_some("timeout"));
        trace
            .run(async {
                within(
                    open(named("outer")),
                    async { within(open(named("inner")), async { true }, end).await },
                    |_| SpanEnd::default(),
                )
                .await;
                within(open(named("later")), async { false }, end).await;
            })
            .await;
        let expected = [
            ("inner".to_owned(), 1, Some("timeout".to_owned())),
            ("outer".to_owned(), 100, None),
            ("later".to_owned(), 100, None),
        ];
        assert_eq!(kept.lock().1, expected);
    }

    #[tokio::test]
    async fn work_outside_a_trace_has_no_spans() {
        let described = std::cell::Cell::new(false);
        let span = open(|| {
            described.set(true);
            named("none")()
        });
        assert!(span.is_none() && !described.get() && !is_traced());
        assert_eq!(within(span, async { 7 }, |_| SpanEnd::default()).await, 7);
    }
}
