//! The doors below `/api`.

use std::sync::Arc;

use actix_web::{
    Handler, HttpResponse, Resource, Responder,
    dev::HttpServiceFactory,
    http::header,
    middleware::{DefaultHeaders, from_fn},
    web::{self, Data},
};
use application::Application;

use crate::{
    account, audit, auth, conditional, grants, groups, openapi, organizations, problem, problem::Problem,
    users, vehicles,
};

/// All doors below `/api`.
pub(crate) fn scope(
    app: Arc<Application>,
    shows_docs: bool,
    asyncapi: &'static str,
) -> impl HttpServiceFactory {
    let doors = web::scope("/api")
        .app_data(Data::from(app))
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
