//! Lines through some of the rows, from which no other row is farther than a bound.
//!
//! Between two rows, the line moves at constant speed, so it has a position at every time. The error of a row is the
//! distance between its position and that of the line at the same time (the synchronised Euclidean distance).

mod cone;
mod directions;
mod line;
mod pick;
mod point;
mod thin;

pub use line::{Simplifier, Tolerance};
pub use point::distance_to_line;
pub use thin::{Thinned, Thinner, TooFewPoints};

#[cfg(test)]
mod tests;
