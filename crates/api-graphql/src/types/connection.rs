//! Pages of lists, as the Relay specification has them (<https://relay.dev/graphql/connections.htm>).

use application::{
    paging::{Entry, Listing},
    ports,
};
use domain::{OrganizationId, UserId};
use juniper::{DefaultScalarValue, FieldResult, GraphQLObject, graphql_object};

use super::{AuditEntry, Grant, Group, List, Organization, User, VehicleValue};
use crate::context::Context;

/// Where a page is in its list.
#[derive(Clone, GraphQLObject)]
pub struct PageInfo {
    /// Whether a page follows.
    has_next_page: bool,
    /// Whether a page precedes.
    has_previous_page: bool,
    /// The cursor of the first item.
    start_cursor: Option<String>,
    /// The cursor of the last item.
    end_cursor: Option<String>,
}

impl PageInfo {
    fn of<T>(page: &Listing<T>) -> Self {
        Self {
            has_next_page: page.has_next,
            has_previous_page: page.has_previous,
            start_cursor: page.entries.first().map(|entry| entry.cursor.clone()),
            end_cursor: page.end_cursor().map(str::to_owned),
        }
    }
}

/// Defines the pages of a list: `$list` is what they are counted by.
macro_rules! connection {
    (
        $(#[$doc:meta])* $connection:ident($list:ty) of $(#[$edge_doc:meta])* $edge:ident($node:ty),
        count: |$context:ident, $what:ident| $count:expr
    ) => {
        $(#[$doc])*
        pub struct $connection {
            edges: List<$edge>,
            page_info: PageInfo,
            list: $list,
        }

        $(#[$doc])*
        #[graphql_object]
        #[graphql(context = Context, scalar = DefaultScalarValue)]
        impl $connection {
            /// The items of the page, each with its cursor.
            pub fn edges(&self) -> &List<$edge> {
                &self.edges
            }

            /// The items of the page.
            pub fn nodes(&self) -> List<&$node> {
                self.edges.iter().map(|edge| &edge.node).collect()
            }

            /// Where the page is.
            pub fn page_info(&self) -> &PageInfo {
                &self.page_info
            }

            /// How many items there are on all pages; they are counted only when this is asked for.
            pub async fn total_count(&self, context: &Context) -> FieldResult<i32> {
                let ($context, $what) = (context, &self.list);
                match $count.await {
                    Ok(count) => Ok(i32::try_from(count).unwrap_or(i32::MAX)),
                    Err(error) => Err(context.fault(error)),
                }
            }
        }

        $(#[$edge_doc])*
        #[derive(GraphQLObject)]
        #[graphql(context = Context, scalar = DefaultScalarValue)]
        pub struct $edge {
            /// The place, to begin a page after it.
            cursor: String,
            /// The item.
            node: $node,
        }

        impl $connection {
            /// A page of a list.
            pub(crate) fn of<T>(page: Listing<T>, list: $list, node: impl Fn(T) -> $node) -> Self {
                let page_info = PageInfo::of(&page);
                let edge = |Entry { cursor, item }| $edge { cursor, node: node(item) };
                Self {
                    edges: page.entries.into_iter().map(edge).collect(),
                    page_info,
                    list,
                }
            }
        }
    };
}

connection! {
    /// A page of vehicles.
    VehicleConnection(ports::VehicleFilter) of
    /// A vehicle in its place in the list.
    VehicleEdge(VehicleValue),
    count: |context, filter| context.app.vehicles.count(&context.actor, filter)
}

connection! {
    /// A page of groups.
    GroupConnection(Option<OrganizationId>) of
    /// A group in its place in the list.
    GroupEdge(Group),
    count: |context, organization| context.app.groups.count(&context.actor, *organization)
}

connection! {
    /// A page of organisations.
    OrganizationConnection(()) of
    /// An organisation in its place in the list.
    OrganizationEdge(Organization),
    count: |context, _all| context.app.organizations.count(&context.actor)
}

connection! {
    /// A page of users.
    UserConnection(()) of
    /// A user in its place in the list.
    UserEdge(User),
    count: |context, _all| context.app.users.count(&context.actor)
}

connection! {
    /// A page of grants.
    GrantConnection(Option<UserId>) of
    /// A grant in its place in the list.
    GrantEdge(Grant),
    count: |context, user| context.app.grants.count(&context.actor, *user)
}

connection! {
    /// A page of the audit log.
    AuditConnection(ports::AuditFilter) of
    /// An entry in its place in the list.
    AuditEdge(AuditEntry),
    count: |context, filter| context.app.audit.count(&context.actor, filter)
}
