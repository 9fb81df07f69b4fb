//! Forms of secrets.

use actix_web::http::header::{HeaderName, HeaderValue};
use secrecy::SecretString;

use super::{form::Form, shape::Shape, value::list};

/// Accepts any text as a password. The password policy is checked with the complete user draft.
pub(super) fn password() -> Form<SecretString> {
    Form::new(Shape::text("a password"), |text| Ok(text.into()))
}

/// Parses a token chosen by the operator. At least 16 visible ASCII characters are required, so it is hard to guess.
pub(super) fn token() -> Form<SecretString> {
    const MIN_CHARS: usize = 16;
    let shape = Shape::text_like(
        "at least 16 printable ASCII characters without spaces",
        "[!-~]{16,}",
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
    const HEADER: &str = "[!#$%&'*+.^_`|~0-9A-Za-z-]+\\s*=[^,]*";
    let form = Form::new(Shape::text_like("a header such as x-tenant=7", HEADER), |pair| {
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
