//! The contract of `LogControl`.
//!
//! `port_contracts::log_control_contract!(my_control);` generates a test for each check below. The argument is an async
//! function without arguments that returns a new control.

use application::ports::{LogControl, LogFilter};

/// Generates a test for each check of the contract; with `all_on`, runs all checks on one subject in the current test.
#[macro_export]
macro_rules! log_control_contract {
    ($($subject:tt)+) => {
        $crate::contract! { log_control, $($subject)+ =>
            the_configured_filter_applies_at_first
            the_newest_filter_applies
            the_configured_filter_can_be_restored
            every_level_can_be_set
        }
    };
}

fn filter(text: &str) -> LogFilter {
    text.parse().expect("a filter")
}

pub async fn the_configured_filter_applies_at_first(control: &dyn LogControl) {
    assert_eq!(control.current(), control.configured());
}

pub async fn the_newest_filter_applies(control: &dyn LogControl) {
    let configured = control.configured();
    for text in ["debug", "warn,application::live=trace,fred=off"] {
        control.set(Some(&filter(text))).expect("the log can be changed");
        assert_eq!(control.current(), text);
        assert_eq!(control.configured(), configured);
    }
}

pub async fn the_configured_filter_can_be_restored(control: &dyn LogControl) {
    control
        .set(Some(&filter("error")))
        .expect("the log can be changed");
    for _ in 0..2 {
        control.set(None).expect("the log can be changed");
        assert_eq!(control.current(), control.configured());
    }
}

pub async fn every_level_can_be_set(control: &dyn LogControl) {
    for level in LogFilter::LEVELS {
        control.set(Some(&filter(level))).expect("the log can be changed");
        assert_eq!(control.current(), level);
    }
}
