//! GraphQL over the use cases, with subscriptions over graphql-transport-ws
