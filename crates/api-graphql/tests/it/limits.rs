//! What a document may not ask for.

use api_graphql::GraphqlOptions;
use rstest::rstest;
use serde_json::json;

use crate::stage::Stage;

/// What GraphiQL asks first; the types of types are unfolded nine deep.
const INTROSPECTION: &str = "query IntrospectionQuery {
    __schema {
        queryType { name } mutationType { name } subscriptionType { name }
        types { kind name fields(includeDeprecated: true) { name args { name type { ...TypeRef } } type { ...TypeRef } } }
    }
}
fragment TypeRef on __Type {
    kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
        ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } }
}";

#[rstest]
#[case("{ vehicles { nodes { id } } }", 3, true)]
#[case("{ vehicles { nodes { id } } }", 2, false)]
#[case(
    "{ vehicles { ...F } } fragment F on VehicleConnection { edges { node { specification { maxSpeed } } } }",
    4,
    false
)]
#[case(
    "{ vehicles { ...F } } fragment F on VehicleConnection { edges { node { specification { maxSpeed } } } }",
    5,
    true
)]
#[case(INTROSPECTION, 1, true)]
#[tokio::test]
async fn documents_are_as_deep_as_they_may_be(
    #[case] query: &str,
    #[case] max_depth: usize,
    #[case] is_fine: bool,
) {
    let stage = Stage::with(GraphqlOptions {
        max_depth,
        ..GraphqlOptions::default()
    })
    .await;
    let (status, answer) = stage.post(&json!({"query": query})).await;
    if is_fine {
        assert_eq!((status, answer.get("errors")), (200, None));
    } else {
        assert_eq!(status, 400);
        assert_eq!(answer["errors"][0]["extensions"]["code"], "QUERY_TOO_COMPLEX");
    }
}

#[tokio::test]
async fn a_flood_of_fields_is_too_complex() {
    let stage = Stage::new().await;
    let query = format!("{{ {} }}", "__typename ".repeat(20_000));
    assert_eq!(
        stage.error(&query, json!({})).await["extensions"]["code"],
        "QUERY_TOO_COMPLEX"
    );
    let doubling: String = (0..20)
        .map(|n| format!("fragment F{n} on Query {{ ...F{0} ...F{0} }} ", n + 1))
        .collect();
    let query = format!("{{ ...F0 }} {doubling} fragment F20 on Query {{ __typename }}");
    assert_eq!(
        stage.error(&query, json!({})).await["extensions"]["code"],
        "QUERY_TOO_COMPLEX"
    );
}

#[tokio::test]
async fn nesting_does_not_overflow_the_stack() {
    let stage = Stage::new().await;
    let deep = 7_000;
    for query in [
        format!("{}{}", "{a".repeat(deep), "}".repeat(deep)),
        format!("{{ a(b: {}1{}) }}", "[".repeat(deep), "]".repeat(deep)),
    ] {
        assert_eq!(
            stage.error(&query, json!({})).await["extensions"]["code"],
            "QUERY_TOO_COMPLEX"
        );
    }
}

#[tokio::test]
async fn introspection_can_be_switched_off() {
    let stage = Stage::with(GraphqlOptions {
        introspection: false,
        ..GraphqlOptions::default()
    })
    .await;
    let error = stage
        .error("{ __schema { queryType { name } } }", json!({}))
        .await;
    assert_eq!(error["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
    assert_eq!(
        stage.data("{ __typename }", json!({})).await,
        json!({"__typename": "Query"})
    );
}
