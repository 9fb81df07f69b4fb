//! Entity tags (RFC 9110, section 8.8.3), and the lists of them in `If-Match` and `If-None-Match`.
//!
//! A vehicle's entity tag consists of its version and a digest of its representation: `"7-5d41402abc4b2a76"`. The
//! digest distinguishes representations of the same version, because a status that a robot reports does not raise the
//! version. `If-Match` compares the version only, so such a status does not cause a user's change to fail.
//!
//! The lists are not parsed with actix: its `IfMatch` splits at commas within quotes and skips malformed entries, so a
//! malformed precondition could match every version, or none.

use actix_web::http::header::{self, HeaderMap, HeaderName};
use domain::vehicle::Version;
use sha2::{Digest as _, Sha256};

/// Returns the first 8 bytes of the SHA-256 of `bytes`, in hexadecimal.
pub(crate) fn digest(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns the entity tag of a vehicle with the given version and representation.
pub(crate) fn entity_tag(version: Version, shown: &[u8]) -> String {
    format!("\"{version}-{}\"", digest(shown))
}

/// Returns `true` if `If-None-Match` names the tag or is `*`. Tags are compared weakly. A malformed header matches
/// nothing, so the client gets the whole document.
pub(crate) fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let opaque = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag).to_owned();
    let wanted = opaque(tag);
    let known = tags(headers, header::IF_NONE_MATCH).unwrap_or_default();
    known.iter().any(|known| *known == "*" || opaque(known) == wanted)
}

/// Returns the tags in all occurrences of a header; `None` if one of them is malformed.
pub(crate) fn tags(headers: &HeaderMap, name: HeaderName) -> Option<Vec<&str>> {
    let mut tags = Vec::new();
    for value in headers.get_all(name) {
        tags.extend(list(value.to_str().ok()?)?);
    }
    Some(tags)
}

/// Parses a list of tags; `None` if it is malformed.
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
    fn a_tag_is_found_in_if_none_match(#[case] header: &'static str, #[case] expected: bool) {
        let request = TestRequest::default().insert_header((header::IF_NONE_MATCH, header));
        let request = request.to_http_request();
        for tag in ["\"7-ab\"", "W/\"7-ab\""] {
            assert_eq!(is_known(request.headers(), tag), expected, "{tag}");
        }
    }
}
