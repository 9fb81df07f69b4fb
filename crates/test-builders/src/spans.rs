use std::sync::{Arc, Mutex, PoisonError};

use application::{
    ports::{Attribute, AttributeValue, OpenSpan, PathTracer, SpanEnd, SpanKind, SpanRecord, SpanStart},
    spans::Trace,
    trace::TraceParent,
};

/// A span that has ended.
#[derive(Debug, Clone)]
pub struct SpanNote {
    /// Name of the span.
    pub name: String,
    /// Role of the span.
    pub kind: SpanKind,
    /// Id of the span.
    pub id: u64,
    /// Id of its parent.
    pub parent: u64,
    /// Ids of the spans that it is linked to.
    pub links: Vec<u64>,
    /// Attributes of the span.
    pub attributes: Vec<Attribute>,
    /// Kind of the error that it ended with.
    pub error: Option<String>,
}

impl SpanNote {
    /// Returns an attribute as text; empty if the span does not have it.
    #[must_use]
    pub fn attribute(&self, name: &str) -> String {
        let found = self.attributes.iter().find(|(key, _)| *key == name);
        match found.map(|(_, value)| value) {
            Some(AttributeValue::Text(text)) => text.to_string(),
            Some(AttributeValue::Number(number)) => number.to_string(),
            None => String::new(),
        }
    }
}

/// A tracer that keeps the spans that have ended in memory. It keeps every trace, except those of requests whose caller
/// does not sample them.
#[derive(Debug, Clone, Default)]
pub struct SpanNotes(Arc<Mutex<Notes>>);

#[derive(Debug, Default)]
struct Notes {
    last_id: u64,
    ended: Vec<SpanNote>,
}

impl SpanNotes {
    /// Id of the span whose children [`SpanNotes::of`] keeps.
    pub const ROOT: u64 = u64::MAX;

    /// Runs `work` as part of a trace, and returns its result and its spans, in the order in which they ended.
    pub async fn of<T>(work: impl Future<Output = T>) -> (T, Vec<SpanNote>) {
        let notes = Self::default();
        let root = parent_of(Self::ROOT);
        let output = Trace::new(Arc::new(notes.clone()), root).run(work).await;
        (output, notes.ended())
    }

    /// Returns the spans that have ended, in the order in which they ended. Roots have the parent [`SpanNotes::ROOT`].
    #[must_use]
    pub fn ended(&self) -> Vec<SpanNote> {
        self.with(|notes| notes.ended.clone())
    }

    fn with<T>(&self, look: impl FnOnce(&mut Notes) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn next_id(&self) -> u64 {
        self.with(|notes| {
            notes.last_id += 1;
            notes.last_id
        })
    }
}

const fn parent_of(span_id: u64) -> TraceParent {
    TraceParent {
        trace_id: 1,
        span_id,
        sampled: true,
    }
}

impl PathTracer for SpanNotes {
    fn begin(&self, span: &SpanRecord<'_>) -> Option<TraceParent> {
        Some(self.record(span))
    }

    fn record(&self, span: &SpanRecord<'_>) -> TraceParent {
        let id = self.next_id();
        let note = SpanNote {
            name: span.name.to_owned(),
            kind: span.kind,
            id,
            parent: span.parent.map_or(Self::ROOT, |parent| parent.span_id),
            links: span.links.iter().map(|link| link.span_id).collect(),
            attributes: span.attributes.to_vec(),
            error: None,
        };
        self.with(|notes| notes.ended.push(note));
        parent_of(id)
    }

    fn open_first(
        &self,
        parent: Option<TraceParent>,
        describe: &dyn Fn() -> SpanStart,
    ) -> Option<Box<dyn OpenSpan>> {
        let parent = parent.unwrap_or(parent_of(Self::ROOT));
        parent.sampled.then(|| self.open(describe(), parent))
    }

    fn open(&self, start: SpanStart, parent: TraceParent) -> Box<dyn OpenSpan> {
        Box::new(Noted {
            notes: self.clone(),
            note: Some(SpanNote {
                name: start.name.into_owned(),
                kind: start.kind,
                id: self.next_id(),
                parent: parent.span_id,
                links: Vec::new(),
                attributes: start.attributes,
                error: None,
            }),
        })
    }
}

/// A started span; `note` is only taken when the span ends.
struct Noted {
    notes: SpanNotes,
    note: Option<SpanNote>,
}

impl OpenSpan for Noted {
    fn as_parent(&self) -> TraceParent {
        parent_of(self.note.as_ref().map_or(0, |note| note.id))
    }

    fn end(mut self: Box<Self>, end: SpanEnd) {
        if let Some(note) = &mut self.note {
            if let Some(name) = end.name {
                note.name = name.into_owned();
            }
            note.attributes.extend(end.attributes);
            note.error = end.error.map(String::from);
        }
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        if let Some(note) = self.note.take() {
            self.notes.with(|notes| notes.ended.push(note));
        }
    }
}
