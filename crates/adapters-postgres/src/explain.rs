//! PostgreSQL's plans of statements, for tests.

use diesel::{
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::Text,
};
use diesel_async::RunQueryDsl;
use futures::FutureExt;
use test_stores::postgres::TestDatabase;

use crate::{Database, DatabaseOptions};

/// Statement that returns the plan of another statement.
#[derive(Debug)]
struct Explain<Q>(Q);

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Explain<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("EXPLAIN ");
        self.0.walk_ast(out)
    }
}

impl<Q> QueryId for Explain<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q> Query for Explain<Q> {
    type SqlType = Text;
}

/// Creates a private database filled by a script, and a pool of one connection to it.
pub(crate) async fn filled(script: &str) -> (TestDatabase, Database) {
    let private = TestDatabase::create().await;
    private
        .client()
        .await
        .batch_execute(script)
        .await
        .expect("the script runs");
    let url = private.url().parse().expect("our own URL");
    let database = Database::connect(DatabaseOptions { url, pool_size: 1 });
    (private, database)
}

/// Returns the plan of a statement, with the session settings of [`Database`].
pub(crate) async fn plan_of<Q>(database: &Database, statement: Q) -> String
where
    Q: QueryFragment<Pg> + Send + 'static,
{
    let statement = Explain(statement);
    let plan: Vec<String> = database
        .run(|connection| async move { Ok(RunQueryDsl::load(statement, connection).await?) }.boxed())
        .await
        .expect("a plan");
    plan.join("\n")
}
