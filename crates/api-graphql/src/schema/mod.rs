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
mod traced;

use juniper::RootNode;

pub use mutation::Mutation;
pub use query::Query;
pub use sdl::sdl;
pub use subscription::Subscription;
pub use traced::Traced;

/// The schema with its resolvers.
pub type Schema = RootNode<Traced<Query>, Traced<Mutation>, Subscription>;

/// Maximum nesting depth of documents, enforced by Juniper's parser. The recursive functions over documents rely on it.
const MAX_LEVELS: usize = 64;

pub(crate) fn build(introspection: bool) -> Schema {
    let schema = Schema::new(Traced(Query), Traced(Mutation), Subscription).limit_depth(MAX_LEVELS);
    if introspection {
        schema
    } else {
        schema.disable_introspection()
    }
}
