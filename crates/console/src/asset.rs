//! The screen's files, as they are in the binary.

use std::hash::{DefaultHasher, Hash, Hasher};

use actix_web::http::header::EntityTag;

/// One file of the screen.
pub struct Asset {
    /// Where it is served.
    pub path: &'static str,
    /// Its media type.
    pub content_type: &'static str,
    /// What it holds.
    pub body: &'static str,
}

impl Asset {
    /// Changes whenever the content does. Weak, since a proxy may compress the file on its way.
    #[must_use]
    pub fn entity_tag(&self) -> EntityTag {
        let mut hasher = DefaultHasher::new();
        self.body.hash(&mut hasher);
        EntityTag::new_weak(format!("{:016x}", hasher.finish()))
    }
}

/// Every file of the screen.
pub const ASSETS: &[Asset] = &[
    Asset {
        path: "/",
        content_type: "text/html; charset=utf-8",
        body: include_str!("../assets/index.html"),
    },
    Asset {
        path: "/assets/style.css",
        content_type: "text/css; charset=utf-8",
        body: include_str!("../assets/style.css"),
    },
    Asset {
        path: "/assets/app.js",
        content_type: "text/javascript; charset=utf-8",
        body: include_str!("../assets/app.js"),
    },
    Asset {
        path: "/assets/live.js",
        content_type: "text/javascript; charset=utf-8",
        body: include_str!("../assets/live.js"),
    },
    Asset {
        path: "/assets/map.js",
        content_type: "text/javascript; charset=utf-8",
        body: include_str!("../assets/map.js"),
    },
    Asset {
        path: "/assets/icon.svg",
        content_type: "image/svg+xml",
        body: include_str!("../assets/icon.svg"),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    fn html() -> &'static str {
        ASSETS[0].body
    }

    #[test]
    fn the_whole_screen_has_under_400_lines() {
        let lines: usize = ASSETS.iter().map(|asset| asset.body.lines().count()).sum();
        assert!(lines < 400, "{lines} lines");
    }

    #[test]
    fn the_screen_asks_no_other_host() {
        for Asset { path, body, .. } in ASSETS {
            let rest = body.replace("http://www.w3.org/2000/svg", "");
            assert!(
                !rest.contains("://") && !rest.contains("\"//"),
                "{path} names another host"
            );
        }
    }

    /// A content security policy without `unsafe-inline` would block it.
    #[test]
    fn nothing_is_inline() {
        assert_eq!(
            html().matches("<script").count(),
            html().matches("<script type=\"module\" src=").count()
        );
        for inline in ["<style", " style=", " onclick=", " onload=", "javascript:"] {
            assert!(!html().contains(inline), "index.html contains {inline}");
        }
    }

    #[test]
    fn every_file_that_is_asked_for_is_there() {
        let quoted = |body: &'static str| body.split(['"', '\'']).collect::<Vec<_>>();
        let asked = ASSETS
            .iter()
            .flat_map(|asset| quoted(asset.body))
            .filter_map(|text| {
                let module = text.strip_prefix("./").map(|name| format!("/assets/{name}"));
                module.or_else(|| text.starts_with("/assets/").then(|| text.to_owned()))
            });
        let asked: Vec<_> = asked.collect();
        assert!(asked.len() >= 5, "{asked:?}");
        for path in asked {
            assert!(ASSETS.iter().any(|asset| asset.path == path), "{path} is missing");
        }
    }

    #[test]
    fn the_tag_follows_the_content() {
        let tag = |body| {
            Asset {
                path: "/",
                content_type: "text/html",
                body,
            }
            .entity_tag()
        };
        assert_eq!(tag("one"), tag("one"));
        assert_ne!(tag("one"), tag("two"));
    }
}
