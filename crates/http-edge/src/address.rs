//! The address of a client, and the scheme with which it reaches the server, also behind trusted proxies.

use std::{net::IpAddr, sync::Arc};

use actix_web::{
    HttpRequest,
    http::header::{self, HeaderMap, HeaderName},
};
use ipnet::IpNet;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Scheme of the URL with which a client reaches this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
}

impl Scheme {
    pub(crate) const fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// Networks of the proxies whose forwarding headers are trusted.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Arc<[IpNet]>);

impl TrustedProxies {
    #[must_use]
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks.into())
    }

    pub(crate) fn trust(&self, address: IpAddr) -> bool {
        self.0
            .iter()
            .any(|network| network.contains(&address.to_canonical()))
    }

    /// Returns the scheme with which the client reached the site: the one in the last `X-Forwarded-Proto` if the peer
    /// is a trusted proxy, otherwise HTTP, because the server itself does not support TLS.
    pub(crate) fn scheme(&self, request: &HttpRequest) -> Scheme {
        let is_trusted = request.peer_addr().is_some_and(|peer| self.trust(peer.ip()));
        let said = request.headers().get_all(FORWARDED_PROTO).last();
        let said = said.filter(|_| is_trusted).and_then(|value| value.to_str().ok());
        // Each proxy appends its value unless it replaces the earlier ones, so only the last value is trustworthy.
        let last = said.and_then(|said| said.rsplit(',').next()).map(str::trim);
        match last {
            Some(last) if last.eq_ignore_ascii_case("https") => Scheme::Https,
            _ => Scheme::Http,
        }
    }

    /// Returns `true` if forwarding headers are ignored because the peer is not trusted: it is a proxy missing from the
    /// configuration, or a client that forges them.
    pub(crate) fn passes_over(&self, peer: IpAddr, headers: &HeaderMap) -> bool {
        let speaks = headers.contains_key(FORWARDED_FOR) || headers.contains_key(header::FORWARDED);
        speaks && !self.trust(peer)
    }

    /// Returns the client's address: the peer's or, if the peer is a trusted proxy, the last address in
    /// `X-Forwarded-For` that is not a trusted proxy. Each proxy appends the address of its own client, so everything
    /// before that address may be forged. If there is none, returns that of the most distant trusted proxy.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.trust(peer) {
            return peer;
        }
        let hops: Vec<&str> = headers
            .get_all(FORWARDED_FOR)
            .flat_map(|value| value.to_str().unwrap_or_default().split(','))
            .map(str::trim)
            .collect();
        let mut client = peer;
        for hop in hops.into_iter().rev() {
            // Proxies only append addresses, so whatever precedes another value cannot be trusted.
            let Some(address) = address_of(hop) else { break };
            client = address;
            if !self.trust(client) {
                break;
            }
        }
        client
    }
}

/// Parses an address in a form that proxies use: with or without a port. An IPv6 address may be bracketed, and must be
/// if it has a port.
fn address_of(hop: &str) -> Option<IpAddr> {
    let bare = hop.parse::<IpAddr>();
    let with_port = || hop.parse::<std::net::SocketAddr>().map(|address| address.ip());
    let bracketed = || hop.trim_start_matches('[').trim_end_matches(']').parse();
    bare.or_else(|_| with_port())
        .or_else(|_| bracketed())
        .ok()
        .map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::an_untrusted_peer("203.0.113.9", &["198.51.100.7"], "203.0.113.9")]
    #[case::a_trusted_proxy("10.0.0.1", &["198.51.100.7"], "198.51.100.7")]
    #[case::an_address_forged_by_the_client("10.0.0.1", &["1.2.3.4, 198.51.100.7"], "198.51.100.7")]
    #[case::a_chain_of_proxies("10.0.0.1", &["1.2.3.4, 198.51.100.7, 10.0.0.2"], "198.51.100.7")]
    #[case::in_several_headers("10.0.0.1", &["1.2.3.4", "198.51.100.7", "10.0.0.2"], "198.51.100.7")]
    #[case::without_the_header("10.0.0.1", &[], "10.0.0.1")]
    #[case::nonsense("10.0.0.1", &["198.51.100.7, unknown"], "10.0.0.1")]
    #[case::with_a_port("10.0.0.1", &["198.51.100.7:4711"], "198.51.100.7")]
    #[case::ipv6_with_a_port("10.0.0.1", &["[2001:db8::7]:4711"], "2001:db8::7")]
    #[case::ipv4_in_ipv6("::ffff:10.0.0.1", &["::ffff:198.51.100.7"], "198.51.100.7")]
    fn only_trusted_proxies_name_the_client_address(
        #[case] peer: &str,
        #[case] forwarded: &[&'static str],
        #[case] expected: &str,
    ) {
        let proxies = TrustedProxies::new(vec!["10.0.0.0/8".parse().expect("a network")]);
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(
                HeaderName::from_static("x-forwarded-for"),
                HeaderValue::from_static(value),
            );
        }
        let client = proxies.client(peer.parse().expect("an address"), &headers);
        assert_eq!(client.to_string(), expected);
    }

    #[rstest]
    #[case::an_untrusted_peer("203.0.113.9", &["https"], Scheme::Http)]
    #[case::a_trusted_proxy("10.0.0.1", &["https"], Scheme::Https)]
    #[case::a_proxy_in_capitals("10.0.0.1", &["HTTPS"], Scheme::Https)]
    #[case::a_scheme_forged_by_the_client("10.0.0.1", &["https, http"], Scheme::Http)]
    #[case::in_several_headers("10.0.0.1", &["http", "https"], Scheme::Https)]
    #[case::without_the_header("10.0.0.1", &[], Scheme::Http)]
    fn only_trusted_proxies_name_the_scheme(
        #[case] peer: &str,
        #[case] said: &[&'static str],
        #[case] expected: Scheme,
    ) {
        let proxies = TrustedProxies::new(vec!["10.0.0.0/8".parse().expect("a network")]);
        let peer = format!("{peer}:4711").parse().expect("an address");
        let mut request = actix_web::test::TestRequest::get().peer_addr(peer);
        for value in said {
            request = request.append_header((FORWARDED_PROTO, *value));
        }
        assert_eq!(proxies.scheme(&request.to_http_request()), expected);
    }

    #[test]
    fn ignored_forwarding_headers_are_detected() {
        let proxies = TrustedProxies::new(vec!["10.0.0.0/8".parse().expect("a network")]);
        let (stranger, proxy) = ([203, 0, 113, 9].into(), [10, 0, 0, 1].into());
        let mut headers = HeaderMap::new();
        assert!(!proxies.passes_over(stranger, &headers));
        headers.insert(header::FORWARDED, HeaderValue::from_static("for=198.51.100.7"));
        assert!(proxies.passes_over(stranger, &headers));
        assert!(!proxies.passes_over(proxy, &headers));
    }
}
