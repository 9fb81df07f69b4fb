//! Access: [`Role`] and [`Operation`] determine which operations a user may perform, and [`AccessScope`] determines on
//! which vehicles.

mod grant;
mod operation;
mod scope;

pub use grant::{Grant, GrantRole, GrantTarget, GrantTerms};
pub use operation::{Operation, Standing};
pub use scope::AccessScope;

use crate::named_enum;

named_enum! {
    /// Role of a user. It determines which operations the user may perform within the user's [`AccessScope`].
    Role {
        /// Manages vehicles, groups, users and grants.
        Admin = "ADMIN",
        /// Enables and disables vehicles, and sets their status.
        Operator = "OPERATOR",
        /// Sees vehicles.
        Viewer = "VIEWER",
    }
}
