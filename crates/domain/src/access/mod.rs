//! Access: [`Role`] and [`Operation`] decide which operations a user may perform, and [`AccessScope`] on which vehicles.

mod grant;
mod operation;
mod scope;

pub use grant::{Grant, GrantRole, GrantTarget, GrantTerms};
pub use operation::{Operation, Standing};
pub use scope::AccessScope;

use crate::named_enum;

named_enum! {
    /// The operations that a user may perform, as far as its [`AccessScope`] reaches.
    Role {
        /// Manages vehicles, users and grants.
        Admin = "ADMIN",
        /// Enables, disables and sets the status of vehicles.
        Operator = "OPERATOR",
        /// Looks.
        Viewer = "VIEWER",
    }
}
