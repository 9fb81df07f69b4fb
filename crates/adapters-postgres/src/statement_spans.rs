//! Spans of statements, for traces.

use std::{borrow::Cow, sync::Arc};

use application::{
    ports::{Attribute, SpanEnd, SpanKind, SpanStart},
    spans::{self, Span},
};
use diesel::{
    connection::{Instrumentation, InstrumentationEvent},
    result::Error as QueryError,
};

use crate::{sql_summary::SqlSummary, url::DatabaseUrl};

/// Name of the database system in OpenTelemetry's semantic conventions, and of a span until its statement is known.
const POSTGRESQL: &str = "postgresql";

/// Opens a span for each statement on a connection, if the statement belongs to a trace.
///
/// Spans contain the operation and the table of the statement, but neither its text nor its parameters. A connection
/// executes one statement at a time.
pub(crate) struct StatementSpans {
    /// Attributes of all spans of the connection.
    server: Arc<[Attribute]>,
    open: Option<Span>,
}

impl StatementSpans {
    pub(crate) fn of(url: &DatabaseUrl) -> Self {
        Self {
            server: server_attributes(url).into(),
            open: None,
        }
    }
}

/// Adds a failed span to the current trace, if any, for an exchange that failed although no statement did: because the
/// server could not be reached, or did not answer in time. `kind` is the kind of the error.
pub(crate) fn exchange_failed(url: &DatabaseUrl, kind: &'static str) {
    let span = spans::open(|| SpanStart {
        name: POSTGRESQL.into(),
        kind: SpanKind::Client,
        attributes: server_attributes(url),
    });
    if let Some(span) = span {
        span.end(SpanEnd::of(Some(kind)));
    }
}

fn server_attributes(url: &DatabaseUrl) -> Vec<Attribute> {
    let mut server: Vec<Attribute> = vec![("db.system.name", POSTGRESQL.into())];
    if let Some(name) = url.database() {
        server.push(("db.namespace", name.to_owned().into()));
    }
    if let Some((host, port)) = url.server() {
        server.push(("server.address", host.into()));
        server.push(("server.port", port.into()));
    }
    server
}

impl Instrumentation for StatementSpans {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            // The query of this event would be shown with its parameters.
            InstrumentationEvent::StartQuery { .. } => {
                self.open = spans::open(|| SpanStart {
                    name: POSTGRESQL.into(),
                    kind: SpanKind::Client,
                    attributes: self.server.to_vec(),
                });
            }
            InstrumentationEvent::FinishQuery { query, error, .. } => {
                if let Some(span) = self.open.take() {
                    span.end(ended(&query.to_string(), error));
                }
            }
            _ => {}
        }
    }
}

fn ended(query: &str, error: Option<&QueryError>) -> SpanEnd {
    let mut end = SpanEnd::of(error.map(kind_of));
    // The query of this event is shown without parameters. If Diesel added them, they would follow `-- binds:`.
    let sql = query.split(" -- binds: ").next().unwrap_or_default();
    let Some(summary) = SqlSummary::of(sql) else {
        return end;
    };
    let text = summary.text();
    end.attributes = vec![
        ("db.operation.name", summary.operation.into_owned().into()),
        ("db.query.summary", text.clone().into()),
    ];
    if let Some(table) = summary.table {
        end.attributes
            .push(("db.collection.name", table.to_owned().into()));
    }
    end.name = Some(text.into());
    end
}

fn kind_of(error: &QueryError) -> Cow<'static, str> {
    match error {
        QueryError::DatabaseError(kind, _) => format!("{kind:?}").into(),
        _ => "QueryError".into(),
    }
}
