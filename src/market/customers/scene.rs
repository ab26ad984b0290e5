//! The view that agents act on: the catalog, the replication's numbers, and the market as last published.

use crate::market::catalog::Catalog;
use crate::market::parameters::Parameters;
use crate::market::state::view::View;
use crate::rng::Streams;

/// Everything that agents share while they act. It does not change inside a window, so that partitions may act in parallel.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The catalog.
    pub catalog: &'a Catalog,
    /// The replication's numbers.
    pub parameters: &'a Parameters,
    /// The market as published at the last clearing.
    pub view: &'a View,
    /// Random streams.
    pub streams: &'a Streams,
}
