//! Configuration, wiring, command line, shutdown
