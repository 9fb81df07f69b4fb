//! Private PostgreSQL and Redis per test run, port contract suites, builders
