//! Host names, origins and schemes, as browsers send them.

use super::{
    endpoints::{Answer, try_open_socket},
    support::Program,
    visitor::Visitor,
};

#[tokio::test(flavor = "multi_thread")]
async fn requests_for_other_hosts_are_rejected() {
    let program = &Program::serve(&[(
        "HTTP__ALLOWED_HOSTS",
        "fleet.example,other.example:8443,127.0.0.1",
    )])
    .await;
    for path in [
        "/",
        "/api/vehicles",
        "/graphql",
        "/docs/",
        "/ws",
        "/health",
        "/metrics",
        "/nothing",
    ] {
        for host in [
            "evil.example",
            "fleet.example.evil.example",
            "other.example",
            "localhost",
        ] {
            let answer = Answer::to(program.request("GET", path).header("host", host)).await;
            assert_eq!(answer.status, 421, "{path} at {host}: {answer:?}");
            assert_eq!(
                answer.header("content-type"),
                "application/problem+json",
                "{path} at {host}"
            );
            assert_eq!(
                answer.json()["requestId"],
                answer.header("x-request-id"),
                "{path} at {host}"
            );
        }
        for host in ["fleet.example", "FLEET.example:8080", "other.example:8443"] {
            let answer = Answer::to(program.request("GET", path).header("host", host)).await;
            assert_ne!(answer.status, 421, "{path} at {host}: {answer:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_with_another_scheme_has_another_origin() {
    let program = &Program::serve(&[("HTTP__TRUSTED_PROXIES", "127.0.0.1")]).await;
    let bearer = format!("Bearer {}", program.administrator().await.access);
    let own = program.url("");
    let secure = own.replacen("http", "https", 1);
    for (path, headers, is_allowed) in [
        ("/ws", vec![("origin", &*own)], true),
        ("/ws", vec![("origin", &*secure)], false),
        (
            "/ws",
            vec![("origin", &*secure), ("x-forwarded-proto", "https")],
            true,
        ),
        (
            "/ws",
            vec![("origin", &*own), ("x-forwarded-proto", "https")],
            false,
        ),
        ("/graphql/ws", vec![("origin", &*own)], true),
        ("/graphql/ws", vec![("origin", &*secure)], false),
    ] {
        let mut headers = headers;
        headers.push(("authorization", &bearer));
        if path == "/graphql/ws" {
            headers.push(("sec-websocket-protocol", "graphql-transport-ws"));
        }
        match try_open_socket(program, path, &headers).await {
            Ok(_) => assert!(is_allowed, "{path} {headers:?}"),
            Err(refusal) => assert_eq!((refusal.status, is_allowed), (403, false), "{path} {headers:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn security_headers_depend_on_the_scheme() {
    let program = &Program::serve(&[("HTTP__TRUSTED_PROXIES", "127.0.0.3")]).await;
    let (proxy, stranger) = (Visitor::at("127.0.0.3"), Visitor::at("127.0.0.4"));
    for (visitor, is_proxy) in [(&proxy, true), (&stranger, false)] {
        for path in ["/", "/api/vehicles", "/health", "/nothing"] {
            let request = visitor
                .request(program, "GET", path)
                .header("x-forwarded-proto", "https");
            let answer = Answer::to(request).await;
            let tls_only = if is_proxy { "max-age=31536000" } else { "" };
            assert_eq!(answer.header("strict-transport-security"), tls_only, "{path}");
            let sockets = if is_proxy { "wss" } else { "ws" };
            let allowed = format!("connect-src 'self' {sockets}://{};", program.address);
            let policy = answer.header("content-security-policy");
            assert!(policy.contains(&allowed), "{path}: {policy}");
        }
    }
    let evil = program
        .request("GET", "/")
        .header("host", "evil.example;script-src *");
    let answer = Answer::to(evil).await;
    assert!(
        !answer.header("content-security-policy").contains("evil"),
        "{answer:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warning_about_an_untrusted_proxy_is_logged_once() {
    let program = &Program::serve(&[]).await;
    let warning = "ignoring X-Forwarded-For";
    for _ in 0..3 {
        let log_in = Visitor::at("127.0.0.4").forwarding("198.51.100.7");
        assert_eq!(
            log_in
                .log_in(program, "nobody", "nothing to see here")
                .await
                .status,
            401
        );
    }
    super::support::until_ok("the warning", || async {
        program.log().contains(warning).then_some(())
    })
    .await;
    let log = program.log();
    assert_eq!(log.matches(warning).count(), 1, "{log}");
    assert!(log.contains("FLEETWATCH_HTTP__TRUSTED_PROXIES"), "{log}");
    assert!(log.contains("127.0.0.4"), "{log}");
}
