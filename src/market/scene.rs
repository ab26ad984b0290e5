//! Scene: everything that agents read while they act.

use crate::base::rng::Streams;
use crate::market::catalog::Catalog;
use crate::market::parameters::Parameters;
use crate::market::state::view::View;

/// Shared input of agents: catalog, parameters, view and random streams. It does not change inside a window, so that
/// partitions may act in parallel.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// Catalog of offers.
    pub catalog: &'a Catalog,
    /// Parameters of the replication.
    pub parameters: &'a Parameters,
    /// Market as last published.
    pub view: &'a View,
    /// Random streams.
    pub streams: &'a Streams,
}
