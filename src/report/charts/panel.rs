//! Panels of charts by month, and their layers.

use serde::{Deserialize, Serialize};

use super::{Colour, Numbers};
use crate::stats::Summary;

/// A plot of a chart with several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Panel {
    /// Title.
    pub title: String,
    /// Format of the numbers.
    pub numbers: Numbers,
    /// Smallest and largest value of the vertical axis.
    pub range: (f64, f64),
    /// Layers, from back to front.
    pub layers: Vec<Layer>,
}

/// A layer of a panel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Layer {
    /// A fan: quantiles by month, at 5, 25, 50, 75 and 95 %.
    Fan {
        /// Name.
        name: String,
        /// Colour.
        colour: Colour,
        /// By quantile: values by month.
        quantiles: [Vec<f64>; 5],
        /// Observed values before the run: place in months, negative before the first month, and value.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        seen: Vec<(f64, f64)>,
    },
    /// An area of a stack.
    Area {
        /// Name.
        name: String,
        /// Colour.
        colour: Colour,
        /// Lower edge by month.
        low: Vec<f64>,
        /// Upper edge by month.
        high: Vec<f64>,
    },
}

impl Layer {
    /// A fan of distributions, each value times `scale`. Too few replications for a band leave the median only.
    #[must_use]
    pub fn fan(name: &str, values: &[Summary], colour: Colour, scale: f64) -> Self {
        let has_band = values.iter().all(Summary::has_band);
        let at = |index: usize| {
            let index = if has_band { index } else { 2 };
            values.iter().map(|s| s.quantiles[index] * scale).collect()
        };
        Self::Fan {
            name: name.to_owned(),
            colour,
            quantiles: [at(0), at(1), at(2), at(3), at(4)],
            seen: Vec::new(),
        }
    }

    /// The layer with observed points before the run, each value times `scale`.
    #[must_use]
    pub fn after(mut self, points: &[(f64, f64)], scale: f64) -> Self {
        if let Self::Fan { seen, .. } = &mut self {
            seen.extend(points.iter().map(|(at, value)| (*at, value * scale)));
        }
        self
    }

    /// Observed points before the run.
    #[must_use]
    pub fn seen(&self) -> &[(f64, f64)] {
        match self {
            Self::Fan { seen, .. } => seen,
            Self::Area { .. } => &[],
        }
    }

    /// The name and the colour.
    #[must_use]
    pub fn key(&self) -> (&str, Colour) {
        match self {
            Self::Fan { name, colour, .. } | Self::Area { name, colour, .. } => (name, *colour),
        }
    }

    /// The smallest and the largest value.
    fn range(&self) -> (f64, f64) {
        let (low, high) = match self {
            Self::Fan { quantiles, .. } => (&quantiles[0], &quantiles[4]),
            Self::Area { low, high, .. } => (low, high),
        };
        let seen = || self.seen().iter().map(|(_, value)| *value);
        let least = low.iter().copied().chain(seen());
        let most = high.iter().copied().chain(seen());
        (
            least.fold(f64::INFINITY, f64::min),
            most.fold(f64::NEG_INFINITY, f64::max),
        )
    }
}

impl Panel {
    /// A panel whose axis contains zero and all layers.
    #[must_use]
    pub fn new(title: String, numbers: Numbers, layers: Vec<Layer>) -> Self {
        let wide = |(low, high): (f64, f64), layer: &Layer| {
            let (least, most) = layer.range();
            (low.min(least), high.max(most))
        };
        let range = layers.iter().fold((0.0, 0.0), wide);
        Self {
            title,
            numbers,
            range,
            layers,
        }
    }

    /// A panel of areas stacked on each other.
    #[must_use]
    pub fn stack(title: String, numbers: Numbers, parts: Vec<(String, Colour, Vec<f64>)>) -> Self {
        let months = parts.first().map_or(0, |(.., values)| values.len());
        let mut below = vec![0.0; months];
        let layers = parts.into_iter().map(|(name, colour, values)| {
            let low = below.clone();
            for (level, value) in below.iter_mut().zip(values) {
                *level += value;
            }
            Layer::Area {
                name,
                colour,
                low,
                high: below.clone(),
            }
        });
        let layers = layers.collect();
        Self::new(title, numbers, layers)
    }

    /// Gives all panels the same scale, so that heights are comparable.
    pub fn share_scale(panels: &mut [Self]) {
        let low = panels.iter().map(|p| p.range.0).fold(0.0, f64::min);
        let high = panels.iter().map(|p| p.range.1).fold(0.0, f64::max);
        for panel in panels {
            panel.range = (low, high);
        }
    }
}

/// The names of the months before a month, `YYYY-MM`, from which panels show observations, in order of time.
#[must_use]
pub fn months_before(first: &str, panels: &[Panel]) -> Vec<String> {
    let layers = panels.iter().flat_map(|panel| &panel.layers);
    let places = layers.flat_map(Layer::seen).map(|(at, _)| *at);
    let earliest = places.fold(0.0, f64::min);
    let parsed = first.split_once('-').and_then(|(year, month)| {
        Some(12 * year.parse::<u32>().ok()? + month.parse::<u32>().ok()?)
    });
    let Some(first) = parsed else {
        return Vec::new();
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most 25 months"
    )]
    let count = libm::ceil(-earliest) as u32;
    let name = |back: u32| {
        let month = first - 1 - back;
        format!("{}-{:02}", month / 12, month % 12 + 1)
    };
    (1..=count).rev().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_before_a_run_reach_back_to_the_first_dot() {
        let fan = Layer::fan("a", &[], 0, 1.0).after(&[(-2.5, 3.0), (-0.5, 4.0)], 2.0);
        let panel = Panel::new(String::new(), Numbers::Short, vec![fan]);
        assert_eq!(panel.range, (0.0, 8.0));
        let names = months_before("2026-02", &[panel]);
        assert_eq!(names, ["2025-11", "2025-12", "2026-01"]);
        assert!(months_before("2026-02", &[]).is_empty());
    }

    #[test]
    fn stacks_begin_where_the_layer_below_ends() {
        let parts = vec![
            ("a".to_owned(), 0, vec![1.0, 2.0]),
            ("b".to_owned(), 1, vec![3.0, 4.0]),
        ];
        let panel = Panel::stack("both".to_owned(), Numbers::Short, parts);
        let Layer::Area { low, high, .. } = &panel.layers[1] else {
            panic!("a stack is made of areas");
        };
        assert_eq!((low, high), (&vec![1.0, 2.0], &vec![4.0, 6.0]));
        assert_eq!(panel.range, (0.0, 6.0));
    }
}
