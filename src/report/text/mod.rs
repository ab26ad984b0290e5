//! Results as text for a terminal, and numbers as people read them.

pub mod number_format;
pub mod summary;
