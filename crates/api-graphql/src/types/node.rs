//! Objects of any type by id, as defined by the specification of global object identification
//! (<https://graphql.org/learn/global-object-identification/>).

use std::sync::Arc;

use application::nodes;
use juniper::{DefaultScalarValue, GraphQLInterface, ID};

use super::{
    Grant, Group, Organization, User, VehicleValue,
    vehicle::{Agv, Amr, Forklift, Oht},
};
use crate::{context::Context, loading::Loaders};

/// Object with a global id. Ids are unique across all types.
#[derive(GraphQLInterface)]
#[graphql(
    enum = NodeValue,
    for = [VehicleValue, Amr, Agv, Oht, Forklift, Group, Organization, User, Grant],
    context = Context,
    scalar = DefaultScalarValue
)]
pub struct Node {
    /// Unique, permanent identifier.
    pub id: ID,
}

impl NodeValue {
    /// Converts an object. If it is a vehicle, `loaders` load its live data and groups.
    pub(crate) fn new(node: nodes::Node, loaders: &Arc<Loaders>) -> Self {
        match node {
            nodes::Node::Vehicle(vehicle) => match VehicleValue::new(*vehicle, loaders) {
                VehicleValue::Amr(amr) => amr.into(),
                VehicleValue::Agv(agv) => agv.into(),
                VehicleValue::Oht(oht) => oht.into(),
                VehicleValue::Forklift(forklift) => forklift.into(),
            },
            nodes::Node::Group(group) => Group::from(group).into(),
            nodes::Node::Organization(organization) => Organization::from(organization).into(),
            nodes::Node::User(user) => User::from(user).into(),
            nodes::Node::Grant(grant) => Grant::from(grant).into(),
        }
    }
}
