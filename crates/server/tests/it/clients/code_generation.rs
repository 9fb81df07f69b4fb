//! Code generators from the npm registry must accept the schema.

use super::run_tool;

/// Checks that the types generated for the schema and for a front end's operations compile.
#[tokio::test]
async fn graphql_codegen_generates_types_that_compile() {
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
