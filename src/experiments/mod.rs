//! Experiments: what is done with many runs. Fitting, forecasting from the past, and scoring against what came.

pub mod attribution;
pub mod backtest;
pub mod calibrate;
pub mod compare;
pub mod discover;
pub mod inputs;
pub mod measures;
pub mod metric;
pub mod moat;
pub mod score;
pub mod sensitivity;
pub mod study;
pub mod sweep;
pub mod thesis;
pub mod trust;
