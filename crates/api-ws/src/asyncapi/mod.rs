//! The AsyncAPI document of `/ws` (<https://www.asyncapi.com/docs/reference/specification/v3.0.0>), made from the types
//! that are sent.
//!
//! * `schemas`: the messages and their JSON Schemas.
//! * `words`: texts of which only some are possible.
//! * `document`: what is around the schemas: channel, operations, security.
//! * `yaml`: the document as YAML.

mod document;
mod schemas;
pub(crate) mod words;
mod yaml;

use std::sync::LazyLock;

static JSON: LazyLock<String> = LazyLock::new(|| format!("{:#}\n", document::document()));

static YAML: LazyLock<String> = LazyLock::new(|| {
    let order = [
        "asyncapi",
        "info",
        "defaultContentType",
        "servers",
        "channels",
        "operations",
        "components",
    ];
    yaml::write(&document::document(), &order)
});

/// The document as JSON with line breaks.
#[must_use]
pub fn json() -> &'static str {
    &JSON
}

/// The document as YAML.
#[must_use]
pub fn yaml() -> &'static str {
    &YAML
}
