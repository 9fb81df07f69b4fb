//! Entity tags (RFC 9110, section 8.8.3), and the lists of them in `If-Match` and `If-None-Match`.
//!
//! A vehicle's entity tag is its version and a digest of its representation: `"7-5d41402abc4b2a76"`. The digest tells apart
//! representations of one version: a status that a robot reports does not raise it. A change is held to the version alone,
//! so that such a status is no obstacle to a person's change.
//!
//! The lists are read here and not by actix: its `IfMatch` splits at commas within quotes and leaves out what it can't
//! read, by which a precondition with a fault would hold for any version, or for none.

use actix_web::http::header::{self, HeaderMap, HeaderName};
use domain::vehicle::Version;
use sha2::{Digest as _, Sha256};

/// A digest of some bytes that fits into an entity tag.
pub(crate) fn digest(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The entity tag of a vehicle that is shown like this.
pub(crate) fn entity_tag(version: Version, shown: &[u8]) -> String {
    format!("\"{version}-{}\"", digest(shown))
}

/// Whether the client has what has this tag already, by `If-None-Match`. Weak tags match as strong ones do; a header that
/// can't be understood matches nothing, as it only asks for less.
pub(crate) fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let opaque = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag).to_owned();
    let wanted = opaque(tag);
    let known = tags(headers, header::IF_NONE_MATCH).unwrap_or_default();
    known.iter().any(|known| *known == "*" || opaque(known) == wanted)
}

/// The tags of a header, which may stand several times; `None` for what is no list of tags.
pub(crate) fn tags(headers: &HeaderMap, name: HeaderName) -> Option<Vec<&str>> {
    let mut tags = Vec::new();
    for value in headers.get_all(name) {
        tags.extend(list(value.to_str().ok()?)?);
    }
    Some(tags)
}

/// The tags of a list; `None` for what is none.
fn list(text: &str) -> Option<Vec<&str>> {
    let mut tags = Vec::new();
    let mut rest = text.trim();
    if rest == "*" {
        return Some(vec![rest]);
    }
    while !rest.is_empty() {
        let quoted = rest.strip_prefix("W/").unwrap_or(rest).strip_prefix('"')?;
        let length = rest.len() - quoted.len() + quoted.find('"')? + 1;
        let (tag, behind) = rest.split_at(length);
        tags.push(tag);
        rest = behind.trim_start();
        if !rest.is_empty() {
            rest = rest.strip_prefix(',')?.trim_start();
        }
    }
    (!tags.is_empty()).then_some(tags)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("*", true)]
    #[case("\"7-ab\"", true)]
    #[case("W/\"7-ab\"", true)]
    #[case("\"1\", W/\"x\" ,\"7-ab\"", true)]
    #[case("\"7\"", false)]
    #[case("\"7-AB\"", false)]
    #[case("7-ab", false)]
    #[case("", false)]
    fn what_the_client_has_is_found_among_its_tags(#[case] header: &'static str, #[case] expected: bool) {
        let request = TestRequest::default().insert_header((header::IF_NONE_MATCH, header));
        let request = request.to_http_request();
        for tag in ["\"7-ab\"", "W/\"7-ab\""] {
            assert_eq!(is_known(request.headers(), tag), expected, "{tag}");
        }
    }
}
