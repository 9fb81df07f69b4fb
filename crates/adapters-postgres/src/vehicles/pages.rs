//! Keyset pages in every order: a page starts after one vehicle and ends before another.

use application::{
    paging::PageRequest,
    ports::{SortDirection, SortField, SortKey, VehiclePlace, VehicleSort},
};
use diesel::{
    dsl::auto_type,
    expression::{ValidGrouping, is_aggregate},
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, QueryFragment, QueryId},
    serialize::ToSql,
    sql_types::{self, Bool, HasSqlType, Text},
};
use uuid::Uuid;

use super::selection::Selection;
use crate::schema::vehicles;

diesel::postfix_operator!(ByteByByte, " COLLATE \"C\"", Text, backend: Pg);
diesel::define_sql_function! {
    /// Converts a text to lower case; under the collation "C", only its ASCII letters.
    fn lower(text: Text) -> Text;
}

/// Sort key of names: [`application::ports::name_key`] as the expression of an index.
#[auto_type(no_type_alias)]
fn name_key() -> _ {
    let name: ByteByByte<vehicles::name> = ByteByByte::new(vehicles::name);
    lower(name)
}

/// Narrows a query to the vehicles of a page plus one more, which shows whether the list continues. Vehicles are read
/// starting at the end of the list from which the page is counted.
pub(super) fn page(chosen: Selection, sort: VehicleSort, request: &PageRequest<VehiclePlace>) -> Selection {
    let mut page = chosen;
    if let Some(after) = &request.after {
        page = behind(page, after, sort.direction);
    }
    if let Some(before) = &request.before {
        page = behind(page, before, sort.direction.reversed());
    }
    let size = i64::try_from(request.read_size()).unwrap_or(i64::MAX);
    in_order(page, sort.read_from(request.end)).limit(size)
}

fn in_order(chosen: Selection, sort: VehicleSort) -> Selection {
    macro_rules! by {
        ($($column:expr),+) => {
            match sort.direction {
                SortDirection::Ascending => chosen.order(($($column.asc(),)+)),
                SortDirection::Descending => chosen.order(($($column.desc(),)+)),
            }
        };
    }
    match sort.field {
        SortField::Registration => by!(vehicles::id),
        SortField::Name => by!(name_key(), vehicles::id),
        SortField::CreatedAt => by!(vehicles::created_at, vehicles::id),
        SortField::UpdatedAt => by!(vehicles::updated_at, vehicles::id),
        SortField::Status => by!(vehicles::status, vehicles::id),
    }
}

fn behind(chosen: Selection, place: &VehiclePlace, direction: SortDirection) -> Selection {
    let id = *place.id.as_uuid();
    macro_rules! by {
        ($column:expr, $key:expr) => {
            chosen.filter(Behind {
                column: $column,
                key: $key,
                id,
                direction,
            })
        };
    }
    match &place.key {
        SortKey::Registration => match direction {
            SortDirection::Ascending => chosen.filter(vehicles::id.gt(id)),
            SortDirection::Descending => chosen.filter(vehicles::id.lt(id)),
        },
        SortKey::Name(name) => by!(name_key(), name.clone()),
        SortKey::CreatedAt(time) => by!(vehicles::created_at, *time),
        SortKey::UpdatedAt(time) => by!(vehicles::updated_at, *time),
        SortKey::Status(status) => by!(vehicles::status, *status),
    }
}

/// Condition `(column, id) > (key, id of a vehicle)`, or `<` in descending order. Written as one row comparison, it
/// determines the start of an index scan.
#[derive(Debug, Clone)]
struct Behind<Column, Key> {
    column: Column,
    key: Key,
    id: Uuid,
    direction: SortDirection,
}

impl<Column, Key> QueryFragment<Pg> for Behind<Column, Key>
where
    Column: Expression + QueryFragment<Pg>,
    Key: ToSql<Column::SqlType, Pg>,
    Pg: HasSqlType<Column::SqlType>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("(");
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(", ");
        vehicles::id.walk_ast(out.reborrow())?;
        out.push_sql(match self.direction {
            SortDirection::Ascending => ") > (",
            SortDirection::Descending => ") < (",
        });
        out.push_bind_param::<Column::SqlType, _>(&self.key)?;
        out.push_sql(", ");
        out.push_bind_param::<sql_types::Uuid, _>(&self.id)?;
        out.push_sql(")");
        Ok(())
    }
}

// The text depends on the direction, so the type does not identify the statement.
impl<Column, Key> QueryId for Behind<Column, Key> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Column, Key> Expression for Behind<Column, Key> {
    type SqlType = Bool;
}

impl<Column, Key> ValidGrouping<()> for Behind<Column, Key> {
    type IsAggregate = is_aggregate::No;
}

impl<Column: AppearsOnTable<Table>, Key, Table> AppearsOnTable<Table> for Behind<Column, Key> {}
impl<Column: SelectableExpression<Table>, Key, Table> SelectableExpression<Table> for Behind<Column, Key> {}
