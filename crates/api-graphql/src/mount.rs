//! Routes of the API.

use actix_web::web::{self, ServiceConfig};

use crate::{api::GraphqlApi, http, sockets, stream};

impl GraphqlApi {
    /// Mounts `/graphql`, `/graphql/ws` and `/graphql/stream`.
    pub fn configure(&self, config: &mut ServiceConfig) {
        config
            .app_data(web::Data::new(self.clone()))
            .service(
                web::resource("/graphql")
                    .route(web::post().to(http::post))
                    .route(web::get().to(http::get))
                    .default_service(web::to(http::not_allowed)),
            )
            .service(
                web::resource("/graphql/ws")
                    .route(web::get().to(sockets::open))
                    .default_service(web::to(sockets::not_allowed)),
            )
            .service(
                web::resource("/graphql/stream")
                    .route(web::post().to(stream::post))
                    .route(web::get().to(stream::get))
                    .default_service(web::to(http::not_allowed)),
            );
    }
}
