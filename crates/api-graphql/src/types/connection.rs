//! Pages of lists, as defined by the Relay Cursor Connections specification
//! (<https://relay.dev/graphql/connections.htm>).

use application::{
    paging::{Entry, Listing},
    ports,
};
use domain::{OrganizationId, UserId};
use juniper::{DefaultScalarValue, FieldResult, GraphQLObject, graphql_object};

use super::{AuditEntry, Grant, Group, List, Organization, User, VehicleValue};
use crate::context::Context;

/// Position of a page in its list.
#[derive(Clone, GraphQLObject)]
pub struct PageInfo {
    /// Whether there are items after this page.
    has_next_page: bool,
    /// Whether there are items before this page.
    has_previous_page: bool,
    /// Cursor of the first item; null if the page is empty.
    start_cursor: Option<String>,
    /// Cursor of the last item; null if the page is empty.
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

/// Defines the connection and edge types of a list. `$list` is the type of the filter that `totalCount` applies.
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
            /// Items of the page, each with its cursor.
            pub fn edges(&self) -> &List<$edge> {
                &self.edges
            }

            /// Items of the page.
            pub fn nodes(&self) -> List<&$node> {
                self.edges.iter().map(|edge| &edge.node).collect()
            }

            /// Position of the page in the list.
            pub fn page_info(&self) -> &PageInfo {
                &self.page_info
            }

            /// Number of items on all pages. Counted only if this field is requested.
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
            /// Cursor of the item, for use as `after` or `before`.
            cursor: String,
            /// The item.
            node: $node,
        }

        impl $connection {
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
    /// Page of vehicles.
    VehicleConnection(ports::VehicleFilter) of
    /// Vehicle with its position in the list.
    VehicleEdge(VehicleValue),
    count: |context, filter| context.app.vehicles.count(&context.actor, filter)
}

connection! {
    /// Page of groups.
    GroupConnection(Option<OrganizationId>) of
    /// Group with its position in the list.
    GroupEdge(Group),
    count: |context, organization| context.app.groups.count(&context.actor, *organization)
}

connection! {
    /// Page of organisations.
    OrganizationConnection(()) of
    /// Organisation with its position in the list.
    OrganizationEdge(Organization),
    count: |context, _all| context.app.organizations.count(&context.actor)
}

connection! {
    /// Page of users.
    UserConnection(()) of
    /// User with their position in the list.
    UserEdge(User),
    count: |context, _all| context.app.users.count(&context.actor)
}

connection! {
    /// Page of grants.
    GrantConnection(Option<UserId>) of
    /// Grant with its position in the list.
    GrantEdge(Grant),
    count: |context, user| context.app.grants.count(&context.actor, *user)
}

connection! {
    /// Page of the audit log.
    AuditConnection(ports::AuditFilter) of
    /// Entry of the audit log with its position in the list.
    AuditEdge(AuditEntry),
    count: |context, filter| context.app.audit.count(&context.actor, filter)
}
