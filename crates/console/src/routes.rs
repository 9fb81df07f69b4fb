//! Routes of the pages. Browsers revalidate the files on each visit, and only receive those that have changed.

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse, guard,
    http::header::{self, AcceptEncoding, ContentEncoding, ETag, Encoding, EntityTag, IfNoneMatch},
    web,
};

use crate::{asset::Asset, graphiql, screen, shared};

/// Serves the screen at `/`, and its files and the shared files under `/assets/`, for GET and HEAD.
pub fn serve_screen(config: &mut web::ServiceConfig) {
    mount(config, screen::ASSETS);
    mount(config, shared::ASSETS);
}

/// Serves the GraphQL page at `/graphiql`, for GET and HEAD. It depends on the shared files, which [`serve_screen`]
/// serves.
pub fn serve_graphiql(config: &mut web::ServiceConfig) {
    mount(config, graphiql::ASSETS);
}

fn mount(config: &mut web::ServiceConfig, assets: &'static [Asset]) {
    for asset in assets {
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
    if !asset.compressed.is_empty() {
        response.insert_header((header::VARY, "accept-encoding"));
    }
    // Also sent with 304, because browsers update the stored headers from this response.
    if let Some(policy) = asset.content_policy {
        response.insert_header((header::CONTENT_SECURITY_POLICY, policy));
    }
    if unchanged {
        return response.finish();
    }
    let (encoding, body) = best_copy(asset, request);
    if encoding != ContentEncoding::Identity {
        response.insert_header(encoding);
    }
    response.content_type(asset.content_type).body(body)
}

/// Returns the copy whose encoding the client prefers: the first one, which is the smallest, among equally preferred
/// ones. If the client prefers no compression, or accepts none of the encodings, returns the uncompressed body.
fn best_copy(asset: &Asset, request: &HttpRequest) -> (ContentEncoding, &'static [u8]) {
    let copies = || asset.compressed.iter().copied();
    let known: Vec<_> = copies().map(|(encoding, _)| Encoding::Known(encoding)).collect();
    let liked = request
        .get_header::<AcceptEncoding>()
        .and_then(|accepted| accepted.negotiate(known.iter().chain([&Encoding::identity()])));
    copies()
        .find(|(encoding, _)| liked == Some(Encoding::Known(*encoding)))
        .unwrap_or((ContentEncoding::Identity, asset.body))
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

    type Answer = (StatusCode, header::HeaderMap, Vec<u8>);

    async fn get_of(assets: &'static [Asset], path: &str, name: header::HeaderName, value: &str) -> Answer {
        get_from(|config| mount(config, assets), path, name, value).await
    }

    async fn get_from(
        served: impl FnOnce(&mut web::ServiceConfig),
        path: &str,
        name: header::HeaderName,
        value: &str,
    ) -> Answer {
        let app = test::init_service(App::new().configure(served)).await;
        let request = test::TestRequest::get().uri(path).insert_header((name, value));
        let response = test::call_service(&app, request.to_request()).await;
        let (status, headers) = (response.status(), response.headers().clone());
        (status, headers, test::read_body(response).await.to_vec())
    }

    async fn get(path: &str, known: Option<&str>) -> (StatusCode, header::HeaderMap, String) {
        let known = known.unwrap_or("W/\"of an older release\"");
        let (status, headers, body) = get_from(serve_screen, path, header::IF_NONE_MATCH, known).await;
        (status, headers, String::from_utf8(body).unwrap())
    }

    #[rstest]
    #[case("/", "text/html; charset=utf-8", "<!doctype html>")]
    #[case("/assets/style.css", "text/css; charset=utf-8", "body")]
    #[case("/assets/app.js", "text/javascript; charset=utf-8", "//")]
    #[case("/assets/commands.js", "text/javascript; charset=utf-8", "//")]
    #[case("/assets/dom.js", "text/javascript; charset=utf-8", "//")]
    #[case("/assets/list.js", "text/javascript; charset=utf-8", "//")]
    #[case("/assets/live.js", "text/javascript; charset=utf-8", "//")]
    #[case("/assets/map.js", "text/javascript; charset=utf-8", "//")]
    #[case("/assets/shapes.js", "text/javascript; charset=utf-8", "/**")]
    #[case("/assets/view.js", "text/javascript; charset=utf-8", "//")]
    #[case("/assets/words.js", "text/javascript; charset=utf-8", "//")]
    #[case("/assets/session.js", "text/javascript; charset=utf-8", "//")]
    #[case("/assets/login.js", "text/javascript; charset=utf-8", "//")]
    #[case("/assets/page.css", "text/css; charset=utf-8", "/*")]
    #[case("/assets/icon.svg", "image/svg+xml", "<svg")]
    #[actix_web::test]
    async fn each_file_has_its_media_type(#[case] path: &str, #[case] media: &str, #[case] beginning: &str) {
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
    async fn all_files_of_the_graphql_page_are_served() {
        for assets in graphiql::tests::variants() {
            for asset in assets {
                let (status, headers, body) = get_of(assets, asset.path, header::ACCEPT, "*/*").await;
                assert_eq!(status, StatusCode::OK, "{}", asset.path);
                assert_eq!(headers.get(header::CONTENT_TYPE).unwrap(), asset.content_type);
                assert_eq!(headers.get(header::CACHE_CONTROL).unwrap(), "no-cache");
                assert!(headers.contains_key(header::ETAG));
                assert!(!headers.contains_key(header::CONTENT_ENCODING));
                assert!(body == asset.body, "{}", asset.path);
            }
        }
    }

    #[actix_web::test]
    async fn the_graphql_page_has_a_strict_policy_even_if_it_is_unchanged() {
        for assets in graphiql::tests::variants() {
            let tag = assets[0].entity_tag().to_string();
            for (known, expected) in [("W/\"old\"", StatusCode::OK), (&tag, StatusCode::NOT_MODIFIED)] {
                let (status, headers, _) = get_of(assets, "/graphiql", header::IF_NONE_MATCH, known).await;
                assert_eq!(status, expected);
                let policy = headers.get(header::CONTENT_SECURITY_POLICY).unwrap();
                let policy = policy.to_str().unwrap();
                assert!(
                    policy.starts_with("default-src 'none'; script-src 'self';"),
                    "{policy}"
                );
                assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
            }
        }
    }

    const COMPRESSED: &[Asset] = &[Asset::new("/x", "text/plain", b"as it is").with_compressed(&[
        (ContentEncoding::Brotli, b"by brotli"),
        (ContentEncoding::Gzip, b"by gzip"),
    ])];

    #[rstest]
    #[case("", None, "as it is")]
    #[case("identity", None, "as it is")]
    #[case("gzip", Some("gzip"), "by gzip")]
    #[case("gzip, deflate, br, zstd", Some("br"), "by brotli")]
    #[case("gzip;q=1, br;q=0.5", Some("gzip"), "by gzip")]
    #[case("br;q=0, gzip;q=0.1", Some("gzip"), "by gzip")]
    #[case("zstd", None, "as it is")]
    #[case("identity;q=0, zstd", None, "as it is")]
    #[actix_web::test]
    async fn the_preferred_compressed_copy_is_sent(
        #[case] accepted: &str,
        #[case] encoding: Option<&str>,
        #[case] body: &str,
    ) {
        let (status, headers, sent) = get_of(COMPRESSED, "/x", header::ACCEPT_ENCODING, accepted).await;
        assert_eq!((status, sent.as_slice()), (StatusCode::OK, body.as_bytes()));
        assert_eq!(headers.get(header::VARY).unwrap(), "accept-encoding");
        let sent_by = headers
            .get(header::CONTENT_ENCODING)
            .map(|name| name.to_str().unwrap());
        assert_eq!(sent_by, encoding);
    }

    #[actix_web::test]
    async fn other_methods_and_paths_are_rejected() {
        let app = test::init_service(App::new().configure(serve_screen).configure(serve_graphiql)).await;
        for (method, path, status) in [
            (Method::POST, "/", StatusCode::METHOD_NOT_ALLOWED),
            (Method::POST, "/graphiql", StatusCode::METHOD_NOT_ALLOWED),
            (Method::GET, "/graphiql/package.json", StatusCode::NOT_FOUND),
            (Method::GET, "/assets/../Cargo.toml", StatusCode::NOT_FOUND),
            (Method::GET, "/assets/", StatusCode::NOT_FOUND),
        ] {
            let request = test::TestRequest::with_uri(path).method(method).to_request();
            assert_eq!(test::call_service(&app, request).await.status(), status, "{path}");
        }
    }

    /// Uses a real connection, because only the connection omits the body.
    #[rstest]
    #[case("/", &screen::ASSETS[0])]
    #[case("/graphiql", &graphiql::ASSETS[0])]
    #[actix_web::test]
    async fn head_returns_only_the_headers(#[case] path: &'static str, #[case] asset: &'static Asset) {
        let server = HttpServer::new(|| App::new().configure(serve_screen).configure(serve_graphiql))
            .workers(1)
            .bind(("127.0.0.1", 0))
            .unwrap();
        let address = server.addrs()[0];
        let server = server.run();
        let handle = server.handle();
        let running = actix_web::rt::spawn(server);
        let answer = web::block(move || {
            let mut socket = TcpStream::connect(address).unwrap();
            write!(
                socket,
                "HEAD {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
            )
            .unwrap();
            let mut answer = String::new();
            socket.read_to_string(&mut answer).unwrap();
            answer
        });
        let answer = answer.await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
        assert!(
            answer.contains(&format!("content-length: {}", asset.body.len())),
            "{answer}"
        );
        assert!(answer.ends_with("\r\n\r\n"), "{answer}");
        handle.stop(false).await;
        running.await.unwrap().unwrap();
    }
}
