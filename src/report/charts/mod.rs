//! Descriptions of charts, from which [`draw`] makes pictures and `web/drawing.js` interactive figures.

pub mod draw;
pub mod plot_request;
pub mod run;

use serde::{Deserialize, Serialize};

use crate::report::text::number_format::{figure, percent, whole_percent};
use crate::stats::Summary;

/// A place among the colours of charts ([`draw::COLOURS`]).
pub type Colour = usize;

/// Colour of the main series, and of rises.
pub const FIRST: Colour = 0;
/// Colour of claims that hold.
pub const GOOD: Colour = 2;
/// Colour of claims that fail, and of falls.
pub const BAD: Colour = 5;
/// Colour of secondary series.
pub const GREY: Colour = 6;
/// Colour of open claims.
pub const PALE: Colour = 8;

/// The colour of a change: of a rise or a fall.
#[must_use]
pub fn signed(value: f64) -> Colour {
    if value < 0.0 { BAD } else { FIRST }
}

/// A chart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chart {
    /// Name of the chart and its files.
    pub name: String,
    /// Title, one line.
    pub title: String,
    /// Units, and the meaning of the marks.
    pub subtitle: String,
    /// Content.
    pub body: Body,
}

/// The content of a chart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Body {
    /// Values by month, in panels side by side.
    Months {
        /// Names of the months.
        months: Vec<String>,
        /// The panels.
        panels: Vec<Panel>,
    },
    /// Bars from zero, each with an interval.
    Bars {
        /// Format of the numbers.
        numbers: Numbers,
        /// Bars, from top to bottom.
        bars: Vec<Bar>,
    },
    /// A tornado: values at the low and the high end of each input, the widest on top.
    Tornado {
        /// Format of the numbers.
        numbers: Numbers,
        /// Value at the centre.
        middle: f64,
        /// Inputs, from top to bottom.
        swings: Vec<Swing>,
    },
    /// A waterfall: a whole from which parts are taken step by step, down to zero.
    Waterfall {
        /// Format of the numbers.
        numbers: Numbers,
        /// Name and size of the whole.
        whole: (String, f64),
        /// Parts, from top to bottom.
        steps: Vec<Step>,
    },
    /// A value at each point of a grid.
    Heat {
        /// Format of the numbers.
        numbers: Numbers,
        /// Name and values of the horizontal axis.
        x: (String, Vec<String>),
        /// Name and values of the vertical axis, from top to bottom.
        y: (String, Vec<String>),
        /// By row and column: value, and half the width of its 95 % interval.
        rows: Vec<Vec<Option<(f64, f64)>>>,
    },
}

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

/// A bar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// Name.
    pub label: String,
    /// Length.
    pub value: f64,
    /// Ends of its interval.
    pub interval: (f64, f64),
    /// Colour.
    pub colour: Colour,
}

/// The values at both ends of an input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Swing {
    /// Name of the input.
    pub label: String,
    /// Value where the input is low.
    pub low: f64,
    /// Value where the input is high.
    pub high: f64,
}

/// A part of a whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Label.
    pub label: String,
    /// Size.
    pub value: f64,
    /// Ends of its interval, if it has one.
    pub interval: Option<(f64, f64)>,
    /// Colour.
    pub colour: Colour,
}

/// A format of numbers in a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Numbers {
    /// Two or three digits.
    Short,
    /// Short numbers with a letter for thousands, millions and billions.
    Figure,
    /// Shares as per cent.
    Percent,
    /// Numbers with their sign.
    Signed,
    /// Shares of a dollar as cents.
    Cents,
}

impl Numbers {
    /// A number in this format.
    #[must_use]
    pub fn text(self, value: f64) -> String {
        match self {
            Self::Short if value.abs() >= 10.0 || value == 0.0 => format!("{value:.0}"),
            Self::Short if value.abs() >= 1.0 => format!("{value:.1}"),
            Self::Short => format!("{value:.2}"),
            Self::Figure => figure(value),
            Self::Percent if value.abs() < 0.0095 => percent(value),
            Self::Percent => whole_percent(value),
            Self::Signed => format!("{value:+.2}"),
            Self::Cents => format!("{:.1}", 100.0 * value),
        }
    }
}

impl Layer {
    /// A fan of distributions, each value times `scale`.
    #[must_use]
    pub fn fan(name: &str, values: &[Summary], colour: Colour, scale: f64) -> Self {
        let at = |index: usize| values.iter().map(|s| s.quantiles[index] * scale).collect();
        Self::Fan {
            name: name.to_owned(),
            colour,
            quantiles: [at(0), at(1), at(2), at(3), at(4)],
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
        let least = low.iter().copied().fold(f64::INFINITY, f64::min);
        (
            least,
            high.iter().copied().fold(f64::NEG_INFINITY, f64::max),
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

impl Body {
    /// Names and colours for the legend: those of panels with several layers.
    #[must_use]
    pub fn keys(&self) -> Vec<(&str, Colour)> {
        let mut keys = Vec::new();
        if let Self::Months { panels, .. } = self {
            let several = panels.iter().filter(|panel| panel.layers.len() > 1);
            for key in several.flat_map(|panel| &panel.layers).map(Layer::key) {
                if !keys.contains(&key) {
                    keys.push(key);
                }
            }
        }
        keys
    }

    /// True if the legend must explain bands.
    #[must_use]
    pub fn has_bands(&self) -> bool {
        let Self::Months { panels, .. } = self else {
            return false;
        };
        let mut layers = panels.iter().flat_map(|panel| &panel.layers);
        layers.any(|layer| matches!(layer, Layer::Fan { .. }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn charts_come_back_from_their_text() {
        let chart = Chart {
            name: "grid".to_owned(),
            title: "A grid".to_owned(),
            subtitle: String::new(),
            body: Body::Heat {
                numbers: Numbers::Figure,
                x: ("x".to_owned(), vec!["0".to_owned()]),
                y: ("y".to_owned(), vec!["1".to_owned()]),
                rows: vec![vec![None], vec![Some((1.5, 0.1))]],
            },
        };
        let text = serde_json::to_string(&chart).expect("numbers and text");
        assert_eq!(
            serde_json::from_str::<Chart>(&text).expect("as written"),
            chart
        );
    }
}
