//! What of a secret may be shown.

use secrecy::SecretString;

use super::value::Parsed;

/// What is shown in a secret's place.
pub const MASK: &str = "********";

/// A password, whatever it is.
pub fn password(text: &str) -> Parsed<SecretString> {
    Ok(text.into())
}

/// A token that somebody made up for a program: long enough that nobody guesses it.
pub fn token(text: &str) -> Parsed<SecretString> {
    const MIN_CHARS: usize = 16;
    match text.chars().count() >= MIN_CHARS && text.chars().all(|c| c.is_ascii_graphic()) {
        true => Ok(text.into()),
        false => Err(format!(
            "must have at least {MIN_CHARS} characters, letters, digits and signs of ASCII"
        )),
    }
}

/// Shows nothing of a secret.
pub fn hidden(_: &str) -> String {
    MASK.to_owned()
}

/// Shows a URL without its passwords: that before the host, and those of its query. Generous rather than
/// exact, as it must hold for URLs that only a lenient driver takes for one.
pub fn without_passwords(url: &str) -> String {
    let (url, query) = url
        .split_once('?')
        .map_or((url, None), |(url, query)| (url, Some(query)));
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
