//! What has to hold for the files of any page.

use crate::{asset::Asset, screen};

pub fn text(asset: &Asset) -> &'static str {
    str::from_utf8(asset.body).expect("the files are text")
}

pub fn names_no_other_host(assets: &[Asset]) {
    for asset in assets {
        text_names_no_other_host(asset.path, text(asset));
    }
}

pub fn text_names_no_other_host(name: &str, text: &str) {
    // The namespace of SVG is a name and not a place.
    let rest = text.replace("http://www.w3.org/2000/svg", "");
    assert!(
        !rest.contains("://") && !rest.contains("\"//"),
        "{name} names another host"
    );
}

/// A content security policy without `unsafe-inline` would block it.
pub fn nothing_is_inline(page: &Asset) {
    let html = text(page);
    assert_eq!(
        html.matches("<script").count(),
        html.matches("<script type=\"module\" src=").count()
    );
    for inline in ["<style", " style=", " onclick=", " onload=", "javascript:"] {
        assert!(!html.contains(inline), "{} contains {inline}", page.path);
    }
}

/// Whatever these files ask for is served: by their page, or by the screen, whose icon all pages share.
pub fn every_file_is_there(asking: &[Asset], page: &[Asset], at_least: usize) {
    let asked: Vec<_> = asking.iter().flat_map(files_asked_for).collect();
    assert!(asked.len() >= at_least, "{asked:?}");
    for path in asked {
        let mut served = page.iter().chain(screen::ASSETS);
        assert!(served.any(|asset| asset.path == path), "{path} is missing");
    }
}

fn files_asked_for(asset: &Asset) -> Vec<String> {
    let folder = asset.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let quoted = text(asset).split(['"', '\'']);
    quoted
        .filter_map(|quoted| {
            let module = quoted.strip_prefix("./").map(|name| format!("{folder}/{name}"));
            let is_file = quoted.starts_with("/assets/") || quoted.starts_with("/graphiql/");
            module.or_else(|| is_file.then(|| quoted.to_owned()))
        })
        .collect()
}
