//! Which pages may open sockets.

use actix_web::http::header::{self, HeaderMap, HeaderName};

/// Whether a browser's page may open a socket: pages of this server itself, and of the origins that the
/// configuration names (`*` for all). What is no browser sends no `Origin` and is not asked.
#[must_use]
pub fn is_allowed(headers: &HeaderMap, allowed: &[String]) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let Ok(origin) = origin.to_str() else { return false };
    let is_own = origin
        .split_once("://")
        .zip(text(headers, header::HOST))
        .is_some_and(|((_, authority), host)| authority.eq_ignore_ascii_case(host));
    is_own
        || allowed
            .iter()
            .any(|allowed| allowed == "*" || allowed.eq_ignore_ascii_case(origin))
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(None, true)]
    #[case(Some("http://localhost:8080"), true)]
    #[case(Some("http://LOCALHOST:8080"), true)]
    #[case(Some("https://screens.example"), true)]
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
            is_allowed(&headers, &["https://screens.example".to_owned()]),
            expected
        );
    }
}
