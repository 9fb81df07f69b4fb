//! Preconditions of changes, which prevent lost updates: `If-Match` and `If-None-Match` (RFC 9110, sections 13.1.1 and
//! 13.1.2).

use actix_web::{HttpRequest, http::header};
use application::{Actor, Application, Error};
use domain::{VehicleId, Violations, vehicle::Version};

use crate::{
    entity_tags::{is_known, tags},
    problem::Result,
    vehicles,
};

/// Versions that `If-Match` accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Precondition {
    /// Any version.
    None,
    /// One of these versions. Tags that do not have the format of a vehicle's tag are omitted: they match no version.
    AnyOf(Vec<Version>),
}

/// Returns the version that a change to a vehicle expects, from `If-Match` and `If-None-Match`; `None` for any version.
///
/// # Errors
/// Returns 422 for a malformed `If-Match`. If the headers have to be compared with the current vehicle, returns 404 if
/// it does not exist, and 412 if it does not meet the precondition.
pub(crate) async fn expected(
    request: &HttpRequest,
    app: &Application,
    actor: &Actor,
    id: VehicleId,
) -> Result<Option<Version>> {
    let precondition = precondition(request)?;
    let must_differ = request.headers().contains_key(header::IF_NONE_MATCH);
    match &precondition {
        Precondition::None if !must_differ => return Ok(None),
        Precondition::AnyOf(versions) if versions.len() == 1 && !must_differ => {
            return Ok(versions.first().copied());
        }
        _ => {}
    }
    // Several versions and `If-None-Match` are compared with the current vehicle, whose version is then the expected
    // one. The registry rejects this change if another change intervenes.
    let vehicle = app.vehicles.get(actor, id).await?;
    let vehicle = vehicle.ok_or_else(Error::vehicle_not_found)?;
    let current = vehicle.version;
    let is_expected = match &precondition {
        Precondition::None => true,
        Precondition::AnyOf(versions) => versions.contains(&current),
    };
    if !is_expected || is_known(request.headers(), &vehicles::entity_tag_of(&vehicle)) {
        return Err(Error::VersionMismatch { current }.into());
    }
    Ok(Some(current))
}

fn precondition(request: &HttpRequest) -> Result<Precondition, Violations> {
    let tags = tags(request.headers(), header::IF_MATCH).ok_or_else(|| {
        Violations::of(
            "If-Match",
            "must be * or a list of quoted entity tags such as \"7\"",
        )
    })?;
    if tags.is_empty() || tags.contains(&"*") {
        return Ok(Precondition::None);
    }
    Ok(Precondition::AnyOf(
        tags.into_iter().filter_map(version_of).collect(),
    ))
}

/// Returns the version in a tag, which may lack the digest; `None` for weak tags and other forms, which never match.
fn version_of(tag: &str) -> Option<Version> {
    let tag = tag.strip_prefix('"')?.strip_suffix('"')?;
    let (number, digest) = tag.split_once('-').unwrap_or((tag, ""));
    if !digest.bytes().all(|byte| byte.is_ascii_hexdigit()) || tag.ends_with('-') {
        return None;
    }
    let version = number.parse::<i64>().ok().filter(|number| *number > 0)?;
    (version.to_string() == number).then_some(Version::from_i64(version))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use rstest::rstest;

    use super::*;

    fn versions(numbers: &[i64]) -> Precondition {
        Precondition::AnyOf(numbers.iter().copied().map(Version::from_i64).collect())
    }

    #[rstest]
    #[case("*", Precondition::None)]
    #[case("\"7\"", versions(&[7]))]
    #[case(" \"7\" , \"8\"", versions(&[7, 8]))]
    #[case("\"7-5d41402abc4b2a76\"", versions(&[7]))]
    #[case("\"7-\", \"7-x\", \"-7\", \"7-1-2\"", versions(&[]))]
    #[case("W/\"7\"", versions(&[]))]
    #[case("\"07\", \"-1\", \"x\", \"\"", versions(&[]))]
    #[case("\"a,b\", \"3\"", versions(&[3]))]
    fn tags_are_parsed(#[case] header: &'static str, #[case] expected: Precondition) {
        let request = TestRequest::default().insert_header((header::IF_MATCH, header));
        assert_eq!(precondition(&request.to_http_request()), Ok(expected));
    }

    #[rstest]
    #[case("7")]
    #[case("\"7")]
    #[case("\"7\" \"8\"")]
    #[case("*, \"7\"")]
    #[case("")]
    fn malformed_tags_are_rejected(#[case] header: &'static str) {
        let request = TestRequest::default().insert_header((header::IF_MATCH, header));
        assert!(precondition(&request.to_http_request()).is_err());
    }

    #[test]
    fn several_headers_are_one_list() {
        let request = TestRequest::default()
            .append_header((header::IF_MATCH, "\"7\""))
            .append_header((header::IF_MATCH, "\"9\""));
        assert_eq!(precondition(&request.to_http_request()), Ok(versions(&[7, 9])));
        assert_eq!(
            precondition(&TestRequest::default().to_http_request()),
            Ok(Precondition::None)
        );
    }
}
