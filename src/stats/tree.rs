//! Classification trees: which questions about the inputs tell cases of interest from others (CART, Breiman et al. 1984).

/// A node of a tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Points in it.
    pub count: usize,
    /// Cases of interest among them.
    pub hits: usize,
    /// The question that splits it, with those below or at the threshold first.
    pub split: Option<Split>,
}

/// A question about one dimension.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// The dimension.
    pub dimension: usize,
    /// The threshold.
    pub threshold: f64,
    /// Points at or below it.
    pub below: Box<Node>,
    /// Points above it.
    pub above: Box<Node>,
}

/// A tree of at most `depth` questions in a row, no leaf with fewer than `least` points, grown by Gini impurity.
#[must_use]
pub fn grow(points: &[Vec<f64>], hits: &[bool], depth: usize, least: usize) -> Node {
    let all: Vec<usize> = (0..points.len()).collect();
    node(points, hits, &all, depth, least.max(1))
}

fn node(points: &[Vec<f64>], hits: &[bool], inside: &[usize], depth: usize, least: usize) -> Node {
    let count = inside.len();
    let with = inside.iter().filter(|at| hits[**at]).count();
    let mut found = Node {
        count,
        hits: with,
        split: None,
    };
    if depth == 0 || with == 0 || with == count {
        return found;
    }
    let impurity = |n: usize, with: usize| {
        #[expect(clippy::cast_precision_loss, reason = "samples are small")]
        let (n, with) = (n as f64, with as f64);
        if n > 0.0 {
            2.0 * with * (1.0 - with / n)
        } else {
            0.0
        }
    };
    let mut best = (impurity(count, with) - 1e-9, None);
    for (dimension, _) in points[0].iter().enumerate() {
        let mut order = inside.to_vec();
        order.sort_by(|a, b| points[*a][dimension].total_cmp(&points[*b][dimension]));
        let mut below = 0;
        for cut in 1..count {
            below += usize::from(hits[order[cut - 1]]);
            let (left, right) = (
                points[order[cut - 1]][dimension],
                points[order[cut]][dimension],
            );
            if left >= right || cut < least || count - cut < least {
                continue;
            }
            let sum = impurity(cut, below) + impurity(count - cut, with - below);
            if sum < best.0 {
                best = (sum, Some((dimension, 0.5 * (left + right))));
            }
        }
    }
    if let Some((dimension, threshold)) = best.1 {
        let (below, above): (Vec<usize>, Vec<usize>) = inside
            .iter()
            .partition(|at| points[**at][dimension] <= threshold);
        found.split = Some(Split {
            dimension,
            threshold,
            below: Box::new(node(points, hits, &below, depth - 1, least)),
            above: Box::new(node(points, hits, &above, depth - 1, least)),
        });
    }
    found
}

impl Node {
    /// The share of cases of interest.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "samples are small")]
    pub fn share(&self) -> f64 {
        self.hits as f64 / self.count.max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_questions_find_a_corner() {
        let points: Vec<Vec<f64>> = (0..400)
            .map(|n| vec![f64::from(n % 20), f64::from(n / 20)])
            .collect();
        let hits: Vec<bool> = points.iter().map(|p| p[0] > 9.0 && p[1] > 14.0).collect();
        let tree = grow(&points, &hits, 3, 5);
        let split = tree.split.as_ref().unwrap();
        assert_eq!(split.dimension, 1);
        assert!((split.threshold - 14.5).abs() < 1e-12 && split.below.hits == 0);
        let inner = split.above.split.as_ref().unwrap();
        assert!((inner.above.share() - 1.0).abs() < 1e-15 && inner.below.hits == 0);
        assert!(inner.above.split.is_none());
    }

    #[test]
    fn leaves_are_not_smaller_than_they_may_be() {
        let points: Vec<Vec<f64>> = (0..20).map(|n| vec![f64::from(n)]).collect();
        let hits: Vec<bool> = (0..20).map(|n| n == 19).collect();
        assert!(
            grow(&points, &hits, 2, 10)
                .split
                .is_none_or(|split| split.above.count == 10)
        );
    }
}
