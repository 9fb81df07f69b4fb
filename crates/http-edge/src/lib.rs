//! Checks shared by every HTTP endpoint: client address, authentication, origin, rate limits, and limits on connections
//! and bodies.
//!
//! * [`RequestChecks`]: all checks of one request.
//! * [`TrustedProxies`]: the client's address, also behind proxies.
//! * [`token`]: the access token that a request presents.
//! * `origin`: the origins of pages that may open sockets.
//! * [`QueryString`]: the parameters of a URL.
//! * [`Site`]: the server's host names, and the response headers for browsers.
//! * [`ClientConnections`]: limits on the number and idle time of TCP connections.
//! * [`serve_upgraded`]: connections that have become sockets.
//! * [`QuotaRules`]: rate limits on calls.
//! * [`Connections`], [`MessageBudget`]: limits on the number of sockets and on the messages of each.
//! * [`Body`]: a request body, which counts towards the bytes in flight.
//! * [`websocket`]: admission, frames and closing of sockets.
//! * [`ProblemDetails`], [`CHALLENGE`], [`retry_after`]: parts of error responses.

mod address;
mod body;
mod connection_permits;
mod debts;
#[cfg(test)]
mod fuzz;
mod headers;
mod messages;
mod origin;
mod payer;
mod problem_details;
mod query;
mod quotas;
mod request_checks;
mod site;
mod tcp;
pub mod token;
pub mod websocket;

pub use address::TrustedProxies;
pub use body::{Body, BodyFault, BodyLimits};
pub use connection_permits::{ConnectionLimits, ConnectionPermit, Connections, Crowded};
pub use headers::with_rate_limit;
pub use messages::MessageBudget;
pub use origin::is_one_of;
pub use payer::Payer;
pub use problem_details::{CHALLENGE, FieldFault, ProblemDetails, retry_after};
pub use query::QueryString;
pub use quotas::{Balance, QuotaRules};
pub use request_checks::{Party, RequestChecks};
pub use site::{AllowedHost, InvalidHost, Site, as_site, is_host_name};
pub use tcp::{BODY_REST, ClientConnections, ClientStream, ConnectionRules, serve_upgraded, track_requests};
