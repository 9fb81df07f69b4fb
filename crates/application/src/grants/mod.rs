//! What users were given to see.

mod create;
mod delete;
mod list;
mod request;

pub use create::CreateGrant;
pub use delete::DeleteGrant;
pub use list::ListGrants;
pub use request::GrantRequest;
