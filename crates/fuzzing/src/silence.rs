//! Suppression of panic messages: shrinking a case panics hundreds of times, and only the last message matters.

use std::{cell::Cell, panic, sync::Once};

thread_local! {
    static IS_SILENT: Cell<bool> = const { Cell::new(false) };
}

/// Runs a closure, during which panics on this thread print nothing.
pub(super) fn kept<T>(done: impl FnOnce() -> T) -> T {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !IS_SILENT.get() {
                usual(panic);
            }
        }));
    });
    IS_SILENT.set(true);
    let done = done();
    IS_SILENT.set(false);
    done
}
