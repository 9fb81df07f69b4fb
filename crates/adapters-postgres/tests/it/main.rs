//! Against a real PostgreSQL.

mod vehicles;
