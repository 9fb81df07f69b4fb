//! The monitoring screen's own files.

use crate::asset::{Asset, CSS, HTML, JAVASCRIPT};

/// Every file that is the screen's alone.
pub const ASSETS: &[Asset] = &[
    Asset::new("/", HTML, include_bytes!("../assets/index.html")),
    Asset::new("/assets/style.css", CSS, include_bytes!("../assets/style.css")),
    Asset::new("/assets/app.js", JAVASCRIPT, include_bytes!("../assets/app.js")),
    Asset::new("/assets/live.js", JAVASCRIPT, include_bytes!("../assets/live.js")),
    Asset::new("/assets/map.js", JAVASCRIPT, include_bytes!("../assets/map.js")),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks;

    #[test]
    fn the_whole_screen_has_under_400_lines() {
        let lines = checks::lines(ASSETS);
        assert!(lines < 400, "{lines} lines");
    }

    #[test]
    fn the_screen_asks_no_other_host() {
        checks::names_no_other_host(ASSETS);
    }

    #[test]
    fn nothing_is_inline() {
        checks::nothing_is_inline(&ASSETS[0]);
    }

    #[test]
    fn nothing_is_kept_in_the_browser() {
        checks::keeps_nothing(ASSETS);
    }

    #[test]
    fn every_file_that_is_asked_for_is_there() {
        checks::every_file_is_there(ASSETS, ASSETS, 10);
    }
}
