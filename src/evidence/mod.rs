//! Evidence: how the model stands against what was observed. Fitting, forecasting from the past, scoring, and the trust
//! page.

pub mod backtest;
pub mod bridge;
pub mod calibrate;
pub mod forecast;
pub mod frozen;
pub mod known;
pub mod mapping;
pub mod nowcast;
pub mod past;
pub mod samples;
pub mod scale;
pub mod score;
pub mod trust;
