//! The accounts to which calls are charged.

use std::net::IpAddr;

use application::{Origin, place_of};
use domain::UserId;

/// An account: calls of one are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Payer {
    /// A user's, wherever it calls from.
    User(UserId),
    /// That of an address, of callers without a token.
    Address(IpAddr),
}

impl Payer {
    /// The account of an address, for a call without a token.
    pub(crate) fn of(origin: &Origin) -> Self {
        Self::address(origin.address.unwrap_or(IpAddr::from([0, 0, 0, 0])))
    }

    /// The account of an address, or of IPv6 of its network.
    pub(crate) fn address(address: IpAddr) -> Self {
        Self::Address(place_of(address))
    }
}
