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

/// What can be changed.
pub struct Mutation;

/// What can be changed.
#[graphql_object]
#[graphql(context = Context, scalar = DefaultScalarValue)]
impl Mutation {
    /// Registers a vehicle: IDLE and disabled. For administrators.
    pub async fn create_vehicle(
        context: &Context,
        #[graphql(description = "What is to be known of it.")] input: CreateVehicleInput,
    ) -> FieldResult<VehicleValue> {
        let actor = context.present_actor().await?;
        context.changed(context.app.vehicles.create(&actor, input.into()).await)
    }

    /// Changes some fields of a vehicle. For administrators.
    pub async fn update_vehicle(
        context: &Context,
        #[graphql(description = "Which vehicle.")] id: ID,
        #[graphql(description = "What is to be changed.")] input: UpdateVehicleInput,
    ) -> FieldResult<VehicleValue> {
        let id = context.id("id", &id)?;
        let Update {
            expected,
            changes,
            words,
        } = input.into();
        let actor = context.present_actor().await?;
        let updated = context.app.vehicles.update(&actor, id, expected, changes).await;
        context.changed(updated.map_err(|error| words.of_error(error)))
    }

    /// Deletes a vehicle: it is gone for everybody, and its name is free again. For administrators.
    pub async fn delete_vehicle(
        context: &Context,
        #[graphql(description = "Which vehicle.")] id: ID,
    ) -> FieldResult<bool> {
        let id = context.id("id", &id)?;
        let actor = context.present_actor().await?;
        context.done(context.app.vehicles.delete(&actor, id, None).await)
    }

    /// Enables a vehicle: its messages are taken and delivered when this answers. For operators.
    pub async fn enable_vehicle(
        context: &Context,
        #[graphql(description = "Which vehicle.")] id: ID,
    ) -> FieldResult<VehicleValue> {
        let id = context.id("id", &id)?;
        let actor = context.present_actor().await?;
        context.changed(context.app.vehicles.enable(&actor, id, None).await)
    }

    /// Disables a vehicle: none of its messages is delivered when this answers. For operators.
    pub async fn disable_vehicle(
        context: &Context,
        #[graphql(description = "Which vehicle.")] id: ID,
    ) -> FieldResult<VehicleValue> {
        let id = context.id("id", &id)?;
        let actor = context.present_actor().await?;
        context.changed(context.app.vehicles.disable(&actor, id, None).await)
    }

    /// Takes back the deletion of a vehicle: it is there again under its id, disabled. `CONFLICT` when it is not deleted, or
    /// its name is taken by now. For administrators.
    pub async fn restore_vehicle(
        context: &Context,
        #[graphql(description = "The id of the deleted vehicle.")] id: ID,
    ) -> FieldResult<VehicleValue> {
        let id = context.id("id", &id)?;
        let actor = context.present_actor().await?;
        context.changed(context.app.vehicles.restore(&actor, id).await)
    }

    /// Enables several vehicles, all or none of them. For operators.
    pub async fn enable_vehicles(
        context: &Context,
        #[graphql(description = "The vehicles: at most 1,000.")] ids: Vec<ID>,
    ) -> FieldResult<EnableVehiclesPayload> {
        let ids = context.several_ids(&ids, MAX_AT_ONCE)?;
        let actor = context.present_actor().await?;
        let enabled = context.app.vehicles.enable_several(&actor, &ids).await;
        let vehicles = context.changed_all(enabled)?.into();
        Ok(EnableVehiclesPayload { vehicles })
    }

    /// Disables several vehicles, all or none of them. For operators.
    pub async fn disable_vehicles(
        context: &Context,
        #[graphql(description = "The vehicles: at most 1,000.")] ids: Vec<ID>,
    ) -> FieldResult<DisableVehiclesPayload> {
        let ids = context.several_ids(&ids, MAX_AT_ONCE)?;
        let actor = context.present_actor().await?;
        let disabled = context.app.vehicles.disable_several(&actor, &ids).await;
        let vehicles = context.changed_all(disabled)?.into();
        Ok(DisableVehiclesPayload { vehicles })
    }

    /// Deletes several vehicles, all or none of them. For administrators.
    pub async fn delete_vehicles(
        context: &Context,
        #[graphql(description = "The vehicles: at most 1,000.")] ids: Vec<ID>,
    ) -> FieldResult<DeleteVehiclesPayload> {
        let ids = context.several_ids(&ids, MAX_AT_ONCE)?;
        let actor = context.present_actor().await?;
        context.answer(context.app.vehicles.delete_several(&actor, &ids).await)
    }

    /// Sets what a vehicle is doing, as far as its present status allows. The robot's own word, should it differ,
    /// comes later and counts. For operators.
    pub async fn update_vehicle_status(
        context: &Context,
        #[graphql(description = "Which vehicle.")] id: ID,
        #[graphql(description = "What it is to be doing.")] status: VehicleStatus,
    ) -> FieldResult<VehicleValue> {
        let id = context.id("id", &id)?;
        let actor = context.present_actor().await?;
        context.changed(
            context
                .app
                .vehicles
                .change_status(&actor, id, None, status.into())
                .await,
        )
    }

    /// Makes a group without vehicles. For administrators.
    pub async fn create_group(
        context: &Context,
        #[graphql(description = "What is to be known of it.")] input: CreateGroupInput,
    ) -> FieldResult<Group> {
        let (organization, name) = input.checked();
        let actor = context.present_actor().await?;
        context.answer(context.app.groups.create(&actor, organization, name).await)
    }

    /// Renames a group. For administrators.
    pub async fn update_group(
        context: &Context,
        #[graphql(description = "Which group.")] id: ID,
        #[graphql(description = "What is to be changed.")] input: UpdateGroupInput,
    ) -> FieldResult<Group> {
        let id = context.id("id", &id)?;
        let actor = context.present_actor().await?;
        context.answer(context.app.groups.rename(&actor, id, input.name()).await)
    }

    /// Deletes a group; its vehicles stay. For administrators.
    pub async fn delete_group(
        context: &Context,
        #[graphql(description = "Which group.")] id: ID,
    ) -> FieldResult<bool> {
        let id = context.id("id", &id)?;
        let actor = context.present_actor().await?;
        context.done(context.app.groups.delete(&actor, id).await)
    }

    /// Puts a vehicle into a group of its organisation; one that is in it already stays as it is. For administrators.
    pub async fn add_vehicle_to_group(
        context: &Context,
        #[graphql(description = "Which group.")] group_id: ID,
        #[graphql(description = "Which vehicle.")] vehicle_id: ID,
    ) -> FieldResult<VehicleValue> {
        let (group, vehicle) = context.ids(("groupId", &group_id), ("vehicleId", &vehicle_id))?;
        let actor = context.present_actor().await?;
        context.changed(context.app.groups.add_vehicle(&actor, group, vehicle).await)
    }

    /// Takes a vehicle out of a group that it is in. For administrators.
    pub async fn remove_vehicle_from_group(
        context: &Context,
        #[graphql(description = "Which group.")] group_id: ID,
        #[graphql(description = "Which vehicle.")] vehicle_id: ID,
    ) -> FieldResult<VehicleValue> {
        let (group, vehicle) = context.ids(("groupId", &group_id), ("vehicleId", &vehicle_id))?;
        let actor = context.present_actor().await?;
        context.changed(context.app.groups.remove_vehicle(&actor, group, vehicle).await)
    }

    /// Makes an organisation without vehicles and groups. For administrators of all organisations.
    pub async fn create_organization(
        context: &Context,
        #[graphql(description = "What is to be known of it.")] input: CreateOrganizationInput,
    ) -> FieldResult<Organization> {
        let actor = context.present_actor().await?;
        context.answer(context.app.organizations.create(&actor, input.name()).await)
    }

    /// Renames an organisation. For administrators of all organisations.
    pub async fn update_organization(
        context: &Context,
        #[graphql(description = "Which organisation.")] id: ID,
        #[graphql(description = "What is to be changed.")] input: UpdateOrganizationInput,
    ) -> FieldResult<Organization> {
        let id = context.id("id", &id)?;
        let actor = context.present_actor().await?;
        context.answer(context.app.organizations.rename(&actor, id, input.name()).await)
    }

    /// Deletes an organisation that has neither vehicles nor groups. For administrators of all organisations.
    pub async fn delete_organization(
        context: &Context,
        #[graphql(description = "Which organisation.")] id: ID,
    ) -> FieldResult<bool> {
        let id = context.id("id", &id)?;
        let actor = context.present_actor().await?;
        context.done(context.app.organizations.delete(&actor, id).await)
    }

    /// Opens a session for who knows a user's password. A wrong name, a wrong password and a disabled user are told
    /// alike.
    pub async fn login(
        context: &Context,
        #[graphql(description = "The user's name.")] username: String,
        #[graphql(description = "Its password.")] password: String,
    ) -> FieldResult<Tokens> {
        let guess = Guess {
            username,
            password: password.into(),
            user_agent: context.user_agent.as_deref().map(str::to_owned),
        };
        context.answer(context.app.sessions.log_in(guess, &context.actor.origin).await)
    }

    /// Spends a refresh token for the next tokens. One that was spent before ends its session.
    pub async fn refresh_token(
        context: &Context,
        #[graphql(description = "The refresh token.")] refresh_token: String,
    ) -> FieldResult<Tokens> {
        let token = RefreshToken::given(refresh_token);
        context.answer(context.app.sessions.refresh(&token, &context.actor.origin).await)
    }

    /// Ends the session of the access token, or that of a refresh token. Its sockets are closed.
    pub async fn logout(
        context: &Context,
        #[graphql(description = "A refresh token of the session; for who has no access token any more.")]
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
                    .log_out(&context.present_actor().await?)
                    .await
            }
        })
    }

    /// Changes one's own password. All sessions are over then, this one too.
    pub async fn change_password(
        context: &Context,
        #[graphql(description = "The present password.")] current_password: String,
        #[graphql(description = "The next: 12 to 128 characters, unless the server asks for more or fewer.")]
        new_password: String,
    ) -> FieldResult<bool> {
        let [current, new] = [current_password, new_password].map(SecretString::from);
        let actor = context.present_actor().await?;
        context.done(context.app.sessions.change_password(&actor, &current, &new).await)
    }

    /// Ends one of one's own sessions. Its sockets are closed.
    pub async fn revoke_session(
        context: &Context,
        #[graphql(description = "Which session.")] id: ID,
    ) -> FieldResult<bool> {
        let id = context.id("id", &id)?;
        let actor = context.present_actor().await?;
        context.done(context.app.sessions.revoke(&actor, id).await)
    }

    /// Makes a user, who may log in at once. For administrators; one of an organisation makes users of that
    /// organisation.
    pub async fn create_user(
        context: &Context,
        #[graphql(description = "Who it is to be.")] input: CreateUserInput,
    ) -> FieldResult<User> {
        let passwords = context.app.users.password_policy();
        let actor = context.present_actor().await?;
        context.answer(context.app.users.create(&actor, input.checked(passwords)).await)
    }

    /// Changes a user. For administrators.
    pub async fn update_user(
        context: &Context,
        #[graphql(description = "Which user.")] id: ID,
        #[graphql(description = "What is to be changed.")] input: UpdateUserInput,
    ) -> FieldResult<User> {
        let changes = input.checked(context.app.users.password_policy());
        let id = context.id_beside("id", &id, changes.as_ref().err())?;
        let actor = context.present_actor().await?;
        context.answer(context.app.users.update(&actor, id, changes).await)
    }

    /// Deletes a user, its grants and its sessions; what it did stays in the audit log. For administrators.
    pub async fn delete_user(
        context: &Context,
        #[graphql(description = "Which user.")] id: ID,
    ) -> FieldResult<bool> {
        let id = context.id("id", &id)?;
        let actor = context.present_actor().await?;
        context.done(context.app.users.delete(&actor, id).await)
    }

    /// Gives a user something to see: in force at once, in open sockets too. For administrators.
    pub async fn create_grant(
        context: &Context,
        #[graphql(description = "Who is to see what.")] input: CreateGrantInput,
    ) -> FieldResult<Grant> {
        let actor = context.present_actor().await?;
        context.answer(context.app.grants.create(&actor, input.checked()).await)
    }

    /// Takes a grant away: what the user may not see any more leaves its open sockets at once. For administrators.
    pub async fn delete_grant(
        context: &Context,
        #[graphql(description = "Which grant.")] id: ID,
    ) -> FieldResult<bool> {
        let id = context.id("id", &id)?;
        let actor = context.present_actor().await?;
        context.done(context.app.grants.delete(&actor, id).await)
    }
}
