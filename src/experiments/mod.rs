//! Experiments: questions that take many runs. Each plans its runs, and turns what they give into findings.

pub mod arms;
pub mod attribution;
pub mod compare;
pub mod discover;
pub mod game;
pub mod inputs;
pub mod moat;
pub mod sensitivity;
pub mod sweep;
pub mod thesis;
