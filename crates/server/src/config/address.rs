//! The address that the server listens on.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use http_edge::is_host_name;

/// A host, by name or address, and a port. With port 0 the system chooses a free one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindAddress {
    /// A DNS name, or an IP address without brackets.
    pub host: String,
    /// TCP port; 0 for any free one.
    pub port: u16,
}

/// Error for a text that is not a [`BindAddress`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be host:port such as 127.0.0.1:8080 or [::1]:8080")]
pub struct InvalidBindAddress;

impl FromStr for BindAddress {
    type Err = InvalidBindAddress;

    fn from_str(text: &str) -> Result<Self, InvalidBindAddress> {
        let (host, port) = text.rsplit_once(':').ok_or(InvalidBindAddress)?;
        // `parse` would also accept "+80".
        let is_number =
            port.bytes().all(|byte| byte.is_ascii_digit()) && (port == "0" || !port.starts_with('0'));
        let port = port
            .parse()
            .ok()
            .filter(|_| is_number)
            .ok_or(InvalidBindAddress)?;
        let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let host = match bracketed {
            Some(address) if matches!(address.parse(), Ok(IpAddr::V6(_))) => address,
            None if is_host_name(host) => host,
            _ => return Err(InvalidBindAddress),
        };
        Ok(Self {
            host: host.to_owned(),
            port,
        })
    }
}

impl BindAddress {
    /// Regular expression (ECMA-262) that matches every valid text from start to end.
    pub(super) const PATTERN: &str = "([A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*\\.?|\\[[0-9A-Fa-f:.]+\\])\
                                      :(0|[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}\
                                      |655[0-2][0-9]|6553[0-5])";

    /// Returns the address at which programs on the same machine reach the server. A server that listens on all
    /// addresses also listens on the loopback address.
    #[must_use]
    pub fn local(&self) -> Self {
        let host = match self.host.parse() {
            Ok(IpAddr::V4(address)) if address.is_unspecified() => Ipv4Addr::LOCALHOST.to_string(),
            Ok(IpAddr::V6(address)) if address.is_unspecified() => Ipv6Addr::LOCALHOST.to_string(),
            _ => self.host.clone(),
        };
        Self {
            host,
            port: self.port,
        }
    }
}

impl fmt::Display for BindAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') {
            write!(f, "[{host}]:{port}")
        } else {
            write!(f, "{host}:{port}")
        }
    }
}
