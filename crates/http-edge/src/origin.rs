//! Which pages may open sockets.

use actix_web::{HttpRequest, http::header};

use crate::{address::Scheme, site::host_of};

/// Whether a browser's page may open a socket: pages of this server itself, and of the origins that the
/// configuration names (`*` for all). Clients other than browsers send no `Origin` and are not asked.
pub(crate) fn is_allowed(request: &HttpRequest, scheme: Scheme, allowed: &[String]) -> bool {
    let Some(given) = request.headers().get(header::ORIGIN) else {
        return true;
    };
    let Ok(given) = given.to_str() else { return false };
    let Some(origin) = Origin::parse(given) else {
        return allowed.iter().any(|allowed| allowed == "*");
    };
    let own = host_of(request).and_then(|host| Origin::own(scheme, host));
    own.is_some_and(|own| own == origin)
        || allowed
            .iter()
            .any(|allowed| allowed == "*" || Origin::parse(allowed).is_some_and(|allowed| allowed == origin))
}

/// An origin (RFC 6454): with a port whether or not it is the scheme's own, which may be left out in texts.
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

    /// The server's own. A host with the port of HTTPS is one of HTTPS, even if no proxy says so.
    fn own(scheme: Scheme, host: &str) -> Option<Self> {
        let own = Self::at(scheme, host)?;
        if own.port == Scheme::Https.port() {
            return Self::at(Scheme::Https, host);
        }
        Some(own)
    }

    fn at(scheme: Scheme, authority: &str) -> Option<Self> {
        let (host, port) = match authority.rsplit_once(':') {
            // The colons of an IPv6 address stand in brackets.
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
    fn only_own_and_named_origins_may_come_in(
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
    fn behind_tls_the_own_origin_is_one_of_https() {
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
