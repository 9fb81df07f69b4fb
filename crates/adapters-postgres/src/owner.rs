//! The permissions of two roles: the owner of the tables, which migrates them, and a role with fewer rights for the
//! server.

use application::{Error, Result};
use diesel::{
    QueryableByName,
    sql_types::{Bool, Text},
};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection as _};
use futures::FutureExt as _;

use crate::database::Database;

/// Selects the statements that grant a role, whose name is the parameter, the rights of a server: to read and write the
/// tables, to read the audit log and append to it, and to see the applied migrations.
const GRANTS: &str = "
    SELECT string_agg(statement, '; ') AS statements FROM (
        SELECT format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), $1) AS statement
        UNION ALL
        SELECT format('REVOKE ALL ON %I.%I FROM %I', schemaname, tablename, $1)
        FROM pg_tables
        WHERE schemaname = current_schema() AND tablename IN ('audit_log', '__diesel_schema_migrations')
        UNION ALL
        SELECT format(
            CASE tablename
                WHEN 'audit_log' THEN 'GRANT SELECT, INSERT ON %I.%I TO %I'
                WHEN '__diesel_schema_migrations' THEN 'GRANT SELECT ON %I.%I TO %I'
                ELSE 'GRANT SELECT, INSERT, UPDATE, DELETE ON %I.%I TO %I'
            END, schemaname, tablename, $1)
        FROM pg_tables WHERE schemaname = current_schema()
        UNION ALL
        SELECT format('GRANT USAGE, SELECT ON SEQUENCE %I.%I TO %I', schemaname, sequencename, $1)
        FROM pg_sequences WHERE schemaname = current_schema()
    ) AS statements";

/// Query that determines whether this role could change or delete audit entries: as owner, as superuser or through a
/// privilege.
const CAN_ALTER_AUDIT_LOG: &str = "
    SELECT pg_has_role(relowner, 'USAGE') OR has_table_privilege(oid, 'UPDATE, DELETE, TRUNCATE, TRIGGER') AS answer
    FROM pg_class WHERE oid = to_regclass('audit_log')";

#[derive(QueryableByName)]
struct Statements {
    #[diesel(sql_type = Text)]
    statements: String,
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    answer: bool,
}

impl Database {
    /// Grants another role the rights that a server needs, and no more: it can change neither the schema nor the audit
    /// log's entries. Must be called as the owner of the tables.
    ///
    /// # Errors
    /// Returns [`Error::Unavailable`] if there is no connection, and [`Error::Internal`] if the role does not exist.
    pub async fn open_to(&self, role: &str) -> Result<()> {
        let role = role.to_owned();
        self.run_bulk(move |connection| {
            async move {
                let found: Statements = diesel::sql_query(GRANTS)
                    .bind::<Text, _>(role)
                    .get_result(connection)
                    .await?;
                Ok(connection.batch_execute(&found.statements).await?)
            }
            .boxed()
        })
        .await
    }

    /// Returns `true` if the connecting role could change or delete the audit log's entries.
    ///
    /// # Errors
    /// Returns [`Error::Unavailable`] if there is no connection, and [`Error::Internal`] if the table of the audit log
    /// does not exist.
    pub async fn can_alter_audit_log(&self) -> Result<bool> {
        self.run(|connection| {
            async move {
                let found: Option<Answer> = diesel::sql_query(CAN_ALTER_AUDIT_LOG)
                    .load(connection)
                    .await?
                    .pop();
                let found =
                    found.ok_or_else(|| Error::internal("the table of the audit log does not exist"))?;
                Ok(found.answer)
            }
            .boxed()
        })
        .await
    }
}
