//! The page at `/graphiql`: GraphiQL if `deploy/assets.sh` created its bundle before the build, otherwise a plain page.

#[cfg(graphiql_bundle)]
use actix_web::http::header::ContentEncoding;

use crate::asset::{Asset, CSS, HTML, JAVASCRIPT};

/// Defines a file of the bundle, with its compressed copies.
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

/// Content security policy of the page, stricter than the server's default: all resources except `data:` images come
/// from this server, and nothing is inline. In all browsers since 2022, `'self'` includes WebSocket connections to the
/// same host.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Files of the page that this binary serves.
pub(crate) const ASSETS: &[Asset] = match BUNDLED {
    Some(bundled) => bundled,
    None => PLAIN,
};

/// Files of the plain page, which needs no build step.
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

/// Files of GraphiQL; `None` if the bundle has not been created.
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
pub(crate) mod tests {
    use std::{fs, path::Path};

    use super::*;
    use crate::checks;

    /// Returns the variants of the page that this binary contains.
    pub(crate) fn variants() -> Vec<&'static [Asset]> {
        [Some(PLAIN), BUNDLED].into_iter().flatten().collect()
    }

    fn folder() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/graphiql"))
    }

    /// Makes sure that the tests of the bundle are not skipped by mistake.
    #[test]
    fn the_bundle_is_embedded_if_it_was_created() {
        let made = folder().join("dist/stamp").exists();
        assert_eq!(BUNDLED.is_some(), made);
        assert_eq!(
            ASSETS.iter().any(|asset| asset.path == "/graphiql/bundle.js"),
            made
        );
    }

    #[test]
    fn the_plain_page_is_complete_and_uses_no_other_host() {
        checks::nothing_is_inline(&PLAIN[0]);
        checks::names_no_other_host(PLAIN);
        checks::every_file_is_there(PLAIN, PLAIN, 9);
    }

    #[test]
    fn the_plain_page_stores_nothing_in_the_browser() {
        checks::keeps_nothing(PLAIN);
    }

    #[test]
    fn the_plain_page_explains_how_to_get_graphiql() {
        assert!(checks::text(&PLAIN[0]).contains("just assets"));
    }

    /// Returns the names and contents of this project's own files around GraphiQL.
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

    /// GraphiQL's own code links to its documentation, so only the files around it are checked.
    #[test]
    fn the_sources_of_the_bundle_name_no_other_host() {
        for (name, text) in sources() {
            checks::text_names_no_other_host(&name, &text);
        }
    }

    /// GraphiQL stores input through `storage.js`, which omits headers.
    #[test]
    fn only_the_storage_of_graphiql_stores_anything() {
        for (name, text) in sources() {
            if !name.ends_with("storage.js") {
                checks::text_keeps_nothing(&name, &text);
            }
        }
    }

    #[test]
    fn shared_files_that_the_bundle_references_exist() {
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
    fn packages_are_pinned_to_the_public_registry() {
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
        fn the_page_references_embedded_files_only() {
            let page = &bundle()[..1];
            checks::nothing_is_inline(&page[0]);
            checks::names_no_other_host(page);
            checks::every_file_is_there(page, bundle(), 4);
        }

        /// If the bundle contained a copy of the log-in, it would have a separate session.
        #[test]
        fn the_log_in_is_shared_with_the_other_pages() {
            let script = checks::text(&bundle()[2]);
            for shared in ["from\"/assets/login.js\"", "from\"/assets/session.js\""] {
                assert!(script.contains(shared), "{shared}");
            }
            assert!(!script.contains("/api/auth/"));
        }

        #[test]
        fn the_style_sheet_embeds_its_images_and_has_no_fonts() {
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
        fn licences_of_the_packages_are_included() {
            let licenses = checks::text(&bundle()[3]);
            for name in ["graphiql ", "react ", "graphql-ws ", "codemirror "] {
                assert!(licenses.lines().any(|line| line.starts_with(name)), "{name}");
            }
        }

        #[test]
        fn compressed_copies_are_smaller() {
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
