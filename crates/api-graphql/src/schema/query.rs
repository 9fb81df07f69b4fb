use application::{audit::AuditQuery, vehicles::VehicleQuery};
use futures::future::try_join_all;
use juniper::{DefaultScalarValue, FieldResult, ID, graphql_object};

use crate::{
    context::Context,
    types::{
        AuditConnection, AuditEntry, AuditFilter, Grant, GrantConnection, Group, GroupConnection, List,
        NodeValue, Organization, OrganizationConnection, Pagination, Session, User, UserConnection,
        VehicleConnection, VehicleFilter, VehiclePosition, VehicleRuntimeState, VehicleSort, VehicleType,
        VehicleValue,
    },
};

/// Operations that read data.
pub struct Query;

/// Operations that read data.
#[expect(
    clippy::too_many_arguments,
    reason = "the arguments of a field are those of its resolver"
)]
#[graphql_object]
#[graphql(context = Context, scalar = DefaultScalarValue)]
impl Query {
    /// Lists vehicles, by default in order of registration.
    pub async fn vehicles(
        context: &Context,
        #[graphql(description = "Criteria for the vehicles; all if omitted.")] filter: Option<VehicleFilter>,
        #[graphql(description = "Maximum number of items from the start, 1 to 500; defaults to 50.")]
        first: Option<i32>,
        #[graphql(description = "Cursor of the item before the page.")] after: Option<String>,
        #[graphql(description = "Maximum number of items from the end, 1 to 500, instead of `first`.")]
        last: Option<i32>,
        #[graphql(description = "Cursor of the item after the page.")] before: Option<String>,
        #[graphql(
            description = "`first` and `after` as a single object.",
            deprecated = "Use `first` and `after`."
        )]
        pagination: Option<Pagination>,
        #[graphql(description = "Sort order; order of registration if omitted.")] sort: Option<VehicleSort>,
    ) -> FieldResult<VehicleConnection> {
        let page = context.page((first, after), (last, before), pagination)?;
        let filter = filter.unwrap_or_default().checked();
        let query = VehicleQuery {
            filter: filter.map_err(|faults| context.fault(faults))?,
            sort: sort.map(Into::into).unwrap_or_default(),
            page: page.query(),
        };
        let found = context.app.vehicles.list(&context.actor, &query).await;
        let found = found.map_err(|error| page.fault(context, error))?;
        let show = |vehicle| VehicleValue::new(vehicle, context.loaders());
        Ok(VehicleConnection::of(found, query.filter, show))
    }

    /// Returns a vehicle, or null if there is none with this id that the caller may see.
    pub async fn vehicle(
        context: &Context,
        #[graphql(description = "Identifier of the vehicle.")] id: ID,
    ) -> FieldResult<Option<VehicleValue>> {
        let id = context.id("id", &id)?;
        let found = context.app.vehicles.get(&context.actor, id).await;
        let found = found.map_err(|error| context.fault(error))?;
        Ok(found.map(|vehicle| VehicleValue::new(vehicle, context.loaders())))
    }

    /// Returns the object with a global id, whatever its type; null if there is none that the caller may see.
    pub async fn node(
        context: &Context,
        #[graphql(description = "Identifier of a vehicle, group, organisation, user or grant.")] id: ID,
    ) -> FieldResult<Option<NodeValue>> {
        let id = context.node_id("id", &id)?;
        let found = context.loaders().node(id).await?;
        Ok(found.map(|node| NodeValue::new(node, context.loaders())))
    }

    /// Returns the objects with global ids, whatever their types, in the order of the ids. An element is null if there
    /// is no such object that the caller may see.
    pub async fn nodes(
        context: &Context,
        #[graphql(
            description = "Identifiers of vehicles, groups, organisations, users and grants, at most 500."
        )]
        ids: Vec<ID>,
    ) -> FieldResult<List<Option<NodeValue>>> {
        let ids = context.node_ids(&ids)?;
        let found = try_join_all(ids.into_iter().map(|id| context.loaders().node(id))).await?;
        let show = |node| NodeValue::new(node, context.loaders());
        Ok(found.into_iter().map(|node| node.map(show)).collect())
    }

    /// Returns all vehicles of a type that the caller may see, in order of registration. If there are more than 10,000,
    /// the error code is QUERY_TOO_COMPLEX.
    pub async fn vehicles_by_type(
        context: &Context,
        #[graphql(description = "Type of the vehicles.")] r#type: VehicleType,
    ) -> FieldResult<List<VehicleValue>> {
        context.shown(
            context
                .app
                .vehicles
                .list_by_type(&context.actor, r#type.into())
                .await,
        )
    }

    /// Returns all enabled vehicles that the caller may see, in order of registration. If there are more than 10,000,
    /// the error code is QUERY_TOO_COMPLEX.
    pub async fn enabled_vehicles(context: &Context) -> FieldResult<List<VehicleValue>> {
        context.shown(context.app.vehicles.list_enabled(&context.actor).await)
    }

    /// Returns the newest known position of a vehicle, or null if none is known. The error code is NOT_FOUND if there
    /// is no vehicle with this id that the caller may see.
    pub async fn vehicle_position(
        context: &Context,
        #[graphql(description = "Identifier of the vehicle.")] vehicle_id: ID,
    ) -> FieldResult<Option<VehiclePosition>> {
        let id = context.id("vehicleId", &vehicle_id)?;
        let found = context.app.live_queries.position(&context.actor, id).await;
        context.optional(found)
    }

    /// Returns the newest known state of a vehicle, or null if none is known. The error code is NOT_FOUND if there is
    /// no vehicle with this id that the caller may see.
    pub async fn vehicle_runtime_state(
        context: &Context,
        #[graphql(description = "Identifier of the vehicle.")] vehicle_id: ID,
    ) -> FieldResult<Option<VehicleRuntimeState>> {
        let id = context.id("vehicleId", &vehicle_id)?;
        let found = context.app.live_queries.runtime_state(&context.actor, id).await;
        context.optional(found)
    }

    /// Returns a group of vehicles, or null if there is none with this id that the caller may see.
    pub async fn group(
        context: &Context,
        #[graphql(description = "Identifier of the group.")] id: ID,
    ) -> FieldResult<Option<Group>> {
        let id = context.id("id", &id)?;
        context.optional(context.app.groups.get(&context.actor, id).await)
    }

    /// Lists the groups of one organisation, or of all organisations, in order of creation.
    pub async fn groups(
        context: &Context,
        #[graphql(description = "Identifier of the organisation; all organisations if omitted.")]
        organization_id: Option<ID>,
        #[graphql(description = "Maximum number of items from the start, 1 to 500; defaults to 50.")]
        first: Option<i32>,
        #[graphql(description = "Cursor of the item before the page.")] after: Option<String>,
        #[graphql(description = "Maximum number of items from the end, 1 to 500, instead of `first`.")]
        last: Option<i32>,
        #[graphql(description = "Cursor of the item after the page.")] before: Option<String>,
        #[graphql(
            description = "`first` and `after` as a single object.",
            deprecated = "Use `first` and `after`."
        )]
        pagination: Option<Pagination>,
    ) -> FieldResult<GroupConnection> {
        let page = context.page((first, after), (last, before), pagination)?;
        let organization = organization_id
            .map(|id| context.id("organizationId", &id))
            .transpose()?;
        match context
            .app
            .groups
            .list(&context.actor, organization, &page.query())
            .await
        {
            Ok(found) => Ok(GroupConnection::of(found, organization, Group::from)),
            Err(error) => Err(page.fault(context, error)),
        }
    }

    /// Returns an organisation, or null if there is none with this id that the caller may see.
    pub async fn organization(
        context: &Context,
        #[graphql(description = "Identifier of the organisation.")] id: ID,
    ) -> FieldResult<Option<Organization>> {
        let id = context.id("id", &id)?;
        context.optional(context.app.organizations.get(&context.actor, id).await)
    }

    /// Lists the organisations in order of creation.
    pub async fn organizations(
        context: &Context,
        #[graphql(description = "Maximum number of items from the start, 1 to 500; defaults to 50.")]
        first: Option<i32>,
        #[graphql(description = "Cursor of the item before the page.")] after: Option<String>,
        #[graphql(description = "Maximum number of items from the end, 1 to 500, instead of `first`.")]
        last: Option<i32>,
        #[graphql(description = "Cursor of the item after the page.")] before: Option<String>,
        #[graphql(
            description = "`first` and `after` as a single object.",
            deprecated = "Use `first` and `after`."
        )]
        pagination: Option<Pagination>,
    ) -> FieldResult<OrganizationConnection> {
        let page = context.page((first, after), (last, before), pagination)?;
        match context
            .app
            .organizations
            .list(&context.actor, &page.query())
            .await
        {
            Ok(found) => Ok(OrganizationConnection::of(found, (), Organization::from)),
            Err(error) => Err(page.fault(context, error)),
        }
    }

    /// Returns the calling user.
    pub async fn me(context: &Context) -> FieldResult<User> {
        context.answer(context.app.users.get_oneself(&context.actor).await)
    }

    /// Returns the active sessions of the calling user, newest first.
    pub async fn sessions(context: &Context) -> FieldResult<List<Session>> {
        let sessions = context.app.sessions.list(&context.actor).await;
        let sessions = sessions.map_err(|error| context.fault(error))?;
        Ok(sessions.into_iter().map(Session::from).collect())
    }

    /// Returns a user, or null if there is none with this id that the caller may see. Requires the role ADMIN.
    pub async fn user(
        context: &Context,
        #[graphql(description = "Identifier of the user.")] id: ID,
    ) -> FieldResult<Option<User>> {
        let id = context.id("id", &id)?;
        context.optional(context.app.users.get(&context.actor, id).await)
    }

    /// Lists the users in order of creation. Requires the role ADMIN.
    pub async fn users(
        context: &Context,
        #[graphql(description = "Maximum number of items from the start, 1 to 500; defaults to 50.")]
        first: Option<i32>,
        #[graphql(description = "Cursor of the item before the page.")] after: Option<String>,
        #[graphql(description = "Maximum number of items from the end, 1 to 500, instead of `first`.")]
        last: Option<i32>,
        #[graphql(description = "Cursor of the item after the page.")] before: Option<String>,
        #[graphql(
            description = "`first` and `after` as a single object.",
            deprecated = "Use `first` and `after`."
        )]
        pagination: Option<Pagination>,
    ) -> FieldResult<UserConnection> {
        let page = context.page((first, after), (last, before), pagination)?;
        match context.app.users.list(&context.actor, &page.query()).await {
            Ok(found) => Ok(UserConnection::of(found, (), User::from)),
            Err(error) => Err(page.fault(context, error)),
        }
    }

    /// Lists the grants of one user, or of all users, in order of creation. Requires the role ADMIN.
    pub async fn grants(
        context: &Context,
        #[graphql(description = "Identifier of the user; all users if omitted.")] user_id: Option<ID>,
        #[graphql(description = "Maximum number of items from the start, 1 to 500; defaults to 50.")]
        first: Option<i32>,
        #[graphql(description = "Cursor of the item before the page.")] after: Option<String>,
        #[graphql(description = "Maximum number of items from the end, 1 to 500, instead of `first`.")]
        last: Option<i32>,
        #[graphql(description = "Cursor of the item after the page.")] before: Option<String>,
        #[graphql(
            description = "`first` and `after` as a single object.",
            deprecated = "Use `first` and `after`."
        )]
        pagination: Option<Pagination>,
    ) -> FieldResult<GrantConnection> {
        let page = context.page((first, after), (last, before), pagination)?;
        let user = user_id.map(|id| context.id("userId", &id)).transpose()?;
        match context.app.grants.list(&context.actor, user, &page.query()).await {
            Ok(found) => Ok(GrantConnection::of(found, user, Grant::from)),
            Err(error) => Err(page.fault(context, error)),
        }
    }

    /// Lists the entries of the audit log, newest first. Requires the role ADMIN. Administrators who belong to an
    /// organisation only see entries that concern that organisation.
    pub async fn audit_log(
        context: &Context,
        #[graphql(description = "Criteria for the entries; all if omitted.")] filter: Option<AuditFilter>,
        #[graphql(description = "Maximum number of items from the start, 1 to 500; defaults to 50.")]
        first: Option<i32>,
        #[graphql(description = "Cursor of the item before the page.")] after: Option<String>,
        #[graphql(description = "Maximum number of items from the end, 1 to 500, instead of `first`.")]
        last: Option<i32>,
        #[graphql(description = "Cursor of the item after the page.")] before: Option<String>,
        #[graphql(
            description = "`first` and `after` as a single object.",
            deprecated = "Use `first` and `after`."
        )]
        pagination: Option<Pagination>,
    ) -> FieldResult<AuditConnection> {
        let page = context.page((first, after), (last, before), pagination)?;
        let filter = filter.unwrap_or_default().checked();
        let query = AuditQuery {
            filter: filter.map_err(|faults| context.fault(faults))?,
            page: page.query(),
        };
        match context.app.audit.list(&context.actor, &query).await {
            Ok(found) => Ok(AuditConnection::of(found, query.filter, AuditEntry::from)),
            Err(error) => Err(page.fault(context, error)),
        }
    }
}
