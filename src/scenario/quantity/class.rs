//! Classes of numbers: how well each is known.

use crate::scenario::record::words;

words! {
    /// The evidence behind a number.
    Class {
        /// Stated by a source that measured or fixed it.
        Measured = "measured",
        /// Derived from sources, or fitted.
        Estimated = "estimated",
        /// Chosen by the authors, without a source.
        Assumed = "assumed",
    }
}
