//! What every HTTP door asks before it opens.
//!
//! * [`TrustedProxies`]: from which address somebody really calls.
//! * [`token`]: how a token is shown.
//! * `origin`: which pages may open sockets.
//! * [`Site`]: by which names the server is called, and what browsers are to make of its answers.
//! * [`ClientConnections`]: how many TCP connections there may be, and how long they may be idle.
//! * [`QuotaRules`]: how often somebody may call.
//! * [`Connections`], [`MessageBudget`]: how many sockets there may be, and how much they may say.
//! * [`Body`]: what a request brings along, and how many bytes of it there are at once.
//! * [`websocket`]: a client's frames, read within limits.
//! * [`Gatekeeper`]: all of it, for one request.

mod address;
mod body;
mod connections;
mod debts;
#[cfg(test)]
mod fuzz;
mod gatekeeper;
mod headers;
mod messages;
mod origin;
mod quotas;
mod site;
mod tcp;
pub mod token;
pub mod websocket;

pub use address::TrustedProxies;
pub use body::{Body, BodyFault, BodyLimits};
pub use connections::{ConnectionLimits, Connections, Crowded, Place};
pub use gatekeeper::{Gatekeeper, Party};
pub use headers::with_rate_limit;
pub use messages::MessageBudget;
pub use quotas::{Balance, Payer, QuotaRules};
pub use site::{AllowedHost, InvalidHost, Site, as_site};
pub use tcp::{BODY_REST, ClientConnections, ClientStream, ConnectionRules, track_requests};
