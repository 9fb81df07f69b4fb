//! The roots of the schema.

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
