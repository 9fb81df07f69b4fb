//! Origins of the pages that may open sockets.

use actix_web::{HttpRequest, http::header};

use crate::{address::Scheme, site::host_of};

/// Returns `true` if a page may open a socket: its origin is the server's own or is in `allowed`, where `*` stands for
/// all. Requests without `Origin` are allowed, because clients other than browsers do not send it.
pub(crate) fn is_allowed(request: &HttpRequest, scheme: Scheme, allowed: &[String]) -> bool {
    let Some(given) = request.headers().get(header::ORIGIN) else {
        return true;
    };
    let Ok(given) = given.to_str() else { return false };
    let Some(origin) = Origin::parse(given) else {
        // Opaque origins such as `null` only match the wildcard.
        return allowed.iter().any(|allowed| allowed == "*");
    };
    let own = host_of(request).and_then(|host| Origin::own(scheme, host));
    own.is_some_and(|own| own == origin)
        || allowed
            .iter()
            .any(|allowed| allowed == "*" || Origin::parse(allowed).is_some_and(|allowed| allowed == origin))
}

/// Returns `true` if `given` is one of `origins`. The default port of a scheme is optional in both.
#[must_use]
pub fn is_one_of(given: &str, origins: &[String]) -> bool {
    Origin::parse(given).is_some_and(|given| {
        origins
            .iter()
            .any(|origin| Origin::parse(origin).is_some_and(|origin| origin == given))
    })
}

/// An origin (RFC 6454). The port is explicit even where the text omits the default port of the scheme.
#[derive(Debug, PartialEq, Eq)]
struct Origin {
    scheme: Scheme,
    host: String,
    port: u16,
}

impl Origin {
    fn parse(text: &str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return None,
        };
        Self::at(scheme, authority)
    }

    /// Returns the server's own origin. Port 443 implies HTTPS, even if no proxy reports it.
    fn own(scheme: Scheme, host: &str) -> Option<Self> {
        let own = Self::at(scheme, host)?;
        if own.port == Scheme::Https.port() {
            return Self::at(Scheme::Https, host);
        }
        Some(own)
    }

    fn at(scheme: Scheme, authority: &str) -> Option<Self> {
        let (host, port) = match authority.rsplit_once(':') {
            // The colons of an IPv6 address are inside brackets.
            Some((host, port)) if !port.contains(']') => (host, port.parse().ok()?),
            _ => (authority, scheme.port()),
        };
        Some(Self {
            scheme,
            host: host.to_ascii_lowercase(),
            port,
        })
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::no_browser(None, "h:8080", true)]
    #[case::own(Some("http://h:8080"), "h:8080", true)]
    #[case::in_capitals(Some("http://H:8080"), "h:8080", true)]
    #[case::own_of_another_scheme(Some("https://h:8080"), "h:8080", false)]
    #[case::another_port(Some("http://h:8081"), "h:8080", false)]
    #[case::the_default_port_left_out_by_the_browser(Some("http://h"), "h:80", true)]
    #[case::the_default_port_left_out_by_the_proxy(Some("http://h:80"), "h", true)]
    #[case::the_default_port_of_https(Some("https://h"), "h:443", true)]
    #[case::the_default_port_of_https_is_not_that_of_http(Some("http://h"), "h:443", false)]
    #[case::ipv6(Some("http://[::1]:8080"), "[::1]:8080", true)]
    #[case::ipv6_without_a_port(Some("http://[::1]"), "[::1]:80", true)]
    #[case::named(Some("https://screens.example"), "h:8080", true)]
    #[case::named_with_its_port(Some("https://screens.example:443"), "h:8080", true)]
    #[case::named_of_another_scheme(Some("http://screens.example"), "h:8080", false)]
    #[case::another(Some("https://evil.example"), "h:8080", false)]
    #[case::a_file(Some("null"), "h:8080", false)]
    fn only_the_servers_own_and_configured_origins_are_allowed(
        #[case] origin: Option<&str>,
        #[case] host: &str,
        #[case] expected: bool,
    ) {
        let mut request = TestRequest::get().insert_header((header::HOST, host));
        if let Some(origin) = origin {
            request = request.insert_header((header::ORIGIN, origin));
        }
        let allowed = ["https://screens.example".to_owned()];
        assert_eq!(
            is_allowed(&request.to_http_request(), Scheme::Http, &allowed),
            expected
        );
    }

    #[test]
    fn behind_tls_the_servers_own_origin_has_the_https_scheme() {
        let from = |origin| {
            let request = TestRequest::get()
                .insert_header((header::HOST, "h"))
                .insert_header((header::ORIGIN, origin));
            is_allowed(&request.to_http_request(), Scheme::Https, &[])
        };
        assert!(from("https://h") && from("https://h:443"));
        assert!(!from("http://h"));
    }
}
