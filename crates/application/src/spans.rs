//! Spans of the work that a traced request causes.
//!
//! An API [runs](Trace::run) the handling of a traced request in its [`Trace`]. Adapters and APIs then [`open`] spans
//! without knowing the request: a span belongs to the trace of the task that opens it. Work outside any trace, which is
//! nearly all work, has no spans, and costs only a lookup in the task. Requests that do not arrive by HTTP, such as
//! messages on a socket, [`open_first`] a span that may start a trace.

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

    /// Starts a span of this trace, as a child of this position.
    #[must_use]
    pub fn open(&self, start: SpanStart) -> Span {
        let open = self.tracer.open(start, self.parent);
        let tracer = Arc::clone(&self.tracer);
        Span { tracer, open }
    }
}

/// Returns the trace that the current work is part of; `None` if it is not part of any. Work that continues after the
/// current one, such as a streamed response, can be traced with it.
#[must_use]
pub fn current() -> Option<Trace> {
    CURRENT.try_with(Clone::clone).ok()
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
    current().map(|trace| trace.open(describe()))
}

/// Starts the first span of a request from another program, which is a child of `parent` if that is set. Returns
/// `None`, without calling `describe`, if the request is not sampled.
#[must_use]
pub fn open_first(
    tracer: &Arc<dyn PathTracer>,
    parent: Option<TraceParent>,
    describe: impl Fn() -> SpanStart,
) -> Option<Span> {
    let open = tracer.open_first(parent, &describe)?;
    let tracer = Arc::clone(tracer);
    Some(Span { tracer, open })
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
    tracer: Arc<dyn PathTracer>,
    open: Box<dyn OpenSpan>,
}

impl Span {
    /// Returns the position at which the children of the span are started.
    #[must_use]
    pub fn as_trace(&self) -> Trace {
        Trace {
            tracer: Arc::clone(&self.tracer),
            parent: self.open.as_parent(),
        }
    }

    /// Returns the id of the trace that the span belongs to.
    #[must_use]
    pub fn trace_id(&self) -> u128 {
        self.open.as_parent().trace_id
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
            .field("as_parent", &self.open.as_parent())
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

        fn open_first(
            &self,
            parent: Option<TraceParent>,
            describe: &dyn Fn() -> SpanStart,
        ) -> Option<Box<dyn OpenSpan>> {
            let parent = parent.unwrap_or(span(0));
            parent.sampled.then(|| self.open(describe(), parent))
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

    fn named(name: &'static str) -> impl Fn() -> SpanStart {
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
    async fn the_first_span_of_a_request_is_the_parent_of_its_spans() {
        let notes = Notes::default();
        let kept = Arc::clone(&notes.0);
        let tracer: Arc<dyn PathTracer> = Arc::new(notes);
        let first = open_first(&tracer, Some(span(100)), named("query"));
        assert_eq!(first.as_ref().map(Span::trace_id), Some(1));
        let continued = within(
            first,
            async {
                within(open(named("field")), async {}, |()| SpanEnd::default()).await;
                current()
            },
            |_| SpanEnd::default(),
        )
        .await;
        // The work goes on after the span has ended.
        let trace = continued.expect("the trace");
        trace.open(named("later")()).end(SpanEnd::default());
        let expected = [("field", 1_u64), ("query", 100), ("later", 1)];
        let expected = expected.map(|(name, parent)| (name.to_owned(), parent, None::<String>));
        assert_eq!(kept.lock().1, expected);

        let unsampled = TraceParent {
            sampled: false,
            ..span(100)
        };
        let described = std::cell::Cell::new(false);
        let span = open_first(&tracer, Some(unsampled), || {
            described.set(true);
            named("none")()
        });
        assert!(span.is_none() && !described.get());
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
