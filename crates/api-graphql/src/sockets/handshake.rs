//! Who may come in.

use actix_web::http::header::{self, HeaderMap};

/// Whether a browser's page may open a socket: pages of this server itself, and of the origins that the
/// configuration names. What is no browser sends no `Origin` and is not asked.
pub(super) fn is_origin_allowed(headers: &HeaderMap, allowed: &[String]) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let Ok(origin) = origin.to_str() else { return false };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    let is_own = authority
        .zip(host)
        .is_some_and(|(authority, host)| authority.eq_ignore_ascii_case(host));
    is_own
        || allowed
            .iter()
            .any(|allowed| allowed == "*" || allowed.eq_ignore_ascii_case(origin))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(None, true)]
    #[case(Some("http://localhost:8080"), true)]
    #[case(Some("https://Screens.example"), true)]
    #[case(Some("https://evil.example"), false)]
    #[case(Some("http://localhost:8081"), false)]
    #[case(Some("null"), false)]
    fn only_own_and_named_origins_may_come_in(#[case] origin: Option<&'static str>, #[case] expected: bool) {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("localhost:8080"));
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
        }
        assert_eq!(
            is_origin_allowed(&headers, &["https://screens.example".to_owned()]),
            expected
        );
    }
}
