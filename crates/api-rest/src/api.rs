//! Routes of the endpoints below `/api`.

use std::sync::Arc;

use actix_web::{
    FromRequest, Handler, HttpRequest, HttpResponse, Resource, Responder,
    dev::HttpServiceFactory,
    http::header,
    middleware::{DefaultHeaders, from_fn},
    web::{self, Data},
};
use application::Application;
use futures::{FutureExt as _, future::LocalBoxFuture};

use crate::{
    account, audit, auth, cache, conditional, dead_letters, grants, groups, log_level, openapi,
    organizations, parameters, problem, problem::Problem, users, vehicles,
};

pub(crate) fn scope(
    app: Arc<Application>,
    shows_docs: bool,
    asyncapi: &'static str,
) -> impl HttpServiceFactory {
    let endpoints = web::scope("/api")
        .app_data(Data::from(app))
        .wrap(from_fn(conditional::unless_known))
        .wrap(from_fn(account::on_account))
        .wrap(from_fn(problem::as_problems))
        // A response depends on the caller's current rights, so no cache may keep it (RFC 9111, section 5.2.2.5).
        .wrap(DefaultHeaders::new().add((header::CACHE_CONTROL, "no-store")))
        .service(
            endpoint("/vehicles", "GET, HEAD, POST")
                .get_with_query(vehicles::list)
                .post(vehicles::create)
                .resource(),
        )
        .service(
            endpoint("/vehicles/export", "GET, HEAD")
                .get_with_query(vehicles::export)
                .resource(),
        )
        .service(
            endpoint("/vehicles/near", "GET, HEAD")
                .get_with_query(vehicles::near)
                .resource(),
        )
        .service(
            endpoint("/vehicles/import", "POST")
                .post_with_query(vehicles::import)
                .resource(),
        )
        .service(
            endpoint("/vehicles/{id}", "GET, HEAD, PUT, DELETE")
                .get(vehicles::get)
                .put(vehicles::update)
                .delete(vehicles::delete)
                .resource(),
        )
        .service(
            endpoint("/vehicles/{id}/restore", "POST")
                .post(vehicles::restore)
                .resource(),
        )
        .service(
            endpoint("/vehicles/{id}/enable", "POST")
                .post(vehicles::enable)
                .resource(),
        )
        .service(
            endpoint("/vehicles/{id}/disable", "POST")
                .post(vehicles::disable)
                .resource(),
        )
        .service(
            endpoint("/vehicles/{id}/status", "PATCH")
                .patch(vehicles::change_status)
                .resource(),
        )
        .service(
            endpoint("/vehicles/{id}/position", "GET, HEAD")
                .get(vehicles::position)
                .resource(),
        )
        .service(
            endpoint("/vehicles/{id}/state", "GET, HEAD")
                .get(vehicles::state)
                .resource(),
        )
        .service(
            endpoint("/vehicles/{id}/mapping", "GET, HEAD")
                .get(vehicles::mapping)
                .resource(),
        )
        .service(
            endpoint("/positions", "GET, HEAD")
                .get_with_query(vehicles::positions)
                .resource(),
        )
        .service(
            endpoint("/states", "GET, HEAD")
                .get_with_query(vehicles::states)
                .resource(),
        )
        .service(
            endpoint("/groups", "GET, HEAD, POST")
                .get_with_query(groups::list)
                .post(groups::create)
                .resource(),
        )
        .service(
            endpoint("/groups/{id}", "GET, HEAD, PUT, DELETE")
                .get(groups::get)
                .put(groups::rename)
                .delete(groups::delete)
                .resource(),
        )
        .service(
            endpoint("/groups/{id}/vehicles/{vehicleId}", "PUT, DELETE")
                .put(groups::add_vehicle)
                .delete(groups::remove_vehicle)
                .resource(),
        )
        .service(
            endpoint("/organizations", "GET, HEAD, POST")
                .get_with_query(organizations::list)
                .post(organizations::create)
                .resource(),
        )
        .service(
            endpoint("/organizations/{id}", "GET, HEAD, PUT, DELETE")
                .get(organizations::get)
                .put(organizations::rename)
                .delete(organizations::delete)
                .resource(),
        )
        .service(endpoint("/auth/login", "POST").post(auth::log_in).resource())
        .service(endpoint("/auth/refresh", "POST").post(auth::refresh).resource())
        .service(endpoint("/auth/logout", "POST").post(auth::log_out).resource())
        .service(endpoint("/auth/me", "GET, HEAD").get(auth::me).resource())
        .service(
            endpoint("/auth/password", "POST")
                .post(auth::change_password)
                .resource(),
        )
        .service(
            endpoint("/auth/sessions", "GET, HEAD")
                .get(auth::sessions)
                .resource(),
        )
        .service(
            endpoint("/auth/sessions/{id}", "DELETE")
                .delete(auth::revoke_session)
                .resource(),
        )
        .service(
            endpoint("/users", "GET, HEAD, POST")
                .get_with_query(users::list)
                .post(users::create)
                .resource(),
        )
        .service(
            endpoint("/users/{id}", "GET, HEAD, PATCH, DELETE")
                .get(users::get)
                .patch(users::update)
                .delete(users::delete)
                .resource(),
        )
        .service(
            endpoint("/grants", "GET, HEAD, POST")
                .get_with_query(grants::list)
                .post(grants::create)
                .resource(),
        )
        .service(
            endpoint("/grants/{id}", "DELETE")
                .delete(grants::delete)
                .resource(),
        )
        .service(
            endpoint("/audit", "GET, HEAD")
                .get_with_query(audit::list)
                .resource(),
        )
        .service(
            endpoint("/dead-letters", "GET, HEAD, DELETE")
                .get_with_query(dead_letters::list)
                .delete_with_query(dead_letters::drop_batch)
                .resource(),
        )
        .service(
            endpoint("/dead-letters/replay", "POST")
                .post_with_query(dead_letters::replay_batch)
                .resource(),
        )
        .service(
            endpoint("/dead-letters/{id}", "GET, HEAD, DELETE")
                .get(dead_letters::get)
                .delete(dead_letters::discard)
                .resource(),
        )
        .service(
            endpoint("/dead-letters/{id}/replay", "POST")
                .post(dead_letters::replay)
                .resource(),
        )
        .service(endpoint("/cache", "DELETE").delete(cache::clear).resource())
        .service(
            endpoint("/log-level", "GET, HEAD, PUT")
                .get(log_level::get)
                .put(log_level::change)
                .resource(),
        );
    let endpoints = if shows_docs {
        endpoints
            .service(
                endpoint("/openapi.json", "GET, HEAD")
                    .get(openapi::show)
                    .resource(),
            )
            .service(
                endpoint("/asyncapi.json", "GET, HEAD")
                    .get(move || openapi::show_asyncapi(asyncapi))
                    .resource(),
            )
    } else {
        endpoints
    };
    endpoints.default_service(web::to(no_such_path))
}

async fn no_such_path() -> Result<HttpResponse, Problem> {
    Err(Problem::no_such_path())
}

/// A resource that returns 405 with an `Allow` header for methods without a handler, and 422 for query parameters that
/// a handler does not know.
struct Endpoint {
    resource: Resource,
    allow: &'static str,
}

fn endpoint(path: &'static str, allow: &'static str) -> Endpoint {
    Endpoint {
        resource: web::resource(path),
        allow,
    }
}

/// Wraps a handler that has no query parameters. All parameters are rejected once the extractors of the handler have
/// authenticated the caller. If they were ignored, a client could believe that they had an effect.
fn without_query<F, Args>(
    handler: F,
) -> impl Fn(HttpRequest, Args) -> LocalBoxFuture<'static, Result<F::Output, Problem>> + Clone + 'static
where
    F: Handler<Args>,
    Args: 'static,
{
    move |request: HttpRequest, arguments: Args| {
        let handler = handler.clone();
        async move {
            parameters::none(&request)?;
            Ok::<_, Problem>(handler.call(arguments).await)
        }
        .boxed_local()
    }
}

/// Defines builder methods for an HTTP method: one that adds a handler without query parameters, and one that adds a
/// handler that checks all query parameters itself.
macro_rules! method {
    ($($method:ident: $name:ident, $with_query:ident;)+) => {
        $(
            fn $name<F, Args>(self, handler: F) -> Self
            where
                F: Handler<Args>,
                Args: FromRequest + 'static,
                F::Output: Responder + 'static,
            {
                self.$with_query::<_, (HttpRequest, Args)>(without_query::<F, Args>(handler))
            }

            fn $with_query<F, Args>(mut self, handler: F) -> Self
            where
                F: Handler<Args>,
                Args: FromRequest + 'static,
                F::Output: Responder + 'static,
            {
                self.resource = self.resource.route(web::$method().to(handler));
                self
            }
        )+
    };
}

impl Endpoint {
    /// Adds a handler without query parameters for GET and HEAD. actix omits the body of responses to HEAD.
    fn get<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.get_with_query::<_, (HttpRequest, Args)>(without_query::<F, Args>(handler))
    }

    /// Adds a handler that checks all query parameters itself, for GET and HEAD.
    fn get_with_query<F, Args>(mut self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.resource = self
            .resource
            .route(web::get().to(handler.clone()))
            .route(web::head().to(handler));
        self
    }

    method! {
        post: post, post_with_query;
        put: put, put_with_query;
        patch: patch, patch_with_query;
        delete: delete, delete_with_query;
    }

    fn resource(self) -> Resource {
        let Self { resource, allow } = self;
        resource.default_service(web::to(move || async move {
            Err::<HttpResponse, _>(Problem::not_allowed(allow))
        }))
    }
}
