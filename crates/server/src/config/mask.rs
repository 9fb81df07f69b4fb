//! Masks that are shown in place of secrets.

/// Text that is shown in place of a secret.
const MASK: &str = "********";

/// Masks a whole secret.
pub(super) fn hidden(_: &str) -> String {
    MASK.to_owned()
}

/// Masks the passwords in a URL: the one before the host and those among the query parameters. It is lenient rather
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

/// Masks what may be credentials in a text that is not a secret, and therefore should not contain any: everything
/// before the last `@`, except for the scheme of a URL, and the query and the fragment of a URL.
pub(super) fn without_credentials(text: &str) -> String {
    let begin = text.find("://").filter(|end| !text[..*end].contains('@'));
    let (scheme, rest) = text.split_at(begin.map_or(0, |end| end + "://".len()));
    let (user, rest) = match rest.rsplit_once('@') {
        Some((_, rest)) => (format!("{MASK}@"), rest),
        None => (String::new(), rest),
    };
    match rest.find(['?', '#']).filter(|_| begin.is_some()) {
        Some(end) => format!("{scheme}{user}{}{MASK}", &rest[..=end]),
        None => format!("{scheme}{user}{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("http://u:hidden@h:1", "http://********@h:1")]
    #[case("http://u:hid@den@h:1", "http://********@h:1")]
    #[case("http://hidden@h:1", "http://********@h:1")]
    #[case("http://h:1/?key=hidden", "http://h:1/?********")]
    #[case("http://u:hid?den@h:1", "http://********@h:1")]
    #[case("http://h:1#hidden", "http://h:1#********")]
    #[case("http:u:hidden@h:1", "********@h:1")]
    #[case("u:hidden@h:1", "********@h:1")]
    #[case("hidden@://h", "********@://h")]
    #[case("info,fred=loud", "info,fred=loud")]
    #[case("what?", "what?")]
    fn credentials_are_masked(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(without_credentials(text), shown);
    }
}
