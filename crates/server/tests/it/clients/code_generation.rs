//! The code generators of the npm registry accept the schema.

use super::run_tool;

/// Types for the schema and for the operations of a front end, and the compiler has nothing against them.
#[tokio::test]
async fn graphql_codegen_makes_types_that_typescript_accepts() {
    let folder = tempfile::tempdir().expect("a folder");
    let types = folder.path().join("types.ts");
    let path = types.to_str().expect("UTF-8");
    let output = [("OUTPUT", path)];
    run_tool("graphql-codegen", &["--config", "codegen.yml"], &output).await;
    let generated = std::fs::read_to_string(&types).expect("it was written");
    for name in [
        "export type Amr",
        "export type VehicleConnection",
        "export type VehiclePageQuery",
    ] {
        assert!(generated.contains(name), "{name} is missing");
    }
    let compile = [
        "--noEmit",
        "--strict",
        "--target",
        "es2022",
        "--skipLibCheck",
        path,
    ];
    run_tool("tsc", &compile, &[]).await;
}
