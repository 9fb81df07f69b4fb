//! What users were given to see.

mod create;
mod delete;
mod list;

pub use create::CreateGrant;
pub use delete::DeleteGrant;
pub use list::ListGrants;
