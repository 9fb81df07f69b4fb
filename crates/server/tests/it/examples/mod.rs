//! The examples in the documentation are run as if a reader had pasted them.
//!
//! All fenced blocks of all Markdown files are run, except for those in [`NOT_RUN`]. Their language determines how:
//!
//! | language | treatment |
//! | --- | --- |
//! | `sh` | pasted into a terminal, one block after another; see `terminal.sh` |
//! | `graphql` | sent to `/graphql`, or opened as a subscription, which must deliver an event |
//! | `js`, `ts` | run by Node.js, `ts` after strict compilation; must print something |
//! | `json` | compared with the responses received while the page was run, one of which must match |
//! | `toml`, `env` | accepted by `fleetwatch config` |
//! | `sql` | executed by `psql` in a separate cluster |
//! | `messages` | sent (`→`) and expected (`←`) at `/graphql/ws` |
//! | `text`, `mermaid` | not run |
//! | `sh` with `machine` | a step of the set-up that `installation` follows |
//! | any with `file=` | a file of the application that `clients::front_end` compiles and runs |
//!
//! A block of any other language, or of none, fails.

mod conversation;
mod links;
pub(crate) mod markdown;
mod preparation;
mod prompts;
mod session;
mod shape;

use markdown::{Block, OF_A_MACHINE, Page};
use session::Session;

/// Blocks that are not run: the page, the block's first words, and the reason.
const NOT_RUN: &[(&str, &str, &str)] = &[
    (
        "docs/tracing.md",
        "\"$(python3 -c 'import rotel",
        "needs rotel from PyPI; end_to_end::traces has a receiver of its own",
    ),
    (
        "docs/websocket.md",
        "/**\n * Keeps the current fleet",
        "a function for other programs; clients::websocket calls it",
    ),
    (
        "docs/websocket.md",
        "function applyDelta",
        "a function for other programs; clients::convergence calls it",
    ),
    (
        "docs/websocket.md",
        "async function decode",
        "a function for other programs; clients::convergence calls it",
    ),
    (
        "docs/websocket.md",
        "import zlib",
        "a function for other programs; clients::websocket calls it",
    ),
];

macro_rules! pages {
    ($($test:ident: $page:literal,)*) => {
        /// Pages with a separate test.
        const PAGES: &[&str] = &[$($page),*];

        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                check($page).await;
            }
        )*
    };
}

pages! {
    the_readme: "README.md",
    architecture: "docs/architecture.md",
    benchmarks: "docs/benchmarks.md",
    dead_letters: "docs/dead-letters.md",
    deployment: "docs/deployment.md",
    front_end: "docs/front-end.md",
    graphql: "docs/graphql.md",
    load_balancing: "docs/load-balancing.md",
    logs: "docs/logs.md",
    operations: "docs/operations.md",
    redis: "docs/redis.md",
    rest: "docs/rest.md",
    tracing: "docs/tracing.md",
    troubleshooting: "docs/troubleshooting.md",
    upgrade: "docs/upgrade.md",
    websocket: "docs/websocket.md",
}

/// Treatment of a block.
#[derive(Debug, PartialEq, Eq)]
enum Treatment {
    /// The block is run by a command in the terminal.
    Pasted,
    /// The block is compared with received responses.
    Answer,
    /// The messages in the block are sent, or expected, over a socket.
    Conversation,
    /// The block is not run, or is run by another test.
    None,
}

/// Returns the treatment of a block.
///
/// # Errors
/// Fails if there is no treatment for its language.
fn treatment(page: &str, block: &Block) -> Result<Treatment, String> {
    let is_left_out = |&(at, begins, _): &(&str, &str, &str)| at == page && block.text.starts_with(begins);
    if NOT_RUN.iter().any(is_left_out) {
        return Ok(Treatment::None);
    }
    if block.language == "sh" && block.attributes == OF_A_MACHINE {
        return Ok(Treatment::None);
    }
    if block.attributes.starts_with("file=") && page == "docs/front-end.md" {
        return Ok(Treatment::None);
    }
    match block.language.as_str() {
        "sh" | "graphql" | "js" | "ts" | "toml" | "env" | "sql" => Ok(Treatment::Pasted),
        "json" => Ok(Treatment::Answer),
        "messages" => Ok(Treatment::Conversation),
        "text" | "mermaid" => Ok(Treatment::None),
        other => Err(format!(
            "{page}:{}: how is a block of `{other}` run? See crates/server/tests/it/examples/mod.rs",
            block.line
        )),
    }
}

/// Runs all examples of a page.
async fn check(path: &str) {
    let page = Page::read(path);
    let blocks: Vec<(Treatment, Block)> = page
        .blocks()
        .into_iter()
        .map(|block| {
            (
                treatment(path, &block).unwrap_or_else(|fault| panic!("{fault}")),
                block,
            )
        })
        .collect();
    if blocks.iter().all(|(treatment, _)| *treatment == Treatment::None) {
        return;
    }
    let session = Session::begin(path, &blocks).await;
    session.paste().await;
    for (treatment, block) in &blocks {
        match treatment {
            Treatment::Answer => session.must_have_shown(block).await,
            Treatment::Conversation => conversation::hold(&session, block).await,
            Treatment::Pasted | Treatment::None => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_other_page() {
    let all: Vec<_> = Page::all()
        .into_iter()
        .filter(|page| !page.blocks().is_empty())
        .map(|page| page.path)
        .collect();
    for page in PAGES {
        assert!(
            all.iter().any(|path| path == page),
            "{page} no longer has examples"
        );
    }
    for path in all.iter().filter(|path| !PAGES.contains(&path.as_str())) {
        check(path).await;
    }
}

#[test]
fn excluded_blocks_exist_and_have_a_reason() {
    for (path, begins, reason) in NOT_RUN {
        let page = Page::read(path);
        let found = page
            .blocks()
            .iter()
            .filter(|block| block.text.starts_with(begins))
            .count();
        assert_eq!(found, 1, "{path}: {begins}");
        assert!(reason.len() > 20, "{path}: {reason}");
    }
}

#[test]
fn a_block_of_an_unknown_language_fails() {
    let block = |language: &str| Block {
        line: 7,
        language: language.to_owned(),
        attributes: String::new(),
        text: "x\n".to_owned(),
    };
    assert_eq!(treatment("docs/redis.md", &block("sh")), Ok(Treatment::Pasted));
    for language in ["", "console", "python"] {
        let fault = treatment("docs/redis.md", &block(language)).expect_err("it is not known");
        assert!(fault.starts_with("docs/redis.md:7: "), "{fault}");
    }
}
