//! Rank correlations between uncertain numbers.

use nalgebra::{Cholesky, DMatrix};

use crate::scenario::fault::{Fault, nearest, suggestion};
use crate::scenario::quantity::quantity_key;
use crate::scenario::records::Scenario;
use crate::scenario::tree::{Node, leaves};

/// The correlated groups: stream keys, and rows of the lower Cholesky factor of the normal correlations.
///
/// Rank correlations become normal correlations by 2 sin(pi r / 6) (Pearson 1907), so that the drawn numbers have the
/// Spearman coefficients that the file states.
pub fn correlation_factors(
    scenario: &Scenario,
    tree: &Node,
    faults: &mut Vec<Fault>,
) -> Vec<(Vec<u64>, Vec<Vec<f64>>)> {
    let paths: Vec<String> = leaves(tree).into_iter().map(|(path, _)| path).collect();
    let mut groups = Vec::new();
    for group in &scenario.correlation {
        let place = group.name.place.clone();
        let mut is_sound = true;
        for input in &group.inputs {
            if !paths.contains(&input.text) {
                is_sound = false;
                faults.push(
                    Fault::new(
                        format!("unknown number `{}`", input.text),
                        input.place.clone(),
                    )
                    .help(suggestion(
                        &input.text,
                        nearest(&input.text, paths.iter().map(String::as_str)),
                    )),
                );
            }
        }
        let size = group.inputs.len();
        if size < 2
            || group.matrix.len() != size
            || group.matrix.iter().any(|row| row.len() != size)
        {
            faults.push(
                Fault::new(
                    format!(
                        "`{}` needs a square matrix, one row for each input",
                        group.name.text
                    ),
                    place,
                )
                .help(format!("write {size} rows of {size} numbers")),
            );
            continue;
        }
        let rank = DMatrix::from_fn(size, size, |i, j| group.matrix[i][j].0);
        let is_symmetric = (0..size).all(|i| {
            (rank[(i, i)] - 1.0).abs() < 1e-12
                && (0..i).all(|j| (rank[(i, j)] - rank[(j, i)]).abs() < 1e-12)
        });
        let normal = rank.map(|r| {
            if (r - 1.0).abs() < 1e-12 {
                1.0
            } else {
                2.0 * libm::sin(std::f64::consts::PI * r / 6.0)
            }
        });
        match Cholesky::new(normal).filter(|_| is_symmetric) {
            Some(factor) if is_sound => {
                let factor = factor.l();
                let rows = (0..size)
                    .map(|i| (0..size).map(|j| factor[(i, j)]).collect())
                    .collect();
                groups.push((
                    group
                        .inputs
                        .iter()
                        .map(|input| quantity_key(&input.text))
                        .collect(),
                    rows,
                ));
            }
            Some(_) => {}
            None => faults.push(
                Fault::new(
                    format!(
                        "no numbers can have the correlations of `{}`",
                        group.name.text
                    ),
                    place,
                )
                .help(
                    "the matrix must be symmetric with ones on the diagonal and positive definite",
                ),
            ),
        }
    }
    groups
}
