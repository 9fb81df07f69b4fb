//! The doors below `/api`.

use std::sync::Arc;

use actix_web::{
    Handler, HttpResponse, Resource, Responder,
    dev::HttpServiceFactory,
    http::header,
    middleware::{DefaultHeaders, from_fn},
    web::{self, Data},
};
use application::{
    groups::{
        AddVehicleToGroup, CreateGroup, DeleteGroup, GetGroups, ListGroups, RemoveVehicleFromGroup,
        RenameGroup,
    },
    identity::IdentityUseCases,
    live_queries::{
        GetVehiclePosition, GetVehicleRuntimeState, NearVehicles, ObserveVehicles, SurveyVehicles,
    },
    organizations::{
        CreateOrganization, DeleteOrganization, GetOrganization, ListOrganizations, RenameOrganization,
    },
    vehicles::{
        ChangeVehicleStatus, CreateVehicle, DeleteVehicle, DisableVehicle, EnableVehicle, ExportVehicles,
        GetVehicle, ImportVehicles, ListVehicles, RestoreVehicle, UpdateVehicle,
    },
};

use crate::{
    account, audit, auth, conditional, grants, groups, openapi, organizations, problem, problem::Problem,
    users, vehicles,
};

/// The use cases that the doors lead to.
pub struct UseCases {
    /// Registers a vehicle.
    pub create_vehicle: CreateVehicle,
    /// Changes a vehicle.
    pub update_vehicle: UpdateVehicle,
    /// Deletes a vehicle.
    pub delete_vehicle: DeleteVehicle,
    /// Takes back the deletion of a vehicle.
    pub restore_vehicle: RestoreVehicle,
    /// Opens a vehicle.
    pub enable_vehicle: EnableVehicle,
    /// Closes a vehicle.
    pub disable_vehicle: DisableVehicle,
    /// Sets what a vehicle is doing.
    pub change_vehicle_status: ChangeVehicleStatus,
    /// Shows a vehicle.
    pub get_vehicle: GetVehicle,
    /// Shows a page of vehicles.
    pub list_vehicles: ListVehicles,
    /// Registers the vehicles of a file.
    pub import_vehicles: ImportVehicles,
    /// Gives out all vehicles.
    pub export_vehicles: ExportVehicles,
    /// Tells where a vehicle is.
    pub get_vehicle_position: GetVehiclePosition,
    /// Tells how a vehicle is.
    pub get_vehicle_runtime_state: GetVehicleRuntimeState,
    /// Tells how vehicles are tied to their live keys.
    pub observe_vehicles: Arc<ObserveVehicles>,
    /// Shows where and how many vehicles are.
    pub survey_vehicles: SurveyVehicles,
    /// Shows the vehicles near a point.
    pub near_vehicles: NearVehicles,
    /// Makes a group.
    pub create_group: CreateGroup,
    /// Renames a group.
    pub rename_group: RenameGroup,
    /// Deletes a group.
    pub delete_group: DeleteGroup,
    /// Shows a group.
    pub get_groups: GetGroups,
    /// Shows a page of groups.
    pub list_groups: ListGroups,
    /// Puts a vehicle into a group.
    pub add_vehicle_to_group: AddVehicleToGroup,
    /// Takes a vehicle out of a group.
    pub remove_vehicle_from_group: RemoveVehicleFromGroup,
    /// Makes an organisation.
    pub create_organization: CreateOrganization,
    /// Renames an organisation.
    pub rename_organization: RenameOrganization,
    /// Deletes an organisation.
    pub delete_organization: DeleteOrganization,
    /// Shows an organisation.
    pub get_organization: GetOrganization,
    /// Shows a page of organisations.
    pub list_organizations: ListOrganizations,
    /// All about who may come in, who may see what, and who did what.
    pub identity: IdentityUseCases,
}

/// All doors below `/api`.
pub(crate) fn scope(
    use_cases: Arc<UseCases>,
    shows_docs: bool,
    asyncapi: &'static str,
) -> impl HttpServiceFactory {
    let doors = web::scope("/api")
        .app_data(Data::from(use_cases))
        .wrap(from_fn(conditional::unless_known))
        .wrap(from_fn(account::on_account))
        .wrap(from_fn(problem::as_problems))
        // What is told is for who asks, and may be another's to see by the next time (RFC 9111, section 5.2.2.5).
        .wrap(DefaultHeaders::new().add((header::CACHE_CONTROL, "no-store")))
        .service(
            door("/vehicles", "GET, HEAD, POST")
                .get(vehicles::list)
                .post(vehicles::create)
                .resource(),
        )
        .service(
            door("/vehicles/export", "GET, HEAD")
                .get(vehicles::export)
                .resource(),
        )
        .service(door("/vehicles/near", "GET, HEAD").get(vehicles::near).resource())
        .service(door("/vehicles/import", "POST").post(vehicles::import).resource())
        .service(
            door("/vehicles/{id}", "GET, HEAD, PUT, DELETE")
                .get(vehicles::get)
                .put(vehicles::update)
                .delete(vehicles::delete)
                .resource(),
        )
        .service(
            door("/vehicles/{id}/restore", "POST")
                .post(vehicles::restore)
                .resource(),
        )
        .service(
            door("/vehicles/{id}/enable", "POST")
                .post(vehicles::enable)
                .resource(),
        )
        .service(
            door("/vehicles/{id}/disable", "POST")
                .post(vehicles::disable)
                .resource(),
        )
        .service(
            door("/vehicles/{id}/status", "PATCH")
                .patch(vehicles::change_status)
                .resource(),
        )
        .service(
            door("/vehicles/{id}/position", "GET, HEAD")
                .get(vehicles::position)
                .resource(),
        )
        .service(
            door("/vehicles/{id}/state", "GET, HEAD")
                .get(vehicles::state)
                .resource(),
        )
        .service(
            door("/vehicles/{id}/mapping", "GET, HEAD")
                .get(vehicles::mapping)
                .resource(),
        )
        .service(
            door("/positions", "GET, HEAD")
                .get(vehicles::positions)
                .resource(),
        )
        .service(door("/states", "GET, HEAD").get(vehicles::states).resource())
        .service(
            door("/groups", "GET, HEAD, POST")
                .get(groups::list)
                .post(groups::create)
                .resource(),
        )
        .service(
            door("/groups/{id}", "GET, HEAD, PUT, DELETE")
                .get(groups::get)
                .put(groups::rename)
                .delete(groups::delete)
                .resource(),
        )
        .service(
            door("/groups/{id}/vehicles/{vehicleId}", "PUT, DELETE")
                .put(groups::add_vehicle)
                .delete(groups::remove_vehicle)
                .resource(),
        )
        .service(
            door("/organizations", "GET, HEAD, POST")
                .get(organizations::list)
                .post(organizations::create)
                .resource(),
        )
        .service(
            door("/organizations/{id}", "GET, HEAD, PUT, DELETE")
                .get(organizations::get)
                .put(organizations::rename)
                .delete(organizations::delete)
                .resource(),
        )
        .service(door("/auth/login", "POST").post(auth::log_in).resource())
        .service(door("/auth/refresh", "POST").post(auth::refresh).resource())
        .service(door("/auth/logout", "POST").post(auth::log_out).resource())
        .service(door("/auth/me", "GET, HEAD").get(auth::me).resource())
        .service(
            door("/auth/password", "POST")
                .post(auth::change_password)
                .resource(),
        )
        .service(door("/auth/sessions", "GET, HEAD").get(auth::sessions).resource())
        .service(
            door("/auth/sessions/{id}", "DELETE")
                .delete(auth::revoke_session)
                .resource(),
        )
        .service(
            door("/users", "GET, HEAD, POST")
                .get(users::list)
                .post(users::create)
                .resource(),
        )
        .service(
            door("/users/{id}", "GET, HEAD, PATCH, DELETE")
                .get(users::get)
                .patch(users::update)
                .delete(users::delete)
                .resource(),
        )
        .service(
            door("/grants", "GET, HEAD, POST")
                .get(grants::list)
                .post(grants::create)
                .resource(),
        )
        .service(door("/grants/{id}", "DELETE").delete(grants::delete).resource())
        .service(door("/audit", "GET, HEAD").get(audit::list).resource());
    let doors = if shows_docs {
        doors
            .service(door("/openapi.json", "GET, HEAD").get(openapi::show).resource())
            .service(
                door("/asyncapi.json", "GET, HEAD")
                    .get(move || openapi::show_asyncapi(asyncapi))
                    .resource(),
            )
    } else {
        doors
    };
    doors.default_service(web::to(no_such_path))
}

async fn no_such_path() -> Result<HttpResponse, Problem> {
    Err(Problem::no_such_path())
}

/// A resource that says which methods it has to who uses another.
struct Door {
    resource: Resource,
    allow: &'static str,
}

fn door(path: &'static str, allow: &'static str) -> Door {
    Door {
        resource: web::resource(path),
        allow,
    }
}

/// Adds a handler for a method.
macro_rules! method {
    ($($name:ident),+) => {
        $(
            fn $name<F, Args>(mut self, handler: F) -> Self
            where
                F: Handler<Args>,
                Args: actix_web::FromRequest + 'static,
                F::Output: Responder + 'static,
            {
                self.resource = self.resource.route(web::$name().to(handler));
                self
            }
        )+
    };
}

impl Door {
    /// What can be looked at can be looked at without its body.
    fn get<F, Args>(mut self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: actix_web::FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.resource = self
            .resource
            .route(web::get().to(handler.clone()))
            .route(web::head().to(handler));
        self
    }

    method!(post, put, patch, delete);

    fn resource(self) -> Resource {
        let Self { resource, allow } = self;
        resource.default_service(web::to(move || async move {
            Err::<HttpResponse, _>(Problem::not_allowed(allow))
        }))
    }
}
