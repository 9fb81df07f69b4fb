//! `ETag` and `If-Match` (RFC 9110, sections 8.8.3 and 13.1.1), so that no update is lost.
//!
//! A vehicle's entity tag is its version: `"7"`. The robot's own word of its status does not raise the version, so it
//! is no obstacle to a person's change.

use actix_web::{HttpRequest, http::header};
use application::{Actor, Error};
use domain::{VehicleId, Violations, vehicle::Version};

use crate::{api::UseCases, problem::Result};

/// A vehicle's entity tag.
pub(crate) fn entity_tag(version: Version) -> String {
    format!("\"{version}\"")
}

/// Which version a change is based on.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Precondition {
    /// Any will do.
    None,
    /// One of these. Tags that are no vehicle's are left out, as they match none.
    AnyOf(Vec<Version>),
}

/// The version that a change of a vehicle expects, by `If-Match`.
///
/// # Errors
/// 422 for a header that can't be understood; 404 and 412 where only the vehicle itself could tell.
pub(crate) async fn expected(
    request: &HttpRequest,
    use_cases: &UseCases,
    actor: &Actor,
    id: VehicleId,
) -> Result<Option<Version>> {
    let versions = match precondition(request)? {
        Precondition::None => return Ok(None),
        Precondition::AnyOf(versions) => versions,
    };
    if let [only] = versions.as_slice() {
        return Ok(Some(*only));
    }
    let vehicle = use_cases.get_vehicle.execute(actor, id).await?;
    let present = vehicle.ok_or_else(Error::vehicle_not_found)?.version;
    match versions.contains(&present) {
        true => Ok(Some(present)),
        false => Err(Error::VersionMismatch { current: present }.into()),
    }
}

fn precondition(request: &HttpRequest) -> Result<Precondition, Violations> {
    let mut tags = Vec::new();
    for value in request.headers().get_all(header::IF_MATCH) {
        let text = value.to_str().ok();
        tags.extend(text.and_then(list).ok_or_else(|| {
            Violations::of(
                "If-Match",
                "must be * or a list of entity tags such as \"7\", each in quotes",
            )
        })?);
    }
    if tags.is_empty() || tags.contains(&"*") {
        return Ok(Precondition::None);
    }
    Ok(Precondition::AnyOf(
        tags.into_iter().filter_map(version_of).collect(),
    ))
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

/// Weak tags never match, nor do those that are not written as ours.
fn version_of(tag: &str) -> Option<Version> {
    let number = tag.strip_prefix('"')?.strip_suffix('"')?;
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
    #[case("W/\"7\"", versions(&[]))]
    #[case("\"07\", \"-1\", \"x\", \"\"", versions(&[]))]
    #[case("\"a,b\", \"3\"", versions(&[3]))]
    fn tags_are_understood(#[case] header: &'static str, #[case] expected: Precondition) {
        let request = TestRequest::default().insert_header((header::IF_MATCH, header));
        assert_eq!(precondition(&request.to_http_request()), Ok(expected));
    }

    #[rstest]
    #[case("7")]
    #[case("\"7")]
    #[case("\"7\" \"8\"")]
    #[case("*, \"7\"")]
    #[case("")]
    fn what_is_no_tag_is_refused(#[case] header: &'static str) {
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
