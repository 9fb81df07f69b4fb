//! Notices whether `deploy/assets.sh` has made GraphiQL's bundle, which is then embedded.

use std::path::Path;

/// Written last, once everything else exists.
const STAMP: &str = "graphiql/dist/stamp";

fn main() {
    println!("cargo::rustc-check-cfg=cfg(graphiql_bundle)");
    println!("cargo::rerun-if-changed=graphiql/dist");
    if Path::new(STAMP).exists() {
        println!("cargo::rustc-cfg=graphiql_bundle");
    }
}
