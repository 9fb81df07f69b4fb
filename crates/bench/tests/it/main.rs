//! The program as it is run.

mod hostile;
