//! Who may see and do what: [`Role`] and [`Operation`] say what somebody may do, [`AccessScope`] how far that reaches.

mod grant;
mod operation;
mod scope;

pub use grant::{Grant, GrantRole, GrantTarget, GrantTerms};
pub use operation::{Operation, Standing};
pub use scope::AccessScope;

use crate::named_enum;

named_enum! {
    /// What a user is allowed to do, as far as its [`AccessScope`] reaches.
    Role {
        /// Manages vehicles, users and grants.
        Admin = "ADMIN",
        /// Enables, disables and sets the status of vehicles.
        Operator = "OPERATOR",
        /// Looks.
        Viewer = "VIEWER",
    }
}
