//! Fuzz tests of request headers.

use std::net::IpAddr;

use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, SEC_WEBSOCKET_PROTOCOL};
use fuzzing::{Seeds, fuzz, mutated};
use proptest::{collection::vec, prelude::*};

use crate::{
    TrustedProxies,
    token::{Presented, bearer, in_header, in_subprotocols},
};

const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Builds headers from those values that are valid in HTTP.
fn headers(name: &HeaderName, values: &[Vec<u8>]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for value in values
        .iter()
        .filter_map(|value| HeaderValue::from_bytes(value).ok())
    {
        headers.append(name.clone(), value);
    }
    headers
}

fn texts_of(headers: &HeaderMap, name: &HeaderName) -> String {
    let values = headers.get_all(name);
    let values = values.map(|value| String::from_utf8_lossy(value.as_bytes()));
    values.collect::<Vec<_>>().join("\n")
}

#[test]
fn fuzz_an_authorization_header_yields_at_most_one_token() {
    let seeds = Seeds::of([
        "Bearer eyJhbGciOiJFZERTQSJ9.e30.c2lnbmF0dXJl",
        "bearer  a.b.c ",
        "Basic YTpi",
        "Bearer",
    ])
    .with_words(["Bearer ", "bearer", "\t", "Basic "]);
    fuzz("Authorization", vec(mutated(seeds), 0..3), |values| {
        let headers = headers(&AUTHORIZATION, &values);
        match in_header(&headers) {
            Presented::Nothing => assert!(headers.is_empty()),
            Presented::Unreadable => assert!(!headers.is_empty()),
            Presented::Token(token) => {
                assert_eq!(headers.get_all(AUTHORIZATION).count(), 1);
                assert!(!token.is_empty() && token == token.trim(), "{token:?}");
                assert!(texts_of(&headers, &AUTHORIZATION).contains(token));
                assert_eq!(bearer(&format!("Bearer {token}")), Presented::Token(token));
            }
        }
    });
}

#[test]
fn fuzz_subprotocols_yield_at_most_one_token() {
    let seeds = Seeds::of([
        "fleetwatch.v1.json, bearer.eyJhbGciOiJFZERTQSJ9.e30.c2lnbmF0dXJl",
        "bearer.a.b.c",
        "fleetwatch.v1.msgpack,fleetwatch.v1.json",
        "bearer.a, bearer.b",
    ])
    .with_words(["bearer.", ", ", "BEARER.", "\t,"]);
    fuzz("Sec-WebSocket-Protocol", vec(mutated(seeds), 0..3), |values| {
        let headers = headers(&SEC_WEBSOCKET_PROTOCOL, &values);
        let offered = texts_of(&headers, &SEC_WEBSOCKET_PROTOCOL);
        match in_subprotocols(&headers) {
            Presented::Nothing => {}
            Presented::Unreadable => assert!(offered.matches("bearer.").count() >= 2, "{offered}"),
            Presented::Token(token) => {
                assert!(offered.contains(&format!("bearer.{token}")), "{offered}");
                assert!(!token.contains(','), "{token:?}");
            }
        }
    });
}

/// The address that the last proxy appended is used, whatever the client sent before it.
#[test]
fn fuzz_the_client_address_is_the_one_that_the_last_proxy_added() {
    let seeds = Seeds::of([
        "198.51.100.7",
        "198.51.100.7, 10.0.0.2",
        "[2001:db8::7]:4711,10.0.0.3 , 10.0.0.2:80",
        "::ffff:198.51.100.7, unknown",
        "for=198.51.100.7",
    ])
    .with_words([
        ", ",
        "10.0.0.1",
        "::1",
        "[",
        "]:",
        "%eth0",
        "fe80::1%1",
        "256.1.1.1",
        "_hidden",
    ]);
    let proxies = TrustedProxies::new(vec!["10.0.0.0/8".parse().expect("a network")]);
    let is_trusted = |address: IpAddr| matches!(address, IpAddr::V4(v4) if v4.octets()[0] == 10);
    let addresses = (any::<[u8; 4]>(), any::<bool>()).prop_map(|(mut address, is_proxy)| {
        address[0] = if is_proxy { 10 } else { address[0] };
        IpAddr::from(address)
    });
    let cases = (addresses, vec(mutated(seeds), 0..3), any::<[u8; 4]>());
    fuzz(
        "X-Forwarded-For",
        cases,
        move |(peer, values, added): (IpAddr, Vec<Vec<u8>>, [u8; 4])| {
            let mut headers = headers(&FORWARDED, &values);
            let client = proxies.client(peer, &headers);
            assert_eq!(client, client.to_canonical());
            if !is_trusted(peer) {
                assert_eq!(client, peer, "the header of an untrusted peer is ignored");
            }
            let added = IpAddr::from(added);
            let last = HeaderValue::from_str(&added.to_string()).expect("an address is ASCII");
            headers.append(FORWARDED, last);
            let client = proxies.client(peer, &headers);
            if is_trusted(peer) && !is_trusted(added) {
                assert_eq!(client, added, "the address that the proxy added is used");
            }
        },
    );
}
