//! A file of a page, as it is in the binary.

use std::hash::{DefaultHasher, Hash, Hasher};

use actix_web::http::header::{ContentEncoding, EntityTag};

pub const HTML: &str = "text/html; charset=utf-8";
pub const CSS: &str = "text/css; charset=utf-8";
pub const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// One file of a page.
pub struct Asset {
    /// Where it is served.
    pub path: &'static str,
    /// Its media type.
    pub content_type: &'static str,
    /// What it holds.
    pub body: &'static [u8],
    /// The same, compressed when it was made.
    pub compressed: &'static [(ContentEncoding, &'static [u8])],
    /// What a browser may do with a page, where the server's own policy does not fit.
    pub content_policy: Option<&'static str>,
}

impl Asset {
    /// A file that is served as it is, under the server's own policy.
    pub const fn new(path: &'static str, content_type: &'static str, body: &'static [u8]) -> Self {
        Self {
            path,
            content_type,
            body,
            compressed: &[],
            content_policy: None,
        }
    }

    /// The same file with copies to choose from.
    #[cfg(any(test, graphiql_bundle))]
    pub const fn with_compressed(self, compressed: &'static [(ContentEncoding, &'static [u8])]) -> Self {
        Self { compressed, ..self }
    }

    /// The same file under a policy of its own.
    pub const fn with_content_policy(self, policy: &'static str) -> Self {
        Self {
            content_policy: Some(policy),
            ..self
        }
    }

    /// Changes whenever the content does. Weak, since the file may come compressed, by us or on its way.
    #[must_use]
    pub fn entity_tag(&self) -> EntityTag {
        let mut hasher = DefaultHasher::new();
        self.body.hash(&mut hasher);
        EntityTag::new_weak(format!("{:016x}", hasher.finish()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_follows_the_content() {
        let tag = |body: &'static str| Asset::new("/", HTML, body.as_bytes()).entity_tag();
        assert_eq!(tag("one"), tag("one"));
        assert_ne!(tag("one"), tag("two"));
    }
}
