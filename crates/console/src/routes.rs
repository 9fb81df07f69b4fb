//! The screen's files over HTTP: revalidated on each visit, sent only when they changed.

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse, guard,
    http::header::{self, ETag, EntityTag, IfNoneMatch},
    web,
};

use crate::asset::{ASSETS, Asset};

/// Serves the screen at `/` and its files under `/assets/`, for GET and HEAD.
pub fn configure(config: &mut web::ServiceConfig) {
    for asset in ASSETS {
        let tag = asset.entity_tag();
        let serve = move |request: HttpRequest| {
            let response = respond(asset, &tag, &request);
            async move { response }
        };
        let get_or_head = guard::Any(guard::Get()).or(guard::Head());
        config.service(web::resource(asset.path).route(web::route().guard(get_or_head).to(serve)));
    }
}

fn respond(asset: &Asset, tag: &EntityTag, request: &HttpRequest) -> HttpResponse {
    let unchanged = match request.get_header::<IfNoneMatch>() {
        Some(IfNoneMatch::Any) => true,
        Some(IfNoneMatch::Items(known)) => known.iter().any(|one| one.weak_eq(tag)),
        None => false,
    };
    let mut response = if unchanged {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header(ETag(tag.clone()))
        .insert_header((header::CACHE_CONTROL, "no-cache"));
    if unchanged {
        response.finish()
    } else {
        response.content_type(asset.content_type).body(asset.body)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::TcpStream,
    };

    use actix_web::{
        App, HttpServer,
        http::{Method, StatusCode},
        test,
    };
    use rstest::rstest;

    use super::*;

    async fn get(path: &str, known: Option<&str>) -> (StatusCode, header::HeaderMap, String) {
        let app = test::init_service(App::new().configure(configure)).await;
        let mut request = test::TestRequest::get().uri(path);
        if let Some(tag) = known {
            request = request.insert_header((header::IF_NONE_MATCH, tag));
        }
        let response = test::call_service(&app, request.to_request()).await;
        let (status, headers) = (response.status(), response.headers().clone());
        (
            status,
            headers,
            String::from_utf8(test::read_body(response).await.to_vec()).unwrap(),
        )
    }

    #[rstest]
    #[case("/", "text/html; charset=utf-8", "<!doctype html>")]
    #[case("/assets/style.css", "text/css; charset=utf-8", ":root")]
    #[case("/assets/app.js", "text/javascript; charset=utf-8", "//")]
    #[case("/assets/live.js", "text/javascript; charset=utf-8", "//")]
    #[case("/assets/map.js", "text/javascript; charset=utf-8", "//")]
    #[case("/assets/icon.svg", "image/svg+xml", "<svg")]
    #[actix_web::test]
    async fn each_file_comes_with_its_type(#[case] path: &str, #[case] media: &str, #[case] beginning: &str) {
        let (status, headers, body) = get(path, None).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(headers.get(header::CONTENT_TYPE).unwrap(), media);
        assert_eq!(headers.get(header::CACHE_CONTROL).unwrap(), "no-cache");
        assert!(body.starts_with(beginning));
    }

    #[actix_web::test]
    async fn an_unchanged_file_is_not_sent_again() {
        let (_, headers, _) = get("/", None).await;
        let tag = headers.get(header::ETAG).unwrap().to_str().unwrap();
        let (status, headers, body) = get("/", Some(tag)).await;
        assert_eq!((status, body.as_str()), (StatusCode::NOT_MODIFIED, ""));
        assert_eq!(headers.get(header::ETAG).unwrap(), tag);
    }

    #[actix_web::test]
    async fn a_changed_file_is_sent() {
        let (status, _, body) = get("/", Some("W/\"of an older release\"")).await;
        assert_eq!(status, StatusCode::OK);
        assert!(!body.is_empty());
    }

    #[actix_web::test]
    async fn other_methods_and_paths_are_refused() {
        let app = test::init_service(App::new().configure(configure)).await;
        for (method, path, status) in [
            (Method::POST, "/", StatusCode::METHOD_NOT_ALLOWED),
            (Method::GET, "/assets/../Cargo.toml", StatusCode::NOT_FOUND),
            (Method::GET, "/assets/", StatusCode::NOT_FOUND),
        ] {
            let request = test::TestRequest::with_uri(path).method(method).to_request();
            assert_eq!(test::call_service(&app, request).await.status(), status, "{path}");
        }
    }

    /// Through a real connection, since it is the connection that leaves the body out.
    #[actix_web::test]
    async fn head_gives_the_headers_alone() {
        let server = HttpServer::new(|| App::new().configure(configure))
            .workers(1)
            .bind(("127.0.0.1", 0))
            .unwrap();
        let address = server.addrs()[0];
        let server = server.run();
        let handle = server.handle();
        let running = actix_web::rt::spawn(server);
        let answer = web::block(move || {
            let mut socket = TcpStream::connect(address).unwrap();
            socket
                .write_all(b"HEAD / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
                .unwrap();
            let mut answer = String::new();
            socket.read_to_string(&mut answer).unwrap();
            answer
        });
        let answer = answer.await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
        assert!(
            answer.contains(&format!("content-length: {}", ASSETS[0].body.len())),
            "{answer}"
        );
        assert!(answer.ends_with("\r\n\r\n"), "{answer}");
        handle.stop(false).await;
        running.await.unwrap().unwrap();
    }
}
