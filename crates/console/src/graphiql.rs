//! The page at `/graphiql`: GraphiQL where `deploy/assets.sh` made its bundle before the build, else a plain page.

#[cfg(graphiql_bundle)]
use actix_web::http::header::ContentEncoding;

use crate::asset::{Asset, CSS, HTML, JAVASCRIPT};

/// A file that the asset script has made, with the copies that it has compressed.
#[cfg(graphiql_bundle)]
macro_rules! bundled {
    ($name:literal, $content_type:expr) => {
        Asset::new(
            concat!("/graphiql/", $name),
            $content_type,
            include_bytes!(concat!("../graphiql/dist/", $name)),
        )
        .with_compressed(&[
            (
                ContentEncoding::Brotli,
                include_bytes!(concat!("../graphiql/dist/", $name, ".br")),
            ),
            (
                ContentEncoding::Gzip,
                include_bytes!(concat!("../graphiql/dist/", $name, ".gz")),
            ),
        ])
    };
}

/// Everything comes from this server and nothing is inline: tighter than what the server gives all pages.
/// `'self'` includes sockets of the same host, in every browser since 2022.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What this binary serves.
pub const ASSETS: &[Asset] = match BUNDLED {
    Some(bundled) => bundled,
    None => PLAIN,
};

/// A query page without a build step.
const PLAIN: &[Asset] = &[
    page(include_bytes!("../graphiql/plain/index.html")),
    Asset::new(
        "/graphiql/plain.css",
        CSS,
        include_bytes!("../graphiql/plain/plain.css"),
    ),
    Asset::new(
        "/graphiql/plain.js",
        JAVASCRIPT,
        include_bytes!("../graphiql/plain/plain.js"),
    ),
    Asset::new(
        "/graphiql/socket.js",
        JAVASCRIPT,
        include_bytes!("../graphiql/plain/socket.js"),
    ),
];

/// GraphiQL and all that it needs.
#[cfg(graphiql_bundle)]
const BUNDLED: Option<&[Asset]> = Some(&[
    page(include_bytes!("../graphiql/full/index.html")),
    bundled!("bundle.css", CSS),
    bundled!("bundle.js", JAVASCRIPT),
    bundled!("licenses.txt", "text/plain; charset=utf-8"),
]);

#[cfg(not(graphiql_bundle))]
const BUNDLED: Option<&[Asset]> = None;

const fn page(html: &'static [u8]) -> Asset {
    Asset::new("/graphiql", HTML, html).with_content_policy(CONTENT_POLICY)
}

#[cfg(test)]
pub mod tests {
    use std::{fs, path::Path};

    use super::*;
    use crate::checks;

    /// Both pages as far as this binary has them; which of them it serves is in the names of the tests that ran.
    pub fn variants() -> Vec<&'static [Asset]> {
        [Some(PLAIN), BUNDLED].into_iter().flatten().collect()
    }

    fn folder() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/graphiql"))
    }

    /// The tests of the bundle are not left out by mistake: whoever made it has it in the binary.
    #[test]
    fn the_bundle_is_embedded_when_it_was_made() {
        let made = folder().join("dist/stamp").exists();
        assert_eq!(BUNDLED.is_some(), made);
        assert_eq!(
            ASSETS.iter().any(|asset| asset.path == "/graphiql/bundle.js"),
            made
        );
    }

    #[test]
    fn the_plain_page_is_complete_and_our_own() {
        checks::nothing_is_inline(&PLAIN[0]);
        checks::names_no_other_host(PLAIN);
        checks::every_file_is_there(PLAIN, PLAIN, 9);
    }

    #[test]
    fn the_plain_page_keeps_nothing_in_the_browser() {
        checks::keeps_nothing(PLAIN);
    }

    #[test]
    fn the_plain_page_says_how_to_get_the_other() {
        assert!(checks::text(&PLAIN[0]).contains("just assets"));
    }

    /// What we wrote around GraphiQL, by name.
    fn sources() -> Vec<(String, String)> {
        let sources = fs::read_dir(folder().join("full")).expect("the sources of the bundle");
        let sources: Vec<_> = sources
            .map(|source| {
                let path = source.expect("a source").path();
                let text = fs::read_to_string(&path).expect("a text");
                (path.display().to_string(), text)
            })
            .collect();
        assert!(sources.len() >= 4, "{sources:?}");
        sources
    }

    /// GraphiQL's own code names its documentation; what we wrote around it names nobody.
    #[test]
    fn what_the_bundle_is_made_of_names_no_other_host() {
        for (name, text) in sources() {
            checks::text_names_no_other_host(&name, &text);
        }
    }

    /// GraphiQL keeps what was typed by way of `storage.js`, which leaves headers out.
    #[test]
    fn only_the_storage_of_graphiql_keeps_anything() {
        for (name, text) in sources() {
            if !name.ends_with("storage.js") {
                checks::text_keeps_nothing(&name, &text);
            }
        }
    }

    #[test]
    fn the_bundle_asks_for_shared_files_that_are_there() {
        let asked: Vec<_> = sources()
            .iter()
            .flat_map(|(name, text)| checks::files_asked_for(name, text))
            .filter(|path| path.starts_with("/assets/"))
            .collect();
        assert!(asked.len() >= 4, "{asked:?}");
        for path in asked {
            assert!(checks::is_shared(&path), "{path} is missing");
        }
    }

    #[test]
    fn packages_are_pinned_at_the_public_registry() {
        let lock = fs::read_to_string(folder().join("package-lock.json")).expect("the lock file");
        let values = |key| {
            let lines = lock.lines().map(str::trim);
            lines
                .filter_map(move |line| line.strip_prefix(key))
                .collect::<Vec<_>>()
        };
        let (places, hashes) = (values("\"resolved\": \""), values("\"integrity\": \""));
        assert!(places.len() > 50, "{} packages", places.len());
        assert_eq!(places.len(), hashes.len());
        for place in places {
            assert!(place.starts_with("https://registry.npmjs.org/"), "{place}");
        }
    }

    #[cfg(graphiql_bundle)]
    mod bundled {
        use super::*;

        fn bundle() -> &'static [Asset] {
            BUNDLED.expect("the bundle is embedded")
        }

        #[test]
        fn the_page_asks_for_embedded_files_only() {
            let page = &bundle()[..1];
            checks::nothing_is_inline(&page[0]);
            checks::names_no_other_host(page);
            checks::every_file_is_there(page, bundle(), 4);
        }

        /// And not a copy of it, which would know of another session.
        #[test]
        fn the_log_in_is_that_of_all_pages() {
            let script = checks::text(&bundle()[2]);
            for shared in ["from\"/assets/login.js\"", "from\"/assets/session.js\""] {
                assert!(script.contains(shared), "{shared}");
            }
            assert!(!script.contains("/api/auth/"));
        }

        #[test]
        fn the_style_brings_its_images_and_no_fonts() {
            let style = checks::text(&bundle()[1]);
            let outside = style
                .split("url(")
                .skip(1)
                .filter(|url| !url.trim_start_matches('"').starts_with("data:"));
            assert_eq!(outside.count(), 0);
            assert!(!style.contains("@font-face") && !style.contains("@import"));
        }

        #[test]
        fn there_are_no_source_maps() {
            for asset in bundle() {
                assert!(
                    !checks::text(asset).contains("sourceMappingURL"),
                    "{}",
                    asset.path
                );
            }
        }

        #[test]
        fn who_wrote_it_is_named() {
            let licenses = checks::text(&bundle()[3]);
            for name in ["graphiql ", "react ", "graphql-ws ", "codemirror "] {
                assert!(licenses.lines().any(|line| line.starts_with(name)), "{name}");
            }
        }

        #[test]
        fn copies_are_smaller() {
            for asset in bundle().iter().skip(1) {
                assert_eq!(asset.compressed.len(), 2);
                for (encoding, copy) in asset.compressed {
                    assert!(
                        copy.len() < asset.body.len() / 2,
                        "{} by {encoding:?}",
                        asset.path
                    );
                }
            }
        }
    }
}
