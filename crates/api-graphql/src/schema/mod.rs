//! Root types of the schema, and its SDL.

#![expect(
    unreachable_pub,
    reason = "Juniper's macros make their types and their traits public"
)]

mod event_loaders;
mod mutation;
mod query;
mod sdl;
mod subscription;

use juniper::RootNode;

pub use mutation::Mutation;
pub use query::Query;
pub use sdl::sdl;
pub use subscription::Subscription;

/// Schema with its resolvers.
pub type Schema = RootNode<Query, Mutation, Subscription>;

/// Maximum nesting depth that Juniper accepts. Its recursion over documents relies on this limit.
const MAX_LEVELS: usize = 64;

pub(crate) fn build(introspection: bool) -> Schema {
    let schema = Schema::new(Query, Mutation, Subscription).limit_depth(MAX_LEVELS);
    if introspection {
        schema
    } else {
        schema.disable_introspection()
    }
}
