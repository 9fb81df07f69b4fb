//! Repositories on PostgreSQL with diesel-async; embeds the migrations
