//! What the model leaves out of a cloud owner's revenue or capital expenditure.

/// Part of a cloud owner's revenue, or of its capital expenditure, that the model leaves out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rest {
    /// Its size at the start, USD a year; before the first month is closed, the whole with what the model has.
    pub yearly: f64,
    /// Its growth at the start, a month; before the first month is closed, that of the whole.
    pub growth: f64,
    /// Logarithm of the factor that noise has put on it; state.
    pub level: f64,
    /// Slope of the noise, a month; state.
    pub slope: f64,
}
