//! Accounts to which calls are charged.

use std::net::IpAddr;

use application::{Origin, place_of};
use domain::UserId;

/// An account with its own quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Payer {
    /// A user, from any address.
    User(UserId),
    /// An address, for callers without a valid token.
    Address(IpAddr),
}

impl Payer {
    /// Returns the account of the origin's address.
    pub(crate) fn of(origin: &Origin) -> Self {
        Self::address(origin.address.unwrap_or(IpAddr::from([0, 0, 0, 0])))
    }

    /// Returns the account of an address or, for IPv6, of its /64 network.
    pub(crate) fn address(address: IpAddr) -> Self {
        Self::Address(place_of(address))
    }
}
