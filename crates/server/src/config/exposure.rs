//! Who may reach a server whose users cannot log in yet.

use super::{BindAddress, value::Parsed};

/// Lets only addresses pass that this machine alone can reach. Every caller is taken for the administrator at
/// the machine's own console, so nobody else must be able to call.
pub fn local(bind: BindAddress) -> Parsed<BindAddress> {
    if bind.is_loopback() {
        return Ok(bind);
    }
    Err("must be a loopback address until users can log in: whoever reaches the server is its administrator, \
         so let it be one of 127.0.0.0/8, [::1] or localhost"
        .to_owned())
}
