//! Links between Markdown files of the repository must not be broken.

use std::collections::BTreeSet;

use super::markdown::{Page, root};

/// Returns the text without fenced blocks and inline code, which contain no links.
fn prose(text: &str) -> String {
    let mut is_fenced = false;
    let lines = text.lines().filter(|line| {
        let is_fence = line.trim_start().starts_with("```");
        is_fenced ^= is_fence;
        !is_fenced && !is_fence
    });
    let lines = lines.map(|line| {
        let parts = line.split('`').enumerate();
        parts
            .filter(|(index, _)| index % 2 == 0)
            .map(|(_, part)| part)
            .collect::<Vec<_>>()
            .join("`")
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns the targets of links and images: `[text](target)`, `[name]: target`, `src="target"` and `href="target"`.
fn targets(text: &str) -> Vec<String> {
    let prose = prose(text);
    let behind = |opening: &str, closing: char| {
        let starts = prose.match_indices(opening).map(|(at, found)| at + found.len());
        starts
            .filter_map(|start| prose[start..].split(closing).next().map(str::to_owned))
            .collect::<Vec<_>>()
    };
    let mut targets = [behind("](", ')'), behind("src=\"", '"'), behind("href=\"", '"')].concat();
    for line in prose.lines().filter(|line| line.starts_with('[')) {
        if let Some((_, target)) = line.split_once("]: ") {
            targets.push(target.trim().to_owned());
        }
    }
    // A title may follow the target.
    let first = |target: String| target.split_whitespace().next().unwrap_or_default().to_owned();
    targets.into_iter().map(first).collect()
}

/// Returns the anchors that GitHub derives from the headings of a page.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    let mut is_fenced = false;
    for line in text.lines() {
        is_fenced ^= line.trim_start().starts_with("```");
        let level = line.chars().take_while(|&c| c == '#').count();
        let is_heading = !is_fenced && (1..=6).contains(&level) && line[level..].starts_with(' ');
        if !is_heading {
            continue;
        }
        let slug: String = line[level..]
            .trim()
            .to_lowercase()
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
            .map(|c| if c == ' ' { '-' } else { c })
            .collect();
        // Repetitions of a heading get a number.
        let free = (0..)
            .map(|n| {
                if n == 0 {
                    slug.clone()
                } else {
                    format!("{slug}-{n}")
                }
            })
            .find(|slug| !anchors.contains(slug));
        anchors.extend(free);
    }
    anchors
}

/// Checks a link of a page. Links to other sites are not checked.
///
/// # Errors
/// Returns the reason why the link is broken.
fn follow(page: &Page, target: &str) -> Result<(), String> {
    let is_elsewhere = ["http://", "https://", "mailto:"]
        .iter()
        .any(|scheme| target.starts_with(scheme));
    if is_elsewhere {
        return Ok(());
    }
    let fault = |what: &str| Err(format!("{}: {target}: {what}", page.path));
    let (file, anchor) = target
        .split_once('#')
        .map_or((target, None), |(file, anchor)| (file, Some(anchor)));
    let folder = root().join(&page.path).parent().expect("a folder").to_owned();
    let path = if file.is_empty() {
        root().join(&page.path)
    } else {
        folder.join(file)
    };
    let (Ok(path), Ok(root)) = (path.canonicalize(), root().canonicalize()) else {
        return fault("there is no such file");
    };
    if !path.starts_with(root) {
        return fault("is outside of the repository");
    }
    let Some(anchor) = anchor else { return Ok(()) };
    let text = std::fs::read_to_string(path).unwrap_or_default();
    if anchors(&text).contains(anchor) {
        Ok(())
    } else {
        fault("there is no such heading")
    }
}

#[test]
fn no_link_within_the_repository_is_broken() {
    let mut count = 0;
    let mut faults = Vec::new();
    for page in Page::all() {
        for target in targets(&page.text) {
            count += 1;
            faults.extend(follow(&page, &target).err());
        }
    }
    assert_eq!(faults, Vec::<String>::new());
    assert!(count > 50, "{count} links");
}

#[test]
fn broken_links_are_found() {
    let text = "# A `b` c's, d\n## Same\n## Same\n[x](missing.md) `[y](no.md)` ![z](docs/images/screen.png \"t\")\n\
                ```\n[w](no.md)\n# no\n```\n[r]: docs/redis.md#keys\n<img src=\"a.png\">\n";
    let page = Page {
        path: "README.md".to_owned(),
        text: text.to_owned(),
    };
    let targets = targets(&page.text);
    assert_eq!(
        targets,
        [
            "missing.md",
            "docs/images/screen.png",
            "a.png",
            "docs/redis.md#keys"
        ]
    );
    let followed: Vec<_> = targets
        .iter()
        .map(|target| follow(&page, target).is_ok())
        .collect();
    assert_eq!(followed, [false, true, false, true]);
    assert!(follow(&page, "docs/redis.md#no-such-heading").is_err());
    assert!(follow(&page, "../Cargo.toml").is_err());
    let found: Vec<_> = anchors(text).into_iter().collect();
    assert_eq!(found, ["a-b-cs-d", "same", "same-1"]);
}
