//! Static files, embedded in the binary.

use std::hash::{DefaultHasher, Hash, Hasher};

use actix_web::http::header::{ContentEncoding, EntityTag};

pub(crate) const HTML: &str = "text/html; charset=utf-8";
pub(crate) const CSS: &str = "text/css; charset=utf-8";
pub(crate) const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// Static file of a page.
pub(crate) struct Asset {
    /// URL path that the file is served at.
    pub path: &'static str,
    pub content_type: &'static str,
    pub body: &'static [u8],
    /// Compressed copies of the body, best encoding first.
    pub compressed: &'static [(ContentEncoding, &'static [u8])],
    /// Content security policy, for a page that needs a stricter one than the server's default.
    pub content_policy: Option<&'static str>,
}

impl Asset {
    /// Creates a file without compressed copies and with the server's default policy.
    pub(crate) const fn new(path: &'static str, content_type: &'static str, body: &'static [u8]) -> Self {
        Self {
            path,
            content_type,
            body,
            compressed: &[],
            content_policy: None,
        }
    }

    #[cfg(any(test, graphiql_bundle))]
    pub(crate) const fn with_compressed(
        self,
        compressed: &'static [(ContentEncoding, &'static [u8])],
    ) -> Self {
        Self { compressed, ..self }
    }

    pub(crate) const fn with_content_policy(self, policy: &'static str) -> Self {
        Self {
            content_policy: Some(policy),
            ..self
        }
    }

    /// Returns an entity tag that depends on the content. It is weak, because the body may be compressed by this server
    /// or by an intermediary.
    #[must_use]
    pub(crate) fn entity_tag(&self) -> EntityTag {
        let mut hasher = DefaultHasher::new();
        self.body.hash(&mut hasher);
        EntityTag::new_weak(format!("{:016x}", hasher.finish()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entity_tag_depends_on_the_content() {
        let tag = |body: &'static str| Asset::new("/", HTML, body.as_bytes()).entity_tag();
        assert_eq!(tag("one"), tag("one"));
        assert_ne!(tag("one"), tag("two"));
    }
}
