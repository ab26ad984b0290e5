//! Results as text for a terminal, and formats of numbers.

pub mod number_format;
pub mod summary;
