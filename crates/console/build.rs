//! Sets the cfg `graphiql_bundle` if `deploy/assets.sh` has created GraphiQL's bundle, which is then embedded.

use std::path::Path;

/// File that is written last, once all other files exist.
const STAMP: &str = "graphiql/dist/stamp";

fn main() {
    println!("cargo::rustc-check-cfg=cfg(graphiql_bundle)");
    println!("cargo::rerun-if-changed=graphiql/dist");
    if Path::new(STAMP).exists() {
        println!("cargo::rustc-cfg=graphiql_bundle");
    }
}
