//! Other live servers, with which fleetwatch is compared. `deploy/peers.sh` installs them.

mod configuration;
mod installation;
mod kind;
mod launch;

pub(crate) use installation::Installation;
pub(crate) use kind::Peer;
pub(super) use launch::launch;
