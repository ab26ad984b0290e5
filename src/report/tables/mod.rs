//! Tables of results: as Parquet or CSV, as distributions over replications, and as a workbook.

pub mod commitments;
pub mod dollar;
pub mod frames;
pub mod summary;
pub mod workbook;
