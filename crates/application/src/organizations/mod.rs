//! Use cases about organisations (tenants).

mod create;
mod delete;
mod get;
mod list;
mod permit;
mod rename;

pub use create::CreateOrganization;
pub use delete::DeleteOrganization;
pub use get::GetOrganization;
pub use list::ListOrganizations;
pub use rename::RenameOrganization;
