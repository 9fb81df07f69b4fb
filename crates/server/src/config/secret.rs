//! Forms of secrets and the masks that are shown in place of them.

use actix_web::http::header::{HeaderName, HeaderValue};
use secrecy::SecretString;

use super::{form::Form, shape::Shape, value::list};

/// Text that is shown in place of a secret.
pub(super) const MASK: &str = "********";

/// Accepts any text as a password. The password policy is checked with the complete user draft.
pub(super) fn password() -> Form<SecretString> {
    Form::new(Shape::text("a password"), |text| Ok(text.into()))
}

/// Parses a token chosen by the operator. At least 16 visible ASCII characters are required, so it is hard to guess.
pub(super) fn token() -> Form<SecretString> {
    const MIN_CHARS: usize = 16;
    let shape = Shape::text_like(
        "at least 16 printable ASCII characters without spaces",
        "[!-~]{16}",
    );
    Form::new(shape, |text| {
        match text.chars().count() >= MIN_CHARS && text.chars().all(|c| c.is_ascii_graphic()) {
            true => Ok(text.into()),
            false => Err(format!(
                "must consist of at least {MIN_CHARS} printable ASCII characters without spaces"
            )),
        }
    })
}

/// Parses HTTP headers: `name=value` pairs, separated by commas, as in `OTEL_EXPORTER_OTLP_HEADERS`. A value must not
/// contain a comma, but may contain `=`.
pub(super) fn headers() -> Form<Vec<(String, SecretString)>> {
    let form = Form::new(Shape::text("a header such as x-tenant=7"), |pair| {
        // The text is a secret, so the message must not repeat any part of it.
        header(pair)
            .ok_or_else(|| "must be a list of headers such as authorization=Bearer abc,x-tenant=7".to_owned())
    });
    list(
        "headers such as authorization=Bearer abc, separated by commas",
        form,
    )
}

fn header(pair: &str) -> Option<(String, SecretString)> {
    let (name, value) = pair.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    HeaderName::from_bytes(name.as_bytes()).ok()?;
    HeaderValue::from_str(value).ok()?;
    Some((name.to_ascii_lowercase(), SecretString::from(value)))
}

/// Masks a whole secret.
pub(super) fn hidden(_: &str) -> String {
    MASK.to_owned()
}

/// Masks the passwords of a URL: the one before the host and those among the query parameters. It is lenient rather
/// than exact, because it must also mask malformed URLs that only a lenient driver accepts.
pub(super) fn without_passwords(url: &str) -> String {
    let (url, query) = url
        .split_once('?')
        .map_or((url, None), |(url, query)| (url, Some(query)));
    // The last `@` ends the password, which may itself contain `@`.
    let mut shown = match (url.split_once("://"), url.rfind('@')) {
        (Some((scheme, rest)), Some(at)) => match rest.split_once(':') {
            Some((user, _)) if scheme.len() + 3 + user.len() < at => {
                format!("{scheme}://{user}:{MASK}{}", &url[at..])
            }
            _ => url.to_owned(),
        },
        _ => url.to_owned(),
    };
    for (index, parameter) in query.iter().flat_map(|query| query.split('&').enumerate()) {
        shown.push(if index == 0 { '?' } else { '&' });
        match parameter.split_once('=') {
            Some((name, _)) if name.to_ascii_lowercase().contains("password") => {
                shown.push_str(name);
                shown.push('=');
                shown.push_str(MASK);
            }
            _ => shown.push_str(parameter),
        }
    }
    shown
}
