//! Keeps a page fresh without a reload: looks again every few seconds while it is seen.

use std::time::Duration;

use leptos::prelude::*;

/// Page views must be seen within five seconds of their beacon.
pub const EVERY: Duration = Duration::from_secs(3);

/// Calls `look` every so often while the page is visible, until its owner is gone. In the
/// browser only. `look` does not overlap itself.
pub fn look_again<F>(every: Duration, look: impl Fn() -> F + Send + Sync + 'static)
where
    F: Future<Output = ()> + 'static,
{
    let look = StoredValue::new(look);
    let looking = StoredValue::new(false);
    Effect::new(move |_| {
        let timer = set_interval_with_handle(
            move || {
                if document().hidden() || looking.get_value() {
                    return;
                }
                looking.set_value(true);
                leptos::task::spawn_local(async move {
                    if let Some(future) = look.try_with_value(|look| look()) {
                        future.await;
                    }
                    looking.try_set_value(false);
                });
            },
            every,
        );
        on_cleanup(move || {
            if let Ok(timer) = timer {
                timer.clear();
            }
        });
    });
}
