//! Protection of the connection to a store, as determined by its URL.

use percent_encoding::percent_decode_str;

/// Returns a message for each protection that the connection to a `postgres://` or `redis://` URL lacks; none for a
/// store on this machine. The check is lenient rather than exact, like [`super::mask::without_passwords`].
pub(super) fn weaknesses(url: &str) -> Vec<&'static str> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    // Schemes are case-insensitive, and those of Redis may have a suffix, as in rediss-cluster.
    let scheme = scheme.to_ascii_lowercase();
    let family = scheme.split('-').next().unwrap_or_default();
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (user, hosts) = place.rsplit_once('@').unwrap_or(("", place));
    let parameters: Vec<(&str, &str)> = query
        .split('&')
        .filter_map(|parameter| parameter.split_once('='))
        .collect();
    let given = |name: &str| {
        let mut of_name = parameters.iter().filter(|(known, _)| *known == name);
        of_name.next().map(|(_, value)| *value)
    };
    let hosts = hosts.split('/').next().unwrap_or_default().split(',');
    let more = parameters
        .iter()
        .filter(|(name, _)| matches!(*name, "node" | "host" | "hostaddr"))
        .flat_map(|(_, value)| value.split(','));
    if hosts.chain(more).all(is_on_this_machine) {
        return Vec::new();
    }
    let is_encrypted = match family {
        "postgres" | "postgresql" => {
            matches!(given("sslmode"), Some("require" | "verify-ca" | "verify-full"))
        }
        redis => matches!(redis, "rediss" | "valkeys"),
    };
    let has_password = user
        .split_once(':')
        .is_some_and(|(_, password)| !password.is_empty())
        || given("password").is_some_and(|password| !password.is_empty());
    let mut found = Vec::new();
    if !is_encrypted {
        found.push(match family {
            "postgres" | "postgresql" => {
                "the connection to another machine is not encrypted: add sslmode=require"
            }
            "valkey" => "the connection to another machine is not encrypted: use valkeys://",
            _ => "the connection to another machine is not encrypted: use rediss://",
        });
    }
    if !has_password {
        found.push("the connection to another machine has no password");
    }
    found
}

/// Returns `true` if a host, with or without a port, is a loopback address or a Unix socket. An empty host is
/// considered local, because the hosts are then among the URL's parameters, which are checked as well.
fn is_on_this_machine(host: &str) -> bool {
    let host = percent_decode_str(host).decode_utf8_lossy();
    let name = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None if host.matches(':').count() > 1 => &host,
        None => host.split(':').next().unwrap_or_default(),
    };
    name.is_empty()
        || name.starts_with('/')
        || name.eq_ignore_ascii_case("localhost")
        || name
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("postgres://fleetwatch:secret@db:5432/fleet?sslmode=require", 0)]
    #[case("postgres://fleetwatch:secret@db:5432/fleet", 1)]
    #[case("postgres://fleetwatch:secret@db/fleet?sslmode=prefer", 1)]
    #[case("postgres://fleetwatch@db/fleet", 2)]
    #[case("postgres://db/fleet?user=f&password=secret&sslmode=verify-full", 0)]
    #[case("postgres://fleetwatch@127.0.0.1:5432/fleet", 0)]
    #[case("postgres://fleetwatch@localhost,db/fleet", 2)]
    #[case("postgres://fleetwatch@%2Frun%2Fpostgresql/fleet", 0)]
    #[case("postgres:///fleet?host=/run/postgresql", 0)]
    #[case("redis://127.0.0.1:6379", 0)]
    #[case("redis://[::1]:6379/1", 0)]
    #[case("redis://redis:6379", 2)]
    #[case("rediss://redis:6379", 1)]
    #[case("rediss://:secret@redis:6379", 0)]
    #[case("rediss://user:secret@redis:6379", 0)]
    #[case("valkey://:secret@redis:6379", 1)]
    #[case("valkeys://:secret@redis:6379", 0)]
    #[case("REDISS://:secret@redis:6379", 0)]
    #[case("valkeys-cluster://:secret@redis:6379", 0)]
    #[case("redis-cluster://:secret@localhost:7000?node=h2:7000", 1)]
    #[case("rediss-sentinel://:secret@h1:26379?node=h2:26379&sentinelServiceName=m", 0)]
    fn missing_protections_of_a_connection_are_found(#[case] url: &str, #[case] missing: usize) {
        assert_eq!(weaknesses(url).len(), missing, "{:?}", weaknesses(url));
    }
}
