//! Names of the delivery modes.

use application::live::DeliveryMode;

/// Returns the name of a delivery mode in messages.
pub(crate) const fn mode_word(mode: DeliveryMode) -> &'static str {
    match mode {
        DeliveryMode::Full => "full",
        DeliveryMode::Delta => "delta",
    }
}
