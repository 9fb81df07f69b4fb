//! The address of a server as seen from its own machine.

use std::{ffi::OsString, path::Path};

use http_edge::AllowedHost;

use super::{BindAddress, Problems, reader::Reader, sections::Http, sources};

/// Address of a server as seen from its own machine.
#[derive(Debug, Clone)]
pub struct OwnAddress {
    /// Address to connect to.
    pub address: BindAddress,
    /// Host names that the server accepts; if empty, any.
    pub hosts: Vec<AllowedHost>,
}

impl OwnAddress {
    /// Loads only the settings that determine the address. The others are not checked, because a health check may lack
    /// the file or the secrets of the server.
    ///
    /// # Errors
    /// Returns the problems of these settings, and of the sources.
    pub fn load(
        file: Option<&Path>,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, Problems> {
        let mut reader = Reader::new(sources::gather(file, variables));
        let address = Http::bind(&mut reader).local();
        let hosts = Http::allowed_hosts(&mut reader);
        reader.finish_partially()?;
        Ok(Self { address, hosts })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn load(variables: &[(&str, &str)]) -> Result<OwnAddress, Problems> {
        let variables = variables
            .iter()
            .map(|(name, value)| (OsString::from(name), OsString::from(value)));
        OwnAddress::load(None, variables)
    }

    #[rstest]
    #[case("0.0.0.0:8080", "127.0.0.1:8080")]
    #[case("[::]:8080", "[::1]:8080")]
    #[case("10.0.0.7:80", "10.0.0.7:80")]
    #[case("[fd00::7]:80", "[fd00::7]:80")]
    #[case("localhost:8080", "localhost:8080")]
    fn a_server_on_all_addresses_is_reached_at_the_loopback_address(
        #[case] bind: &str,
        #[case] address: &str,
    ) {
        let own = load(&[("FLEETWATCH_HTTP__BIND", bind)]).expect("it is valid");
        assert_eq!(own.address.to_string(), address);
    }

    #[test]
    fn other_settings_are_not_checked() {
        let own = load(&[
            ("FLEETWATCH_ENV", "production"),
            ("FLEETWATCH_LIVE__INTERVAL_MS", "never"),
            (
                "FLEETWATCH_HTTP__ALLOWED_HOSTS",
                "fleet.example,other.example:8443",
            ),
        ]);
        let hosts = own.expect("it is valid").hosts;
        let hosts: Vec<_> = hosts.iter().map(ToString::to_string).collect();
        assert_eq!(hosts, ["fleet.example", "other.example:8443"]);
    }

    #[test]
    fn an_invalid_address_is_a_problem() {
        let problems = load(&[("FLEETWATCH_HTTP__BIND", "8080")]).expect_err("it has no host");
        assert!(
            problems.to_string().contains("FLEETWATCH_HTTP__BIND"),
            "{problems}"
        );
    }
}
