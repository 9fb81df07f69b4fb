//! Assertions about static files, for the tests of all pages.

use crate::{asset::Asset, shared};

pub(crate) fn text(asset: &Asset) -> &'static str {
    str::from_utf8(asset.body).expect("the files are text")
}

pub(crate) fn lines(assets: &[Asset]) -> usize {
    assets.iter().map(|asset| text(asset).lines().count()).sum()
}

/// Checks that files use no persistent storage. Otherwise the next user of the browser could obtain a token.
pub(crate) fn keeps_nothing(assets: &[Asset]) {
    for asset in assets {
        text_keeps_nothing(asset.path, text(asset));
    }
}

pub(crate) fn text_keeps_nothing(name: &str, text: &str) {
    for place in ["localStorage", "sessionStorage", "indexedDB", "cookie", "caches."] {
        assert!(!text.contains(place), "{name} uses {place}");
    }
}

pub(crate) fn names_no_other_host(assets: &[Asset]) {
    for asset in assets {
        text_names_no_other_host(asset.path, text(asset));
    }
}

pub(crate) fn text_names_no_other_host(name: &str, text: &str) {
    // The SVG namespace is only a name, which is never requested.
    let rest = text.replace("http://www.w3.org/2000/svg", "");
    assert!(
        !rest.contains("://") && !rest.contains("\"//"),
        "{name} names another host"
    );
}

/// Checks that a page has no inline scripts or styles, which a content security policy without `unsafe-inline` blocks.
pub(crate) fn nothing_is_inline(page: &Asset) {
    let html = text(page);
    assert_eq!(
        html.matches("<script").count(),
        html.matches("<script type=\"module\" src=").count()
    );
    for inline in ["<style", " style=", " onclick=", " onload=", "javascript:"] {
        assert!(!html.contains(inline), "{} contains {inline}", page.path);
    }
}

/// Checks that `asking` references at least `at_least` files, and that each of them is a file of `page` or a shared
/// file.
pub(crate) fn every_file_is_there(asking: &[Asset], page: &[Asset], at_least: usize) {
    let asked: Vec<_> = asking
        .iter()
        .flat_map(|asset| files_asked_for(asset.path, text(asset)))
        .collect();
    assert!(asked.len() >= at_least, "{asked:?}");
    for path in asked {
        assert!(is_among(page, &path) || is_shared(&path), "{path} is missing");
    }
}

fn is_among(assets: &[Asset], path: &str) -> bool {
    assets.iter().any(|asset| asset.path == path)
}

pub(crate) fn is_shared(path: &str) -> bool {
    is_among(shared::ASSETS, path)
}

/// Returns the paths that the file at `path` references.
pub(crate) fn files_asked_for(path: &str, text: &str) -> Vec<String> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let quoted = text.split(['"', '\'']);
    quoted
        .filter_map(|quoted| {
            let module = quoted.strip_prefix("./").map(|name| format!("{folder}/{name}"));
            let is_file = quoted.starts_with("/assets/") || quoted.starts_with("/graphiql/");
            module.or_else(|| is_file.then(|| quoted.to_owned()))
        })
        .collect()
}
