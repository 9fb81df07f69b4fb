//! Who calls: logging in, staying logged in, and what a token stands for.
//!
//! * [`LogIn`], [`RefreshSession`], [`LogOut`], [`ChangePassword`], [`ListSessions`], [`RevokeSession`]: use cases.
//! * [`Authenticate`]: from an access token to an [`crate::Actor`].
//! * [`Identities`]: who stands behind each session, in memory, and who of them is here for long. Changes of rights
//!   reach these through the log of the registry, as changes of vehicles do.

mod authenticate;
mod change_password;
mod failures;
mod identities;
mod log_in;
mod log_out;
mod name_seal;
mod prepared;
mod refresh_session;
mod rights_watch;
mod sessions;
mod tokens;
mod urgency;
mod use_cases;

pub use authenticate::{Attendance, Authenticate, Authenticated, Turn};
pub use change_password::ChangePassword;
pub use identities::Identities;
pub use log_in::{Guess, LogIn, LogInLimits};
pub use log_out::LogOut;
pub use name_seal::NameSeal;
pub(crate) use prepared::prepared;
pub use refresh_session::RefreshSession;
pub use rights_watch::{Identity, RightsWatch};
pub use sessions::{ListSessions, RevokeSession, SessionView};
pub use tokens::{IssueTokens, RefreshToken, TokenPair};
pub use urgency::Urgency;
pub use use_cases::{IdentityParts, IdentityUseCases};
