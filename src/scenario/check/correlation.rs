//! Rank correlations between uncertain numbers.

use nalgebra::{Cholesky, DMatrix};

use crate::scenario::fault::{Fault, nearest, suggestion};
use crate::scenario::quantity::quantity_key;
use crate::scenario::records::{CorrelationSpec, Scenario};
use crate::scenario::tree::{Node, leaves};

/// The correlated groups: stream keys, and rows of the lower Cholesky factor of the normal correlations.
pub fn correlation_factors(
    scenario: &Scenario,
    tree: &Node,
    faults: &mut Vec<Fault>,
) -> Vec<(Vec<u64>, Vec<Vec<f64>>)> {
    let paths: Vec<String> = leaves(tree).into_iter().map(|(path, _)| path).collect();
    let mut groups = Vec::new();
    for group in &scenario.correlation {
        let are_known = are_inputs_known(group, &paths, faults);
        let factor = factor(group).map_err(|fault| faults.push(fault));
        if let (true, Ok(rows)) = (are_known, factor) {
            let inputs = group.inputs.iter();
            let keys = inputs.map(|input| quantity_key(&input.text)).collect();
            groups.push((keys, rows));
        }
    }
    groups
}

/// Reports the inputs of a group that are not numbers of the scenario.
fn are_inputs_known(group: &CorrelationSpec, paths: &[String], faults: &mut Vec<Fault>) -> bool {
    let before = faults.len();
    for input in group
        .inputs
        .iter()
        .filter(|input| !paths.contains(&input.text))
    {
        let near = nearest(&input.text, paths.iter().map(String::as_str));
        let message = format!("unknown number `{}`", input.text);
        let fault = Fault::new(message, input.place.clone());
        faults.push(fault.help(suggestion(&input.text, near)));
    }
    faults.len() == before
}

/// The lower Cholesky factor, row by row, of the normal correlations of a group.
///
/// Rank correlations become normal correlations by 2 sin(pi r / 6) (Pearson 1907), so that the drawn numbers have the
/// Spearman coefficients that the file states.
fn factor(group: &CorrelationSpec) -> Result<Vec<Vec<f64>>, Fault> {
    let size = group.inputs.len();
    let (name, matrix) = (&group.name, &group.matrix);
    if size < 2 || matrix.len() != size || matrix.iter().any(|row| row.len() != size) {
        let message = format!(
            "`{}` needs a square matrix, one row for each input",
            name.text
        );
        return Err(Fault::new(message, name.place.clone())
            .help(format!("write {size} rows of {size} numbers")));
    }
    let rank = DMatrix::from_fn(size, size, |i, j| matrix[i][j].0);
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
    let Some(factor) = Cholesky::new(normal).filter(|_| is_symmetric) else {
        let message = format!("no numbers can have the correlations of `{}`", name.text);
        return Err(Fault::new(message, name.place.clone())
            .help("the matrix must be symmetric with ones on the diagonal and positive definite"));
    };
    let factor = factor.l();
    let row = |i| (0..size).map(|j| factor[(i, j)]).collect();
    Ok((0..size).map(row).collect())
}
