//! Pages of a large registry over GraphQL, compared with plain SQL.

mod fleet;
mod pages;
mod plain_sql;
mod questions;

use std::{fmt, time::Duration};

use test_stores::postgres::TestDatabase;
use time::OffsetDateTime;

pub(crate) use fleet::{VEHICLES, register};
use questions::{QUESTIONS, Question};

use crate::{
    report::{DAY, Machine},
    target::{ServerOptions, launch_on},
};

/// Number of measured requests per query.
pub(crate) const REQUESTS: usize = 200;

/// Number of requests before the measured ones.
const WARM_UP: usize = 20;

/// Median times of one query.
#[derive(Debug, Clone)]
struct Compared {
    question: &'static Question,
    graphql: Duration,
    sql: Duration,
}

#[derive(Debug, Clone)]
pub(crate) struct RegistryReport {
    machine: Machine,
    day: String,
    compared: Vec<Compared>,
}

impl RegistryReport {
    /// Fills a database, starts the server on it, and measures each query on both.
    ///
    /// # Errors
    /// Fails if something can't be measured.
    pub(crate) async fn measure(options: &ServerOptions) -> anyhow::Result<Self> {
        let database = TestDatabase::create().await;
        eprintln!("registering {VEHICLES} vehicles");
        register(&database, VEHICLES, true).await?;
        let database_url = database.url();
        let target = launch_on(options, Some(database)).await?;
        fleet::move_all(&target, &fleet::ids()).await?;
        let mut compared = Vec::new();
        for question in QUESTIONS {
            eprintln!("{}", question.title);
            compared.push(Compared {
                question,
                graphql: pages::median(&target, question, WARM_UP, REQUESTS).await?,
                sql: plain_sql::median(&database_url, question, WARM_UP, REQUESTS).await?,
            });
        }
        target.finish(&[]).await?;
        Ok(Self {
            machine: Machine::this(),
            day: OffsetDateTime::now_utc().format(DAY)?,
            compared,
        })
    }
}

impl fmt::Display for RegistryReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            machine,
            day,
            compared,
        } = self;
        writeln!(
            f,
            "Measured on {day}: {VEHICLES} vehicles, medians of {REQUESTS} sequential requests.\n"
        )?;
        writeln!(f, "- Machine: {}", machine.hardware)?;
        writeln!(f, "- Software: {}", machine.software)?;
        writeln!(f, "- Command: `just bench-registry`\n")?;
        writeln!(
            f,
            "| page of 50 | GraphQL with positions, ms | plain SQL (pgbench), ms | ratio |\n|---|--:|--:|--:|"
        )?;
        for Compared {
            question,
            graphql,
            sql,
        } in compared
        {
            let ratio = graphql.as_secs_f64() / sql.as_secs_f64();
            let [graphql, sql] = [graphql, sql].map(|time| time.as_secs_f64() * 1e3);
            writeln!(
                f,
                "| {} | {graphql:.2} | {sql:.2} | {ratio:.1} × |",
                question.title
            )?;
        }
        Ok(())
    }
}
