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

/// What can be asked.
pub struct Query;

/// What can be asked.
#[expect(
    clippy::too_many_arguments,
    reason = "the arguments of a field are those of its resolver"
)]
#[graphql_object]
#[graphql(context = Context, scalar = DefaultScalarValue)]
impl Query {
    /// A page of vehicles, in the order in which they were registered unless `sort` says another.
    pub async fn vehicles(
        context: &Context,
        #[graphql(description = "Which vehicles; all when it is left out.")] filter: Option<VehicleFilter>,
        #[graphql(description = "How many items at most, from the beginning: 1 to 500, 50 when left out.")]
        first: Option<i32>,
        #[graphql(description = "The cursor of the item before the page.")] after: Option<String>,
        #[graphql(
            description = "How many items at most, from the end: 1 to 500. Not together with `first`."
        )]
        last: Option<i32>,
        #[graphql(description = "The cursor of the item behind the page.")] before: Option<String>,
        #[graphql(
            description = "Which page, in one object.",
            deprecated = "Use `first` and `after`."
        )]
        pagination: Option<Pagination>,
        #[graphql(description = "In which order.")] sort: Option<VehicleSort>,
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

    /// One vehicle; null when there is none of this id.
    pub async fn vehicle(
        context: &Context,
        #[graphql(description = "Which vehicle.")] id: ID,
    ) -> FieldResult<Option<VehicleValue>> {
        let id = context.id("id", &id)?;
        let found = context.app.vehicles.get(&context.actor, id).await;
        let found = found.map_err(|error| context.fault(error))?;
        Ok(found.map(|vehicle| VehicleValue::new(vehicle, context.loaders())))
    }

    /// One thing of any kind that has an id; null when there is none of this id.
    pub async fn node(
        context: &Context,
        #[graphql(description = "The id of a vehicle, group, organisation, user or grant.")] id: ID,
    ) -> FieldResult<Option<NodeValue>> {
        let id = context.node_id("id", &id)?;
        let found = context.loaders().node(id).await?;
        Ok(found.map(|node| NodeValue::new(node, context.loaders())))
    }

    /// Things of any kind that have ids, in the order of the ids; null in place of one that is not there.
    pub async fn nodes(
        context: &Context,
        #[graphql(
            description = "The ids of vehicles, groups, organisations, users and grants: at most 500."
        )]
        ids: Vec<ID>,
    ) -> FieldResult<List<Option<NodeValue>>> {
        let ids = context.node_ids(&ids)?;
        let found = try_join_all(ids.into_iter().map(|id| context.loaders().node(id))).await?;
        let show = |node| NodeValue::new(node, context.loaders());
        Ok(found.into_iter().map(|node| node.map(show)).collect())
    }

    /// All vehicles of a kind, in the order in which they were registered; at most 10,000.
    pub async fn vehicles_by_type(
        context: &Context,
        #[graphql(description = "Which kind.")] r#type: VehicleType,
    ) -> FieldResult<List<VehicleValue>> {
        context.shown(
            context
                .app
                .vehicles
                .list_by_type(&context.actor, r#type.into())
                .await,
        )
    }

    /// All vehicles that are enabled, in the order in which they were registered; at most 10,000.
    pub async fn enabled_vehicles(context: &Context) -> FieldResult<List<VehicleValue>> {
        context.shown(context.app.vehicles.list_enabled(&context.actor).await)
    }

    /// Where a vehicle is; null when that is not known yet.
    pub async fn vehicle_position(
        context: &Context,
        #[graphql(description = "Which vehicle.")] vehicle_id: ID,
    ) -> FieldResult<Option<VehiclePosition>> {
        let id = context.id("vehicleId", &vehicle_id)?;
        let found = context.app.live_queries.position(&context.actor, id).await;
        context.optional(found)
    }

    /// How a vehicle is; null when that is not known yet.
    pub async fn vehicle_runtime_state(
        context: &Context,
        #[graphql(description = "Which vehicle.")] vehicle_id: ID,
    ) -> FieldResult<Option<VehicleRuntimeState>> {
        let id = context.id("vehicleId", &vehicle_id)?;
        let found = context.app.live_queries.runtime_state(&context.actor, id).await;
        context.optional(found)
    }

    /// One group of vehicles; null when there is none of this id.
    pub async fn group(
        context: &Context,
        #[graphql(description = "Which group.")] id: ID,
    ) -> FieldResult<Option<Group>> {
        let id = context.id("id", &id)?;
        context.optional(context.app.groups.get(&context.actor, id).await)
    }

    /// A page of the groups of one organisation, or of all, in the order in which they were made.
    pub async fn groups(
        context: &Context,
        #[graphql(description = "Of which organisation; of all when it is left out.")]
        organization_id: Option<ID>,
        #[graphql(description = "How many items at most, from the beginning: 1 to 500, 50 when left out.")]
        first: Option<i32>,
        #[graphql(description = "The cursor of the item before the page.")] after: Option<String>,
        #[graphql(
            description = "How many items at most, from the end: 1 to 500. Not together with `first`."
        )]
        last: Option<i32>,
        #[graphql(description = "The cursor of the item behind the page.")] before: Option<String>,
        #[graphql(
            description = "Which page, in one object.",
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

    /// One organisation; null when there is none of this id.
    pub async fn organization(
        context: &Context,
        #[graphql(description = "Which organisation.")] id: ID,
    ) -> FieldResult<Option<Organization>> {
        let id = context.id("id", &id)?;
        context.optional(context.app.organizations.get(&context.actor, id).await)
    }

    /// A page of the organisations, in the order in which they were made.
    pub async fn organizations(
        context: &Context,
        #[graphql(description = "How many items at most, from the beginning: 1 to 500, 50 when left out.")]
        first: Option<i32>,
        #[graphql(description = "The cursor of the item before the page.")] after: Option<String>,
        #[graphql(
            description = "How many items at most, from the end: 1 to 500. Not together with `first`."
        )]
        last: Option<i32>,
        #[graphql(description = "The cursor of the item behind the page.")] before: Option<String>,
        #[graphql(
            description = "Which page, in one object.",
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

    /// Who one is.
    pub async fn me(context: &Context) -> FieldResult<User> {
        context.answer(context.app.users.get_oneself(&context.actor).await)
    }

    /// One's own sessions that are not over, the newest first.
    pub async fn sessions(context: &Context) -> FieldResult<List<Session>> {
        let sessions = context.app.sessions.list(&context.actor).await;
        let sessions = sessions.map_err(|error| context.fault(error))?;
        Ok(sessions.into_iter().map(Session::from).collect())
    }

    /// One user; null when there is none of this id. For administrators.
    pub async fn user(
        context: &Context,
        #[graphql(description = "Which user.")] id: ID,
    ) -> FieldResult<Option<User>> {
        let id = context.id("id", &id)?;
        context.optional(context.app.users.get(&context.actor, id).await)
    }

    /// A page of the users, in the order in which they were made. For administrators.
    pub async fn users(
        context: &Context,
        #[graphql(description = "How many items at most, from the beginning: 1 to 500, 50 when left out.")]
        first: Option<i32>,
        #[graphql(description = "The cursor of the item before the page.")] after: Option<String>,
        #[graphql(
            description = "How many items at most, from the end: 1 to 500. Not together with `first`."
        )]
        last: Option<i32>,
        #[graphql(description = "The cursor of the item behind the page.")] before: Option<String>,
        #[graphql(
            description = "Which page, in one object.",
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

    /// A page of the grants of one user, or of all, in the order in which they were made. For administrators.
    pub async fn grants(
        context: &Context,
        #[graphql(description = "Of which user; of all when it is left out.")] user_id: Option<ID>,
        #[graphql(description = "How many items at most, from the beginning: 1 to 500, 50 when left out.")]
        first: Option<i32>,
        #[graphql(description = "The cursor of the item before the page.")] after: Option<String>,
        #[graphql(
            description = "How many items at most, from the end: 1 to 500. Not together with `first`."
        )]
        last: Option<i32>,
        #[graphql(description = "The cursor of the item behind the page.")] before: Option<String>,
        #[graphql(
            description = "Which page, in one object.",
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

    /// A page of the audit log, the newest entries first. For administrators; one of an organisation sees what concerns
    /// that organisation.
    pub async fn audit_log(
        context: &Context,
        #[graphql(description = "Which entries; all when it is left out.")] filter: Option<AuditFilter>,
        #[graphql(description = "How many items at most, from the beginning: 1 to 500, 50 when left out.")]
        first: Option<i32>,
        #[graphql(description = "The cursor of the item before the page.")] after: Option<String>,
        #[graphql(
            description = "How many items at most, from the end: 1 to 500. Not together with `first`."
        )]
        last: Option<i32>,
        #[graphql(description = "The cursor of the item behind the page.")] before: Option<String>,
        #[graphql(
            description = "Which page, in one object.",
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
