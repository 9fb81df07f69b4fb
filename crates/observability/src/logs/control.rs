//! Changes of the filter at run time.

use std::fmt;

use application::{
    Error, Result,
    ports::{LogControl, LogFilter},
};
use parking_lot::Mutex;
use tracing_subscriber::{
    EnvFilter,
    filter::ParseError,
    reload::{self, Handle},
};

/// Directives that restrict the logs of libraries: those for the export of traces, which log each step; the HTTP
/// server, whose start this program logs itself; and fred, because the adapter also logs lost connections, and because
/// the lines of fred contain random names of clients, so they cannot be grouped. A configured filter that names one of
/// the libraries takes precedence.
const QUIET: &str = "actix_server=warn,opentelemetry=warn,hyper=off,hyper_util=off,hyper_rustls=off,h2=off,tonic=off,\
                     tower=off,fred=off";

/// Directive that prevents a library from logging the parameters of statements, such as the hashes of passwords and
/// tokens. It takes precedence over the configured filter.
const SECRETIVE: &str = "tokio_postgres::query=info";

/// Completes a filter with the directives that always apply.
pub(super) fn complete_filter(level: &str) -> Result<EnvFilter, ParseError> {
    EnvFilter::try_new(format!("{QUIET},{level},{SECRETIVE}"))
}

type Reload = Box<dyn Fn(EnvFilter) -> Result<(), reload::Error> + Send + Sync>;

/// Control of the filter of a subscriber.
pub(super) struct FilterControl {
    configured: String,
    /// The filter that was set last; `None` if the configured one applies. Locked while a filter is being set.
    set: Mutex<Option<LogFilter>>,
    reload: Reload,
}

impl FilterControl {
    pub(super) fn new<S: 'static>(configured: &str, handle: Handle<EnvFilter, S>) -> Self {
        Self {
            configured: configured.to_owned(),
            set: Mutex::new(None),
            reload: Box::new(move |filter: EnvFilter| handle.reload(filter)),
        }
    }
}

impl LogControl for FilterControl {
    fn configured(&self) -> String {
        self.configured.clone()
    }

    fn current(&self) -> String {
        match &*self.set.lock() {
            Some(filter) => filter.as_str().to_owned(),
            None => self.configured.clone(),
        }
    }

    fn set(&self, filter: Option<&LogFilter>) -> Result<()> {
        let mut set = self.set.lock();
        let level = filter.map_or(self.configured.as_str(), LogFilter::as_str);
        let complete = complete_filter(level).map_err(Error::internal)?;
        (self.reload)(complete).map_err(Error::internal)?;
        *set = filter.cloned();
        Ok(())
    }
}

impl fmt::Debug for FilterControl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FilterControl")
            .field("configured", &self.configured)
            .field("set", &self.set)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use tracing::Dispatch;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;
    use crate::logs::written::Written;

    /// A subscriber, and the control of its filter. The control has no effect without the subscriber.
    struct Rig {
        dispatch: Dispatch,
        written: Written,
        control: FilterControl,
    }

    impl Rig {
        fn new(configured: &str) -> Self {
            let written = Written::default();
            let layer = tracing_subscriber::fmt::layer()
                .without_time()
                .with_ansi(false)
                .with_writer(written.clone());
            let filter = complete_filter(configured).expect("a filter");
            let (filter, handle) = reload::Layer::new(filter);
            let subscriber = tracing_subscriber::registry().with(layer).with(filter);
            Self {
                dispatch: Dispatch::new(subscriber),
                written,
                control: FilterControl::new(configured, handle),
            }
        }

        fn apply(&self, filter: Option<&str>) {
            let filter = filter.map(|text| text.parse().expect("a filter"));
            // If there is only one subscriber, `tracing` asks the current default whether its callsites are enabled.
            let set = || self.control.set(filter.as_ref());
            tracing::dispatcher::with_default(&self.dispatch, set).expect("the subscriber exists");
        }

        /// Logs a line of each kind, and returns the messages of those that were written.
        fn logged(&self) -> Vec<String> {
            let before = self.written.lines().len();
            tracing::dispatcher::with_default(&self.dispatch, || {
                tracing::warn!("warning");
                tracing::info!("information");
                tracing::debug!("detail");
                tracing::debug!(target: "tokio_postgres::query", "a password");
                tracing::debug!(target: "hyper", "a step of the export");
                tracing::info!(target: "actix_server::builder", "starting 2 workers");
                tracing::warn!(target: "fred::router::responses", "fred-a1: a loss");
            });
            let last_word = |line: &String| line.rsplit(": ").next().unwrap_or_default().to_owned();
            self.written.lines()[before..].iter().map(last_word).collect()
        }
    }

    impl LogControl for Rig {
        fn configured(&self) -> String {
            self.control.configured()
        }

        fn current(&self) -> String {
            self.control.current()
        }

        fn set(&self, filter: Option<&LogFilter>) -> Result<()> {
            self.control.set(filter)
        }
    }

    async fn fresh() -> Rig {
        Rig::new("info,fred=warn")
    }

    port_contracts::log_control_contract!(fresh);

    #[test]
    fn lines_follow_the_filter_that_was_set_last() {
        let rig = Rig::new("info");
        assert_eq!(rig.logged(), ["warning", "information"]);
        rig.apply(Some("debug"));
        assert_eq!(rig.logged(), ["warning", "information", "detail"]);
        rig.apply(Some("error"));
        assert!(rig.logged().is_empty());
        rig.apply(None);
        assert_eq!(rig.logged(), ["warning", "information"]);
    }

    #[test]
    fn a_library_is_logged_if_the_filter_names_it() {
        let rig = Rig::new("error,fred=warn");
        assert_eq!(rig.logged(), ["a loss"]);
        rig.apply(Some("error"));
        assert!(rig.logged().is_empty());
    }

    #[test]
    fn the_parameters_of_statements_are_not_logged_at_any_level() {
        let rig = Rig::new("info");
        rig.apply(Some("trace,tokio_postgres::query=trace"));
        assert_eq!(rig.logged(), ["warning", "information", "detail"]);
    }

    #[test]
    fn a_log_that_has_ended_cannot_be_changed() {
        let Rig {
            dispatch, control, ..
        } = Rig::new("info");
        drop(dispatch);
        let filter = "debug".parse().expect("a filter");
        assert!(matches!(control.set(Some(&filter)), Err(Error::Internal(_))));
        assert_eq!(control.current(), "info");
    }
}
