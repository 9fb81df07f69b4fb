//! Log lines as JSON objects.

use std::{borrow::Cow, error::Error, fmt, iter};

use serde::Serialize;
use serde_json::{Map, Value};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::{
        FmtContext, FormatEvent, FormatFields, FormattedFields,
        format::Writer,
        time::{FormatTime as _, SystemTime},
    },
    registry::LookupSpan,
};

/// Maximum number of an error's sources that are written.
const MAX_SOURCES: usize = 10;

/// Format of a line as one flat JSON object: the time, the level, the fields of the event, the module, and the fields
/// of the spans that surround the event, such as `request.id`. An error is followed by the list of its sources.
///
/// The JSON format of `tracing-subscriber` is not used, because it nests the fields of the innermost span, omits those
/// of the others, and discards the sources of errors. The span fields that it stores are read here.
pub(super) struct JsonLines;

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut timestamp = String::new();
        SystemTime.format_time(&mut Writer::new(&mut timestamp))?;
        let metadata = event.metadata();
        let mut line = Line::default();
        line.put("timestamp", &timestamp);
        line.put("level", metadata.level().as_str());
        event.record(&mut line);
        line.put("message", substitute(metadata));
        let origin = line.origin.take();
        line.put("target", origin.as_deref().unwrap_or(metadata.target()));
        // From the innermost span to the outermost, because the first value of a name is kept.
        for span in context.event_scope().into_iter().flatten() {
            if let Some(fields) = span.extensions().get::<FormattedFields<N>>() {
                line.put_all(&fields.fields);
            }
        }
        writeln!(writer, "{}", line.finish()?)
    }
}

/// Returns the message of an event without one, as some libraries log it: its name or, if it has none, its module.
fn substitute<'a>(metadata: &Metadata<'a>) -> &'a str {
    match metadata.name() {
        // The macros of `tracing` name an event by its place in the sources.
        name if name.starts_with("event ") => metadata.target(),
        name => name,
    }
}

/// A line under construction.
#[derive(Default)]
struct Line {
    text: Vec<u8>,
    names: Vec<Cow<'static, str>>,
    /// Module of an event of the `log` crate, whose metadata do not contain it.
    origin: Option<String>,
}

impl Line {
    /// Adds a field, unless the line already has one of this name.
    fn put(&mut self, name: impl Into<Cow<'static, str>>, value: &(impl Serialize + ?Sized)) {
        let name = name.into();
        if self.names.contains(&name) {
            return;
        }
        self.text.push(if self.text.is_empty() { b'{' } else { b',' });
        // Serialising a text or a number to memory cannot fail.
        let _ = serde_json::to_writer(&mut self.text, &*name);
        self.text.push(b':');
        let _ = serde_json::to_writer(&mut self.text, value);
        self.names.push(name);
    }

    /// Adds the fields of a span, which are stored as a JSON object.
    fn put_all(&mut self, fields: &str) {
        for (name, value) in serde_json::from_str::<Map<String, Value>>(fields).unwrap_or_default() {
            self.put(name, &value);
        }
    }

    fn put_field(&mut self, field: &Field, value: &(impl Serialize + ?Sized)) {
        if let Some(name) = name_of(field) {
            self.put(name, value);
        }
    }

    fn finish(mut self) -> Result<String, fmt::Error> {
        self.text.push(b'}');
        String::from_utf8(self.text).map_err(|_| fmt::Error)
    }
}

/// Returns the name of an event's field in the line. Fields with the name of a part that every line has are renamed.
/// Returns `None` for the fields that `tracing-log` adds to events of the `log` crate.
fn name_of(field: &Field) -> Option<&'static str> {
    match field.name() {
        "timestamp" => Some("field.timestamp"),
        "level" => Some("field.level"),
        "target" => Some("field.target"),
        name if name.starts_with("log.") => None,
        name => Some(name.strip_prefix("r#").unwrap_or(name)),
    }
}

impl Visit for Line {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put_field(field, &value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put_field(field, &value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put_field(field, &value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put_field(field, &value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "log.target" {
            self.origin = Some(value.to_owned());
        }
        self.put_field(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let text = value.to_string();
        self.put_field(field, &text);
        let sources = iter::successors(value.source(), |error: &&(dyn std::error::Error + 'static)| {
            let error: &(dyn std::error::Error + 'static) = *error;
            error.source()
        });
        let mut sources: Vec<String> = sources.take(MAX_SOURCES).map(ToString::to_string).collect();
        // Some errors have the same text as their source.
        sources.dedup();
        if sources.first() == Some(&text) {
            sources.remove(0);
        }
        if let Some(name) = name_of(field).filter(|_| !sources.is_empty()) {
            self.put(format!("{name}.sources"), &sources);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put_field(field, &format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::{fmt::format::JsonFields, layer::SubscriberExt as _};

    use super::*;
    use crate::logs::written::Written;

    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Failure(&'static str, #[source] Option<Box<Failure>>);

    /// Returns the lines of `work`.
    fn lines_of(work: impl FnOnce()) -> Vec<Value> {
        let written = Written::default();
        let layer = tracing_subscriber::fmt::layer()
            .fmt_fields(JsonFields::new())
            .event_format(JsonLines)
            .with_writer(written.clone());
        let subscriber = tracing_subscriber::registry().with(layer);
        tracing::subscriber::with_default(subscriber, work);
        let parse = |line: &String| serde_json::from_str(line).expect("a JSON object");
        written.lines().iter().map(parse).collect()
    }

    #[test]
    fn a_line_is_one_flat_object() {
        let lines = lines_of(|| {
            tracing::warn!(vehicles = 3, share = 0.5, is_new = true, name = "a\"\n", "moved");
        });
        let [line] = &lines[..] else {
            panic!("one line is expected: {lines:?}")
        };
        assert_eq!(line["level"], "WARN");
        assert_eq!(line["message"], "moved");
        assert_eq!(line["target"], module_path!());
        assert_eq!(line["vehicles"], 3);
        assert_eq!(line["share"], 0.5);
        assert_eq!(line["is_new"], true);
        assert_eq!(line["name"], "a\"\n");
        assert!(
            line["timestamp"].as_str().is_some_and(|time| time.ends_with('Z')),
            "{line}"
        );
    }

    #[test]
    fn the_fields_of_all_spans_are_fields_of_the_line() {
        let lines = lines_of(|| {
            let outer =
                tracing::error_span!("request", request.id = "robot-7", user.id = tracing::field::Empty);
            let inner = tracing::error_span!(parent: &outer, "step", step = 2, request.id = "inner");
            outer.record("user.id", "ana");
            inner.in_scope(|| {
                tracing::info!("within");
                tracing::info!(request.id = "own", "with its own value");
            });
            outer.in_scope(|| tracing::info!("outside"));
        });
        let of = |name: &str| lines.iter().map(|line| line[name].clone()).collect::<Vec<_>>();
        assert_eq!(of("request.id"), ["inner", "own", "robot-7"]);
        assert_eq!(of("user.id"), ["ana"; 3]);
        assert_eq!(of("step"), [Value::from(2), Value::from(2), Value::Null]);
    }

    #[test]
    fn an_error_is_written_with_its_sources() {
        let root = Failure("connection refused", None);
        let middle = Failure("cannot connect", Some(Box::new(root)));
        let top = Failure("the database is unavailable", Some(Box::new(middle)));
        let alone = Failure("no memory", None);
        let lines = lines_of(|| {
            tracing::error!(error = &top as &dyn Error, "failed");
            tracing::error!(error = &alone as &dyn Error, "failed");
        });
        assert_eq!(lines[0]["error"], "the database is unavailable");
        assert_eq!(
            lines[0]["error.sources"],
            Value::from(vec!["cannot connect", "connection refused"])
        );
        assert_eq!(lines[1]["error"], "no memory");
        assert_eq!(lines[1]["error.sources"], Value::Null);
    }

    #[test]
    fn a_source_with_the_text_of_its_error_is_left_out() {
        let root = Failure("connection refused", None);
        let middle = Failure("connection refused", Some(Box::new(root)));
        let top = Failure("connection refused", Some(Box::new(middle)));
        let lines = lines_of(|| tracing::error!(error = &top as &dyn Error, "failed"));
        assert_eq!(lines[0]["error"], "connection refused");
        assert_eq!(lines[0]["error.sources"], Value::Null);
    }

    #[test]
    fn an_event_without_a_message_has_its_name_or_its_module_as_the_message() {
        let lines = lines_of(|| {
            tracing::warn!(name: "Exporter.PartialSuccess", target: "exporter", rejected_spans = 3);
            tracing::info!(vehicles = 3);
        });
        assert_eq!(lines[0]["message"], "Exporter.PartialSuccess");
        assert_eq!(lines[0]["rejected_spans"], 3);
        assert_eq!(lines[1]["message"], module_path!());
        assert_eq!(lines[1]["vehicles"], 3);
    }

    #[test]
    fn a_field_never_replaces_a_part_of_every_line() {
        let lines = lines_of(|| tracing::info!(level = "high", timestamp = 7, target = "x", "named alike"));
        assert_eq!(lines[0]["level"], "INFO");
        assert_eq!(lines[0]["target"], module_path!());
        assert_eq!(lines[0]["field.level"], "high");
        assert_eq!(lines[0]["field.timestamp"], 7);
    }
}
