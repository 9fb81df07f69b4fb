//! The server as a web site: its host names, and the response headers for browsers.

use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

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

/// Value of `Strict-Transport-Security`: browsers must use TLS for one year.
const TRANSPORT_SECURITY: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Maximum length of a host name (RFC 1035) with a port.
const MAX_HOST_BYTES: usize = 253 + 6;

/// A host under which the server may be addressed, with any port or only with the given one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedHost {
    name: Name,
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Name {
    /// A DNS name in lower case, or an IPv4 address.
    Text(String),
    V6(Ipv6Addr),
}

/// Error for a text that is not a valid host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a list of hosts such as fleet.example, fleet.example:8443 and [::1]")]
pub struct InvalidHost;

impl FromStr for AllowedHost {
    type Err = InvalidHost;

    fn from_str(text: &str) -> Result<Self, InvalidHost> {
        let (name, port) = without_port(text);
        let port = port
            .map(|digits| port_number(digits).ok_or(InvalidHost))
            .transpose()?;
        let name = match ipv6(name) {
            Some(address) => Name::V6(address),
            None if is_host_name(name) => Name::Text(without_root(name).to_ascii_lowercase()),
            None => return Err(InvalidHost),
        };
        Ok(Self { name, port })
    }
}

impl fmt::Display for AllowedHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Name::Text(name) => f.write_str(name)?,
            Name::V6(address) => write!(f, "[{address}]")?,
        }
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl AllowedHost {
    /// Regular expression (ECMA-262) that matches the whole of every valid text.
    pub const PATTERN: &str = "([A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*\\.?|\\[[0-9A-Fa-f:.]+\\])\
                               (:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]\
                               |6553[0-5]))?";

    fn matches(&self, host: &str) -> bool {
        let (name, port) = without_port(host);
        let is_named = match &self.name {
            Name::Text(own) => own.eq_ignore_ascii_case(without_root(name)),
            Name::V6(own) => ipv6(name).as_ref() == Some(own),
        };
        let has_port = match (self.port, port) {
            (None, _) => true,
            // Clients omit the default port of their scheme, which a proxy may not report.
            (Some(own), None | Some("")) => matches!(own, 80 | 443),
            (Some(own), Some(digits)) => port_number(digits) == Some(own),
        };
        is_named && has_port
    }
}

/// Returns `true` for a DNS name or an IPv4 address. A name whose last label is a number would be taken for an address.
#[must_use]
pub fn is_host_name(text: &str) -> bool {
    const MAX_BYTES: usize = 253;
    const MAX_LABEL_BYTES: usize = 63;
    let is_label = |label: &str| {
        (1..=MAX_LABEL_BYTES).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let name = without_root(text);
    let last = name.rsplit('.').next().unwrap_or_default();
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit());
    name.len() <= MAX_BYTES
        && name.split('.').all(is_label)
        && (!is_number || name.parse::<Ipv4Addr>().is_ok())
}

/// Returns a name without the dot at its end, which stands for the root of DNS.
fn without_root(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

/// Parses an IPv6 address in brackets.
fn ipv6(name: &str) -> Option<Ipv6Addr> {
    name.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

/// Returns a port from 1 to 65535 without leading zeros.
fn port_number(digits: &str) -> Option<u16> {
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    digits.parse().ok().filter(|_| is_number)
}

/// Returns a host without its port, and the text of the port. The colons of an IPv6 address are inside brackets.
fn without_port(host: &str) -> (&str, Option<&str>) {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, Some(port)),
        _ => (host, None),
    }
}

/// Returns `true` if a text has the length and the characters of a host, and can therefore be written into headers.
fn is_plain(host: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte);
    (1..=MAX_HOST_BYTES).contains(&host.len()) && host.bytes().all(is_plain)
}

/// The host names of the server, and the proxies in front of it.
#[derive(Debug, Clone)]
pub struct Site {
    hosts: Vec<AllowedHost>,
    proxies: TrustedProxies,
}

impl Site {
    /// Creates a site that accepts these hosts; an empty list accepts every host.
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

/// Returns the host of a request: that of an absolute target, otherwise that of the `Host` header, if there is exactly
/// one (RFC 9112, section 3.2).
pub(crate) fn host_of(request: &HttpRequest) -> Option<&str> {
    if let Some(authority) = request.uri().authority() {
        return Some(authority.as_str());
    }
    let mut hosts = request.headers().get_all(header::HOST);
    let host = hosts.next()?.to_str().ok()?;
    hosts.next().is_none().then_some(host)
}

/// Middleware that rejects requests for other hosts with 421 (RFC 9110, section 15.5.20) and adds the headers that
/// depend on the host and on TLS. It requires a [`Site`] in the application's data.
///
/// # Errors
/// Returns the errors of the inner service.
pub async fn as_site(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, Error> {
    let site = request.app_data::<Data<Site>>().cloned();
    let site = site.expect("the site is registered with the application");
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

/// Returns the default policy, extended with this host's sockets, which `'self'` does not cover in browsers released
/// before 2022.
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
    let detail = "the Host header does not name this server";
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
    #[case("fleet.example.", true)]
    #[case("fleet.example.:8443", true)]
    #[case("fleet.example..", false)]
    #[case("other.example:8443", true)]
    #[case("other.example.:8443", true)]
    #[case("rooted.example", true)]
    #[case("other.example", false)]
    #[case("other.example:80", false)]
    #[case("fleet.example.evil.example", false)]
    #[case("[::1]", true)]
    #[case("[::1]:8080", true)]
    #[case("[0:0::1]", true)]
    #[case("[::2]", false)]
    #[case("::1", false)]
    #[case("secure.example", true)]
    #[case("secure.example:443", true)]
    #[case("secure.example:80", false)]
    #[case("fleet.example:", true)]
    #[case("", false)]
    fn a_host_is_allowed_by_its_name_or_with_its_port(#[case] host: &str, #[case] expected: bool) {
        let hosts = [
            "fleet.example",
            "other.example:8443",
            "[0:0:0:0:0:0:0:1]",
            "secure.example:443",
            "rooted.example.",
        ];
        let hosts = hosts.map(|host| host.parse().expect("a host")).to_vec();
        let site = Site::new(hosts, TrustedProxies::default());
        let request = TestRequest::get()
            .insert_header((header::HOST, host))
            .to_http_request();
        assert_eq!(site.admits(&request), expected);
    }

    #[test]
    fn the_target_takes_precedence_and_two_host_headers_are_ignored() {
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
    #[case("::1")]
    #[case("::1:8443")]
    #[case("[::1")]
    #[case("[localhost]")]
    #[case("fleet.example:")]
    #[case("fleet.example:0")]
    #[case("fleet.example:080")]
    #[case("fleet.example:+80")]
    #[case("fleet.example:65536")]
    #[case("fleet..example")]
    #[case(".example")]
    #[case("1.2.3")]
    #[case("10.0.0.256")]
    #[case("")]
    #[case(".")]
    fn invalid_hosts_are_rejected(#[case] text: &str) {
        assert_eq!(text.parse::<AllowedHost>(), Err(InvalidHost));
    }

    #[rstest]
    #[case("Fleet.example", "fleet.example")]
    #[case("fleet_1.example.:8443", "fleet_1.example:8443")]
    #[case("10.0.0.7:80", "10.0.0.7:80")]
    #[case("[FD00::0:7]:65535", "[fd00::7]:65535")]
    fn valid_hosts_are_shown_in_one_form(#[case] text: &str, #[case] shown: &str) {
        let host: AllowedHost = text.parse().expect("a host");
        assert_eq!(host.to_string(), shown);
    }
}
