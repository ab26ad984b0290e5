//! Symmetric positive definite systems whose entries lie near the diagonal.

/// A symmetric matrix with `width` diagonals below the main one, by rows.
#[derive(Clone, Debug)]
pub(super) struct Band {
    size: usize,
    width: usize,
    /// Entry (row, row - distance) at `row * (width + 1) + distance`.
    entries: Vec<f64>,
}

/// The Cholesky factor of a [`Band`].
#[derive(Clone, Debug)]
pub(super) struct Factor(Band);

impl Band {
    /// Zeros.
    pub(super) fn zeros(size: usize, width: usize) -> Self {
        Self {
            size,
            width,
            entries: vec![0.0; size * (width + 1)],
        }
    }

    fn at(&self, row: usize, column: usize) -> f64 {
        self.entries[row * (self.width + 1) + row - column]
    }

    fn at_mut(&mut self, row: usize, column: usize) -> &mut f64 {
        &mut self.entries[row * (self.width + 1) + row - column]
    }

    /// Adds `weight` times the outer product of a sparse vector with itself.
    pub(super) fn add_square(&mut self, vector: &[(usize, f64)], weight: f64) {
        for (row, a) in vector {
            for (column, b) in vector.iter().filter(|(column, _)| column <= row) {
                *self.at_mut(*row, *column) += weight * a * b;
            }
        }
    }

    /// The Cholesky factor; `None` if the matrix is not positive definite.
    pub(super) fn factor(mut self) -> Option<Factor> {
        for row in 0..self.size {
            let first = row.saturating_sub(self.width);
            for column in first..=row {
                let start = first.max(column.saturating_sub(self.width));
                let inner: f64 = (start..column)
                    .map(|k| self.at(row, k) * self.at(column, k))
                    .sum();
                let rest = self.at(row, column) - inner;
                *self.at_mut(row, column) = if column < row {
                    rest / self.at(column, column)
                } else if rest > 0.0 {
                    libm::sqrt(rest)
                } else {
                    return None;
                };
            }
        }
        Some(Factor(self))
    }
}

impl Factor {
    /// The solution of the system with this right side.
    pub(super) fn solve(&self, mut right: Vec<f64>) -> Vec<f64> {
        let Self(band) = self;
        for row in 0..band.size {
            for column in row.saturating_sub(band.width)..row {
                right[row] -= band.at(row, column) * right[column];
            }
            right[row] /= band.at(row, row);
        }
        self.solve_upper(right)
    }

    /// The solution of the system with the transposed factor: of independent normal numbers it makes a draw whose covariance
    /// is the inverse of the matrix.
    pub(super) fn solve_upper(&self, mut right: Vec<f64>) -> Vec<f64> {
        let Self(band) = self;
        for row in (0..band.size).rev() {
            right[row] /= band.at(row, row);
            let value = right[row];
            for (column, target) in right[..row]
                .iter_mut()
                .enumerate()
                .skip(row.saturating_sub(band.width))
            {
                *target -= band.at(row, column) * value;
            }
        }
        right
    }

    /// The bilinear form of two sparse vectors with the inverse.
    pub(super) fn inverse_form(&self, first: &[(usize, f64)], second: &[(usize, f64)]) -> f64 {
        let mut right = vec![0.0; self.0.size];
        for (index, value) in second {
            right[*index] += value;
        }
        let solved = self.solve(right);
        first
            .iter()
            .map(|(index, value)| value * solved[*index])
            .sum()
    }

    /// Logarithm of the determinant of the matrix.
    pub(super) fn log_determinant(&self) -> f64 {
        (0..self.0.size)
            .map(|row| 2.0 * libm::log(self.0.at(row, row)))
            .sum()
    }
}
