//! A runtime of its own for each input: one thread, no system below, and a clock that stands still while anything happens.

use std::{cell::Cell, future::Future, panic, sync::Once};

use tokio::runtime::Builder;

thread_local! {
    /// Panics of this thread.
    static PANICS: Cell<usize> = const { Cell::new(0) };
}

/// Runs `future`. A runtime catches the panics of its tasks, which are seen here all the same.
///
/// # Panics
/// When the future panics, or a task has.
pub fn sealed<T>(future: impl Future<Output = T>) -> T {
    static WATCHING: Once = Once::new();
    WATCHING.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            PANICS.set(PANICS.get() + 1);
            before(info);
        }));
    });
    let before = PANICS.get();
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime starts");
    let output = runtime.block_on(future);
    drop(runtime);
    assert_eq!(PANICS.get(), before, "a task has panicked");
    output
}
