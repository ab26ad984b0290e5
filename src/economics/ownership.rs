//! Ownership looked through: who ends up with what, once cross-holdings are followed to their ends.

use nalgebra::DMatrix;

/// Looked-through holdings `(I - C)^-1 C` for direct holdings `C`, where `c[i][j]` is the share of `j` that
/// `i` owns (Elliott, Golub and Jackson 2014). `None` where the chain of holdings has no end, that is where
/// `I - C` is singular.
#[must_use]
pub fn look_through(direct: &DMatrix<f64>) -> Option<DMatrix<f64>> {
    let size = direct.nrows();
    let inverse = (DMatrix::identity(size, size) - direct).try_inverse()?;
    Some(inverse * direct)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_chains_look_through_is_direct() {
        // Firm 0 owns 30 % of firm 1, which owns nothing.
        let direct = DMatrix::from_row_slice(2, 2, &[0.0, 0.3, 0.0, 0.0]);
        assert_eq!(look_through(&direct), Some(direct));
    }

    #[test]
    fn a_chain_multiplies() {
        let direct = DMatrix::from_row_slice(3, 3, &[0.0, 0.5, 0.0, 0.0, 0.0, 0.4, 0.0, 0.0, 0.0]);
        let held = look_through(&direct).unwrap();
        assert!((held[(0, 2)] - 0.2).abs() < 1e-15);
    }
}
