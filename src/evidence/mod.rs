//! Evidence: how the model stands against what was observed. Fitting, forecasting from the past, scoring, and the trust page.

pub mod backtest;
pub mod calibrate;
pub mod mapping;
pub mod nowcast;
pub mod score;
pub mod trust;
