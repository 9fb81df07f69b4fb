//! Who may log in.

mod create;
mod delete;
mod first_administrator;
mod get;
mod list;
mod update;

pub use create::{CreateUser, UserDraft};
pub use delete::DeleteUser;
pub use first_administrator::CreateFirstAdministrator;
pub use get::GetUser;
pub use list::ListUsers;
pub use update::{UpdateUser, UserUpdate};
