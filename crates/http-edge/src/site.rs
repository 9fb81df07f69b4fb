//! The server as a web site: by which names it may be called, and what browsers are to make of its answers.

use std::{fmt, str::FromStr};

use actix_web::{
    Error, FromRequest as _, HttpRequest, HttpResponse,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
    middleware::Next,
    web::Data,
};
use observability::http::{CONTENT_POLICY, RequestId};

use crate::{
    address::{Scheme, TrustedProxies},
    problem_details::ProblemDetails,
};

/// How long a browser is to use TLS only: a year.
const TRANSPORT_SECURITY: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// The longest name of a host (RFC 1035), and a port.
const MAX_HOST_BYTES: usize = 253 + 6;

/// A name that the server may be called by: a host, which stands for all of its ports, or a host with a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedHost(String);

/// A text that is no host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a list of hosts such as fleet.example or fleet.example:8443")]
pub struct InvalidHost;

impl FromStr for AllowedHost {
    type Err = InvalidHost;

    fn from_str(text: &str) -> Result<Self, InvalidHost> {
        let is_host = is_plain(text) && !without_port(text).is_empty();
        is_host
            .then(|| Self(text.to_ascii_lowercase()))
            .ok_or(InvalidHost)
    }
}

impl fmt::Display for AllowedHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AllowedHost {
    fn matches(&self, host: &str) -> bool {
        self.0.eq_ignore_ascii_case(host) || self.0.eq_ignore_ascii_case(without_port(host))
    }
}

/// A host without its port. The colons of an IPv6 address stand in brackets.
fn without_port(host: &str) -> &str {
    let port = host.rfind(':').filter(|colon| !host[*colon..].contains(']'));
    port.map_or(host, |colon| &host[..colon])
}

/// Whether a text can be a host: it is written into headers and nothing else can.
fn is_plain(host: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte);
    (1..=MAX_HOST_BYTES).contains(&host.len()) && host.bytes().all(is_plain)
}

/// What the server is called, and how it is reached.
#[derive(Debug, Clone)]
pub struct Site {
    hosts: Vec<AllowedHost>,
    proxies: TrustedProxies,
}

impl Site {
    /// By these names; by any when there are none.
    #[must_use]
    pub fn new(hosts: Vec<AllowedHost>, proxies: TrustedProxies) -> Self {
        Self { hosts, proxies }
    }

    fn admits(&self, request: &HttpRequest) -> bool {
        if self.hosts.is_empty() {
            return true;
        }
        host_of(request).is_some_and(|host| self.hosts.iter().any(|allowed| allowed.matches(host)))
    }
}

/// The host that a request is for: that of an absolute target, else that of the one `Host` header
/// (RFC 9112, section 3.2).
pub(crate) fn host_of(request: &HttpRequest) -> Option<&str> {
    if let Some(authority) = request.uri().authority() {
        return Some(authority.as_str());
    }
    let mut hosts = request.headers().get_all(header::HOST);
    let host = hosts.next()?.to_str().ok()?;
    hosts.next().is_none().then_some(host)
}

/// Middleware that answers requests for other hosts with 421 (RFC 9110, section 15.5.20), and adds the headers for
/// browsers that depend on the host and on TLS. It needs a [`Site`] among the application's data.
///
/// # Errors
/// Those of what is inside.
pub async fn as_site(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, Error> {
    let site = request.app_data::<Data<Site>>().cloned();
    let site = site.expect("the application was made with it");
    let scheme = site.proxies.scheme(request.request());
    let policy = host_of(request.request())
        .filter(|host| is_plain(host))
        .and_then(|host| policy_with_sockets(scheme, host));
    if !site.admits(request.request()) {
        let Ok(id) = RequestId::extract(request.request()).await;
        return Ok(request.into_response(misdirected(&id)).map_into_right_body());
    }
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    if scheme == Scheme::Https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, TRANSPORT_SECURITY);
    }
    if let Some(policy) = policy.filter(|_| !headers.contains_key(header::CONTENT_SECURITY_POLICY)) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response.map_into_left_body())
}

/// The policy of all answers, with the sockets of this host: `'self'` does not include them in browsers before 2022.
fn policy_with_sockets(scheme: Scheme, host: &str) -> Option<HeaderValue> {
    let sockets = match scheme {
        Scheme::Http => "ws",
        Scheme::Https => "wss",
    };
    let policy = CONTENT_POLICY.replace(
        "connect-src 'self'",
        &format!("connect-src 'self' {sockets}://{host}"),
    );
    HeaderValue::from_str(&policy).ok()
}

fn misdirected(id: &RequestId) -> HttpResponse {
    let detail = "this server is not called by the name in the header Host";
    ProblemDetails::new(StatusCode::MISDIRECTED_REQUEST, detail, id).respond()
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("fleet.example", true)]
    #[case("FLEET.example", true)]
    #[case("fleet.example:8443", true)]
    #[case("other.example:8443", true)]
    #[case("other.example", false)]
    #[case("other.example:80", false)]
    #[case("fleet.example.evil.example", false)]
    #[case("[::1]", true)]
    #[case("[::1]:8080", true)]
    #[case("[::2]", false)]
    #[case("", false)]
    fn a_host_is_allowed_by_its_name_or_with_its_port(#[case] host: &str, #[case] expected: bool) {
        let hosts = ["fleet.example", "other.example:8443", "[::1]"];
        let hosts = hosts.map(|host| host.parse().expect("a host")).to_vec();
        let site = Site::new(hosts, TrustedProxies::default());
        let request = TestRequest::get()
            .insert_header((header::HOST, host))
            .to_http_request();
        assert_eq!(site.admits(&request), expected);
    }

    #[test]
    fn the_target_counts_for_more_than_the_header_and_two_headers_for_nothing() {
        let absolute = TestRequest::get()
            .uri("http://evil.example/")
            .insert_header((header::HOST, "fleet.example"))
            .to_http_request();
        assert_eq!(host_of(&absolute), Some("evil.example"));
        let twice = TestRequest::get()
            .append_header((header::HOST, "fleet.example"))
            .append_header((header::HOST, "evil.example"))
            .to_http_request();
        assert_eq!(host_of(&twice), None);
    }

    #[rstest]
    #[case("fleet.example/path")]
    #[case("https://fleet.example")]
    #[case("fleet example")]
    #[case(":8443")]
    #[case("")]
    fn what_is_no_host_is_refused(#[case] text: &str) {
        assert_eq!(text.parse::<AllowedHost>(), Err(InvalidHost));
    }
}
