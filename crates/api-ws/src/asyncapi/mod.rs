//! The AsyncAPI document of `/ws` (<https://www.asyncapi.com/docs/reference/specification/v3.0.0>), generated from the
//! types that are sent.
//!
//! * `schemas`: the messages and their JSON Schemas.
//! * `words`: named schemas of enumerated strings and ids.
//! * `document`: the parts around the schemas: channel, operations, security.
//! * `yaml`: the YAML form of the document.

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

/// Returns the document as indented JSON.
#[must_use]
pub fn json() -> &'static str {
    &JSON
}

#[must_use]
pub fn yaml() -> &'static str {
    &YAML
}
