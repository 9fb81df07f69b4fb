//! Builders of domain and application values for tests: `a_vehicle().agv().named("Tugger 7").draft()`.

mod details;
mod identity;
mod live_rules;
mod spans;
mod vehicle;

pub use details::{bare_details, changes_to, full_details};
pub use identity::{
    UserBuilder, a_password_hash, a_user, acting_as, an_administrator, an_origin, lasting, within,
};
pub use live_rules::live_rules;
pub use spans::{SpanNote, SpanNotes};
pub use vehicle::{VehicleBuilder, a_vehicle};
