//! From which address somebody calls.

use std::{net::IpAddr, sync::Arc};

use actix_web::http::header::HeaderMap;
use ipnet::IpNet;

/// The proxies whose word is believed about whom they speak for.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Arc<[IpNet]>);

impl TrustedProxies {
    /// Those in these networks.
    #[must_use]
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks.into())
    }

    fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The client's address: that of the connection, or, when it comes from a trusted proxy, the last one in
    /// `X-Forwarded-For` that is no trusted proxy. Each proxy adds its own client at the end, so everything before that
    /// may be made up.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.trust(peer) {
            return peer;
        }
        let hops: Vec<&str> = headers
            .get_all("x-forwarded-for")
            .flat_map(|value| value.to_str().unwrap_or_default().split(','))
            .map(str::trim)
            .collect();
        let mut client = peer;
        for hop in hops.into_iter().rev() {
            // What is no address was not written by a proxy: nothing before it can be believed.
            let Some(address) = address_of(hop) else { break };
            client = address;
            if !self.trust(client) {
                break;
            }
        }
        client
    }
}

/// An address as proxies write it: alone, or with a port, IPv6 then in brackets.
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
    #[case::a_stranger_is_not_believed("203.0.113.9", &["198.51.100.7"], "203.0.113.9")]
    #[case::a_proxy_is("10.0.0.1", &["198.51.100.7"], "198.51.100.7")]
    #[case::what_the_client_made_up_is_not("10.0.0.1", &["1.2.3.4, 198.51.100.7"], "198.51.100.7")]
    #[case::a_chain_of_proxies("10.0.0.1", &["1.2.3.4, 198.51.100.7, 10.0.0.2"], "198.51.100.7")]
    #[case::in_several_headers("10.0.0.1", &["1.2.3.4", "198.51.100.7", "10.0.0.2"], "198.51.100.7")]
    #[case::without_the_header("10.0.0.1", &[], "10.0.0.1")]
    #[case::nonsense("10.0.0.1", &["198.51.100.7, unknown"], "10.0.0.1")]
    #[case::with_a_port("10.0.0.1", &["198.51.100.7:4711"], "198.51.100.7")]
    #[case::ipv6_with_a_port("10.0.0.1", &["[2001:db8::7]:4711"], "2001:db8::7")]
    #[case::ipv4_in_ipv6("::ffff:10.0.0.1", &["::ffff:198.51.100.7"], "198.51.100.7")]
    fn only_trusted_proxies_speak_for_others(
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
}
