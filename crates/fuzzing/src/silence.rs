//! A case that fails is made smaller in hundreds of steps, each of which fails: only the last is worth reading.

use std::{cell::Cell, panic, sync::Once};

thread_local! {
    static IS_SILENT: Cell<bool> = const { Cell::new(false) };
}

/// Does something; a panic on this thread says nothing meanwhile.
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
