//! The roots of the schema.

mod mutation;
mod query;
mod subscription;

use application::Error;
use domain::{VehicleId, Violations};
use juniper::{FieldResult, ID, RootNode};

pub use mutation::Mutation;
pub use query::Query;
pub use subscription::Subscription;

use crate::context::Context;

/// The schema with its resolvers.
pub type Schema = RootNode<Query, Mutation, Subscription>;

/// The levels that Juniper itself lets pass; it recurses over documents and relies on the limit.
const MAX_LEVELS: usize = 64;

/// The schema.
pub(crate) fn build(introspection: bool) -> Schema {
    let schema = Schema::new(Query, Mutation, Subscription).limit_depth(MAX_LEVELS);
    if introspection {
        schema
    } else {
        schema.disable_introspection()
    }
}

/// The schema in GraphQL's own language, sorted by kind and name.
#[must_use]
pub fn sdl() -> String {
    build(true).as_sdl()
}

/// Reads an argument that names a vehicle.
fn vehicle_id(context: &Context, argument: &str, id: &ID) -> FieldResult<VehicleId> {
    id.parse().map_err(|fault: domain::id::InvalidId| {
        context.fault(Error::from(Violations::of(argument, fault.to_string())))
    })
}
