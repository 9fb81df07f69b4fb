//! Files of the monitoring screen.

use crate::asset::{Asset, CSS, HTML, JAVASCRIPT};

/// Files that only the screen uses.
pub(crate) const ASSETS: &[Asset] = &[
    Asset::new("/", HTML, include_bytes!("../assets/index.html")),
    Asset::new("/assets/style.css", CSS, include_bytes!("../assets/style.css")),
    Asset::new("/assets/app.js", JAVASCRIPT, include_bytes!("../assets/app.js")),
    Asset::new(
        "/assets/commands.js",
        JAVASCRIPT,
        include_bytes!("../assets/commands.js"),
    ),
    Asset::new("/assets/dom.js", JAVASCRIPT, include_bytes!("../assets/dom.js")),
    Asset::new("/assets/list.js", JAVASCRIPT, include_bytes!("../assets/list.js")),
    Asset::new("/assets/live.js", JAVASCRIPT, include_bytes!("../assets/live.js")),
    Asset::new("/assets/map.js", JAVASCRIPT, include_bytes!("../assets/map.js")),
    Asset::new(
        "/assets/shapes.js",
        JAVASCRIPT,
        include_bytes!("../assets/shapes.js"),
    ),
    Asset::new("/assets/view.js", JAVASCRIPT, include_bytes!("../assets/view.js")),
    Asset::new(
        "/assets/words.js",
        JAVASCRIPT,
        include_bytes!("../assets/words.js"),
    ),
];

#[cfg(test)]
mod tests {
    use std::slice;

    use super::*;
    use crate::checks;

    #[test]
    fn each_file_has_at_most_150_lines() {
        for asset in ASSETS {
            let lines = checks::lines(slice::from_ref(asset));
            assert!(lines <= 150, "{} has {lines} lines", asset.path);
        }
    }

    #[test]
    fn the_screen_uses_no_other_host() {
        checks::names_no_other_host(ASSETS);
    }

    #[test]
    fn nothing_is_inline() {
        checks::nothing_is_inline(&ASSETS[0]);
    }

    #[test]
    fn nothing_is_stored_in_the_browser() {
        checks::keeps_nothing(ASSETS);
    }

    #[test]
    fn every_referenced_file_exists() {
        checks::every_file_is_there(ASSETS, ASSETS, 20);
    }
}
