//! Files that all pages share: the session, the log-in form, the common style sheet and the icon.

use crate::asset::{Asset, CSS, JAVASCRIPT};

/// Files under `/assets/` that any page may use.
pub(crate) const ASSETS: &[Asset] = &[
    Asset::new(
        "/assets/session.js",
        JAVASCRIPT,
        include_bytes!("../assets/session.js"),
    ),
    Asset::new(
        "/assets/login.js",
        JAVASCRIPT,
        include_bytes!("../assets/login.js"),
    ),
    Asset::new("/assets/page.css", CSS, include_bytes!("../assets/page.css")),
    Asset::new(
        "/assets/icon.svg",
        "image/svg+xml",
        include_bytes!("../assets/icon.svg"),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks;

    const SESSION: &[Asset] = ASSETS.split_at(1).0;
    const FORM: &Asset = &ASSETS[1];

    #[test]
    fn the_session_has_under_120_lines_and_the_shared_files_under_220() {
        let (session, all) = (checks::lines(SESSION), checks::lines(ASSETS));
        assert!(session < 120 && all < 220, "{session} and {all} lines");
    }

    #[test]
    fn tokens_are_stored_in_memory_only() {
        checks::keeps_nothing(ASSETS);
    }

    #[test]
    fn no_other_host_is_used() {
        checks::names_no_other_host(ASSETS);
    }

    #[test]
    fn every_referenced_file_exists() {
        checks::every_file_is_there(ASSETS, ASSETS, 1);
    }

    /// The form is created by a script, and subject to the same policy as the pages.
    #[test]
    fn nothing_in_the_form_is_inline() {
        checks::nothing_is_inline(FORM);
    }

    #[test]
    fn the_form_supports_assistive_technology_and_password_managers() {
        let form = checks::text(FORM);
        for name in ["username", "password"] {
            assert!(form.contains(&format!("<label for=\"{name}\">")), "{name}");
            assert!(form.contains(&format!("<input id=\"{name}\"")), "{name}");
        }
        for part in [
            "autocomplete=\"username\"",
            "autocomplete=\"current-password\"",
            "type=\"password\"",
            "role=\"alert\"",
            "aria-labelledby",
        ] {
            assert!(form.contains(part), "{part}");
        }
    }
}
