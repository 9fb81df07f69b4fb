use application::{
    sessions::{Guess, RefreshToken},
    vehicles::MAX_AT_ONCE,
};
use juniper::{DefaultScalarValue, FieldResult, ID, graphql_object};
use secrecy::SecretString;

use crate::{
    context::Context,
    types::{
        CreateGrantInput, CreateGroupInput, CreateOrganizationInput, CreateUserInput, CreateVehicleInput,
        DeleteVehiclesPayload, DisableVehiclesPayload, EnableVehiclesPayload, Grant, Group, Organization,
        Tokens, Update, UpdateGroupInput, UpdateOrganizationInput, UpdateUserInput, UpdateVehicleInput, User,
        VehicleStatus, VehicleValue,
    },
};

/// Operations that change data.
pub struct Mutation;

/// Operations that change data.
#[graphql_object]
#[graphql(context = Context, scalar = DefaultScalarValue)]
impl Mutation {
    /// Registers a vehicle. It is initially IDLE and disabled. Requires the role ADMIN.
    pub async fn create_vehicle(
        context: &Context,
        #[graphql(description = "Vehicle to register.")] input: CreateVehicleInput,
    ) -> FieldResult<VehicleValue> {
        let actor = context.current_actor().await?;
        context.changed(context.app.vehicles.create(&actor, input.into()).await)
    }

    /// Changes some fields of a vehicle. Requires the role ADMIN.
    pub async fn update_vehicle(
        context: &Context,
        #[graphql(description = "Identifier of the vehicle.")] id: ID,
        #[graphql(description = "Fields to change.")] input: UpdateVehicleInput,
    ) -> FieldResult<VehicleValue> {
        let id = context.id("id", &id)?;
        let Update {
            expected,
            changes,
            words,
        } = input.into();
        let actor = context.current_actor().await?;
        let updated = context.app.vehicles.update(&actor, id, expected, changes).await;
        context.changed(updated.map_err(|error| words.of_error(error)))
    }

    /// Deletes a vehicle. It disappears from all queries and subscriptions, and its name can be used again.
    /// `restoreVehicle` restores it. Requires the role ADMIN.
    pub async fn delete_vehicle(
        context: &Context,
        #[graphql(description = "Identifier of the vehicle.")] id: ID,
    ) -> FieldResult<bool> {
        let id = context.id("id", &id)?;
        let actor = context.current_actor().await?;
        context.done(context.app.vehicles.delete(&actor, id, None).await)
    }

    /// Enables a vehicle. From then on, messages from the robot are accepted and delivered. Requires the role OPERATOR
    /// or ADMIN.
    pub async fn enable_vehicle(
        context: &Context,
        #[graphql(description = "Identifier of the vehicle.")] id: ID,
    ) -> FieldResult<VehicleValue> {
        let id = context.id("id", &id)?;
        let actor = context.current_actor().await?;
        context.changed(context.app.vehicles.enable(&actor, id, None).await)
    }

    /// Disables a vehicle. From then on, messages from the robot are rejected. Requires the role OPERATOR or ADMIN.
    pub async fn disable_vehicle(
        context: &Context,
        #[graphql(description = "Identifier of the vehicle.")] id: ID,
    ) -> FieldResult<VehicleValue> {
        let id = context.id("id", &id)?;
        let actor = context.current_actor().await?;
        context.changed(context.app.vehicles.disable(&actor, id, None).await)
    }

    /// Restores a deleted vehicle under its previous id, disabled and in no group. The error code is CONFLICT if the
    /// vehicle is not deleted or its name is in use. Requires the role ADMIN.
    pub async fn restore_vehicle(
        context: &Context,
        #[graphql(description = "Identifier of the deleted vehicle.")] id: ID,
    ) -> FieldResult<VehicleValue> {
        let id = context.id("id", &id)?;
        let actor = context.current_actor().await?;
        context.changed(context.app.vehicles.restore(&actor, id).await)
    }

    /// Enables several vehicles, either all or none of them. If one of them does not exist, the error code is NOT_FOUND
    /// and `extensions.id` is its id. Requires the role OPERATOR or ADMIN.
    pub async fn enable_vehicles(
        context: &Context,
        #[graphql(description = "Identifiers of the vehicles, at most 1,000.")] ids: Vec<ID>,
    ) -> FieldResult<EnableVehiclesPayload> {
        let ids = context.several_ids(&ids, MAX_AT_ONCE)?;
        let actor = context.current_actor().await?;
        let enabled = context.app.vehicles.enable_several(&actor, &ids).await;
        let vehicles = context.changed_all(enabled)?.into();
        Ok(EnableVehiclesPayload { vehicles })
    }

    /// Disables several vehicles, either all or none of them. If one of them does not exist, the error code is
    /// NOT_FOUND and `extensions.id` is its id. Requires the role OPERATOR or ADMIN.
    pub async fn disable_vehicles(
        context: &Context,
        #[graphql(description = "Identifiers of the vehicles, at most 1,000.")] ids: Vec<ID>,
    ) -> FieldResult<DisableVehiclesPayload> {
        let ids = context.several_ids(&ids, MAX_AT_ONCE)?;
        let actor = context.current_actor().await?;
        let disabled = context.app.vehicles.disable_several(&actor, &ids).await;
        let vehicles = context.changed_all(disabled)?.into();
        Ok(DisableVehiclesPayload { vehicles })
    }

    /// Deletes several vehicles, either all or none of them. If one of them does not exist, the error code is NOT_FOUND
    /// and `extensions.id` is its id. Requires the role ADMIN.
    pub async fn delete_vehicles(
        context: &Context,
        #[graphql(description = "Identifiers of the vehicles, at most 1,000.")] ids: Vec<ID>,
    ) -> FieldResult<DeleteVehiclesPayload> {
        let ids = context.several_ids(&ids, MAX_AT_ONCE)?;
        let actor = context.current_actor().await?;
        context.answer(context.app.vehicles.delete_several(&actor, &ids).await)
    }

    /// Sets the status of a vehicle. Some changes must pass through IDLE or STOPPED; otherwise, the error code is
    /// BAD_USER_INPUT: from ERROR or MAINTENANCE to MOVING or CHARGING, between MOVING and CHARGING, and from MOVING to
    /// MAINTENANCE. A status that the robot reports later replaces the new one. Requires the role OPERATOR or ADMIN.
    pub async fn update_vehicle_status(
        context: &Context,
        #[graphql(description = "Identifier of the vehicle.")] id: ID,
        #[graphql(description = "New status.")] status: VehicleStatus,
    ) -> FieldResult<VehicleValue> {
        let id = context.id("id", &id)?;
        let actor = context.current_actor().await?;
        context.changed(
            context
                .app
                .vehicles
                .change_status(&actor, id, None, status.into())
                .await,
        )
    }

    /// Creates an empty group. Requires the role ADMIN.
    pub async fn create_group(
        context: &Context,
        #[graphql(description = "Group to create.")] input: CreateGroupInput,
    ) -> FieldResult<Group> {
        let (organization, name) = input.checked();
        let actor = context.current_actor().await?;
        context.answer(context.app.groups.create(&actor, organization, name).await)
    }

    /// Renames a group. Requires the role ADMIN.
    pub async fn update_group(
        context: &Context,
        #[graphql(description = "Identifier of the group.")] id: ID,
        #[graphql(description = "New data for the group.")] input: UpdateGroupInput,
    ) -> FieldResult<Group> {
        let id = context.id("id", &id)?;
        let actor = context.current_actor().await?;
        context.answer(context.app.groups.rename(&actor, id, input.name()).await)
    }

    /// Deletes a group, but not its vehicles. Requires the role ADMIN.
    pub async fn delete_group(
        context: &Context,
        #[graphql(description = "Identifier of the group.")] id: ID,
    ) -> FieldResult<bool> {
        let id = context.id("id", &id)?;
        let actor = context.current_actor().await?;
        context.done(context.app.groups.delete(&actor, id).await)
    }

    /// Adds a vehicle to a group of the same organisation. Has no effect if the vehicle is already a member. Requires
    /// the role ADMIN.
    pub async fn add_vehicle_to_group(
        context: &Context,
        #[graphql(description = "Identifier of the group.")] group_id: ID,
        #[graphql(description = "Identifier of the vehicle.")] vehicle_id: ID,
    ) -> FieldResult<VehicleValue> {
        let (group, vehicle) = context.ids(("groupId", &group_id), ("vehicleId", &vehicle_id))?;
        let actor = context.current_actor().await?;
        context.changed(context.app.groups.add_vehicle(&actor, group, vehicle).await)
    }

    /// Removes a vehicle from a group. The error code is NOT_FOUND if the vehicle is not a member. Requires the role
    /// ADMIN.
    pub async fn remove_vehicle_from_group(
        context: &Context,
        #[graphql(description = "Identifier of the group.")] group_id: ID,
        #[graphql(description = "Identifier of the vehicle.")] vehicle_id: ID,
    ) -> FieldResult<VehicleValue> {
        let (group, vehicle) = context.ids(("groupId", &group_id), ("vehicleId", &vehicle_id))?;
        let actor = context.current_actor().await?;
        context.changed(context.app.groups.remove_vehicle(&actor, group, vehicle).await)
    }

    /// Creates an organisation. Requires an ADMIN who belongs to no organisation.
    pub async fn create_organization(
        context: &Context,
        #[graphql(description = "Organisation to create.")] input: CreateOrganizationInput,
    ) -> FieldResult<Organization> {
        let actor = context.current_actor().await?;
        context.answer(context.app.organizations.create(&actor, input.name()).await)
    }

    /// Renames an organisation. Requires an ADMIN who belongs to no organisation.
    pub async fn update_organization(
        context: &Context,
        #[graphql(description = "Identifier of the organisation.")] id: ID,
        #[graphql(description = "New data for the organisation.")] input: UpdateOrganizationInput,
    ) -> FieldResult<Organization> {
        let id = context.id("id", &id)?;
        let actor = context.current_actor().await?;
        context.answer(context.app.organizations.rename(&actor, id, input.name()).await)
    }

    /// Deletes an organisation. The error code is CONFLICT if it has vehicles, groups or users, or is the default
    /// organisation. Requires an ADMIN who belongs to no organisation.
    pub async fn delete_organization(
        context: &Context,
        #[graphql(description = "Identifier of the organisation.")] id: ID,
    ) -> FieldResult<bool> {
        let id = context.id("id", &id)?;
        let actor = context.current_actor().await?;
        context.done(context.app.organizations.delete(&actor, id).await)
    }

    /// Logs a user in and starts a session. The error is the same for an unknown username, a wrong password and a
    /// disabled user. Requires no access token.
    pub async fn login(
        context: &Context,
        #[graphql(description = "Name of the user.")] username: String,
        #[graphql(description = "Password of the user.")] password: String,
    ) -> FieldResult<Tokens> {
        let guess = Guess {
            username,
            password: password.into(),
            user_agent: context.user_agent.as_deref().map(str::to_owned),
        };
        context.answer(context.app.sessions.log_in(guess, &context.actor.origin).await)
    }

    /// Exchanges a refresh token for new tokens. Using a refresh token a second time ends its session. Requires no
    /// access token.
    pub async fn refresh_token(
        context: &Context,
        #[graphql(description = "Refresh token, which is valid only once.")] refresh_token: String,
    ) -> FieldResult<Tokens> {
        let token = RefreshToken::given(refresh_token);
        context.answer(context.app.sessions.refresh(&token, &context.actor.origin).await)
    }

    /// Ends the session of the given refresh token, or of the access token if no refresh token is given, and closes the
    /// sockets and streams of that session. An invalid refresh token is not an error.
    pub async fn logout(
        context: &Context,
        #[graphql(description = "Refresh token of the session, for clients without a valid access token.")]
        refresh_token: Option<String>,
    ) -> FieldResult<bool> {
        context.done(match refresh_token {
            Some(token) => {
                let token = RefreshToken::given(token);
                context
                    .app
                    .sessions
                    .log_out_by_token(&token, &context.actor.origin)
                    .await
            }
            None => {
                context
                    .app
                    .sessions
                    .log_out(&context.current_actor().await?)
                    .await
            }
        })
    }

    /// Changes the password of the calling user. All of the user's sessions end, including the current one.
    pub async fn change_password(
        context: &Context,
        #[graphql(description = "Current password.")] current_password: String,
        #[graphql(
            description = "New password: 12 to 128 characters by default. The minimum length is configurable."
        )]
        new_password: String,
    ) -> FieldResult<bool> {
        let [current, new] = [current_password, new_password].map(SecretString::from);
        let actor = context.current_actor().await?;
        context.done(context.app.sessions.change_password(&actor, &current, &new).await)
    }

    /// Ends a session of the calling user, and closes the sockets and streams of that session.
    pub async fn revoke_session(
        context: &Context,
        #[graphql(description = "Identifier of the session.")] id: ID,
    ) -> FieldResult<bool> {
        let id = context.id("id", &id)?;
        let actor = context.current_actor().await?;
        context.done(context.app.sessions.revoke(&actor, id).await)
    }

    /// Creates a user, who can log in immediately. Requires the role ADMIN. Administrators who belong to an
    /// organisation can only create users of that organisation.
    pub async fn create_user(
        context: &Context,
        #[graphql(description = "User to create.")] input: CreateUserInput,
    ) -> FieldResult<User> {
        let passwords = context.app.users.password_policy();
        let actor = context.current_actor().await?;
        context.answer(context.app.users.create(&actor, input.checked(passwords)).await)
    }

    /// Changes a user. Requires the role ADMIN.
    pub async fn update_user(
        context: &Context,
        #[graphql(description = "Identifier of the user.")] id: ID,
        #[graphql(description = "Fields to change.")] input: UpdateUserInput,
    ) -> FieldResult<User> {
        let changes = input.checked(context.app.users.password_policy());
        let id = context.id_beside("id", &id, changes.as_ref().err())?;
        let actor = context.current_actor().await?;
        context.answer(context.app.users.update(&actor, id, changes).await)
    }

    /// Deletes a user with their grants and sessions, but keeps their entries in the audit log. Requires the role
    /// ADMIN.
    pub async fn delete_user(
        context: &Context,
        #[graphql(description = "Identifier of the user.")] id: ID,
    ) -> FieldResult<bool> {
        let id = context.id("id", &id)?;
        let actor = context.current_actor().await?;
        context.done(context.app.users.delete(&actor, id).await)
    }

    /// Grants a user access to vehicles. Also takes effect on the user's open sockets and streams. Requires the role
    /// ADMIN.
    pub async fn create_grant(
        context: &Context,
        #[graphql(description = "User, target and role of the grant.")] input: CreateGrantInput,
    ) -> FieldResult<Grant> {
        let actor = context.current_actor().await?;
        context.answer(context.app.grants.create(&actor, input.checked()).await)
    }

    /// Revokes a grant. The user's open sockets and streams no longer deliver vehicles that the user has lost access
    /// to. Requires the role ADMIN.
    pub async fn delete_grant(
        context: &Context,
        #[graphql(description = "Identifier of the grant.")] id: ID,
    ) -> FieldResult<bool> {
        let id = context.id("id", &id)?;
        let actor = context.current_actor().await?;
        context.done(context.app.grants.delete(&actor, id).await)
    }

    /// Clears the cache of positions and states that the responding server has read from the live keys. Positions are
    /// cached for one second and states for five seconds, so this is only needed after another program has changed the
    /// live keys. Requires the role ADMIN.
    pub async fn clear_cache(context: &Context) -> FieldResult<bool> {
        let actor = context.current_actor().await?;
        context.done(context.app.live_queries.clear_cache(&actor))
    }
}
