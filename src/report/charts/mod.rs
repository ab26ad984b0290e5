//! Charts as data: what a chart shows, before it is drawn as a picture ([`crate::report::charts::draw`]) or by the script of a page.

pub mod draw;
pub mod plot_request;
pub mod run;

use serde::{Deserialize, Serialize};

use crate::report::text::number_format::{figure, percent, whole_percent};
use crate::stats::Summary;

/// A place among the colours of the house ([`crate::report::charts::draw::COLOURS`]).
pub type Colour = usize;

/// Of something that is, holds, or gains.
pub const FIRST: Colour = 0;
/// Of something that holds.
pub const GOOD: Colour = 2;
/// Of something that fails or falls.
pub const BAD: Colour = 5;
/// Of something beside the point.
pub const GREY: Colour = 6;
/// Of something that is open.
pub const PALE: Colour = 8;

/// The colour of a change: of a rise or of a fall.
#[must_use]
pub fn signed(value: f64) -> Colour {
    if value < 0.0 { BAD } else { FIRST }
}

/// A chart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chart {
    /// Its name: that of its files.
    pub name: String,
    /// What it says, in a line.
    pub title: String,
    /// Units and what the marks mean.
    pub subtitle: String,
    /// What it shows.
    pub body: Body,
}

/// What a chart shows.
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
        /// How they are written.
        numbers: Numbers,
        /// The bars, the first on top.
        bars: Vec<Bar>,
    },
    /// From the value at an input's low end to that at its high end, the widest on top.
    Tornado {
        /// How they are written.
        numbers: Numbers,
        /// The value that all are compared with.
        middle: f64,
        /// The inputs.
        swings: Vec<Swing>,
    },
    /// A whole that is handed out step by step, down to nothing.
    Waterfall {
        /// How they are written.
        numbers: Numbers,
        /// The whole, by name.
        whole: (String, f64),
        /// Who takes how much of it.
        steps: Vec<Step>,
    },
    /// A value at each point of a grid.
    Heat {
        /// How they are written.
        numbers: Numbers,
        /// What varies from left to right, and its values.
        x: (String, Vec<String>),
        /// What varies from top to bottom, and its values.
        y: (String, Vec<String>),
        /// Rows of values with the half widths of their 95 % intervals.
        rows: Vec<Vec<Option<(f64, f64)>>>,
    },
}

/// One plot of several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Panel {
    /// What it is of.
    pub title: String,
    /// How its numbers are written.
    pub numbers: Numbers,
    /// The least and largest value on its axis.
    pub range: (f64, f64),
    /// What is drawn, from the back to the front.
    pub layers: Vec<Layer>,
}

/// What is drawn in a panel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Layer {
    /// A distribution by month: 5, 25, 50, 75 and 95 %.
    Fan {
        /// What it is of.
        name: String,
        /// Its colour.
        colour: Colour,
        /// The quantiles, month by month.
        quantiles: [Vec<f64>; 5],
    },
    /// A layer of a stack.
    Area {
        /// What it is of.
        name: String,
        /// Its colour.
        colour: Colour,
        /// Where it begins.
        low: Vec<f64>,
        /// Where it ends.
        high: Vec<f64>,
    },
}

/// A bar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// What it is of.
    pub label: String,
    /// Its length.
    pub value: f64,
    /// Where its interval begins and ends.
    pub interval: (f64, f64),
    /// Its colour.
    pub colour: Colour,
}

/// A value at both ends of an input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Swing {
    /// The input.
    pub label: String,
    /// The value where the input is low.
    pub low: f64,
    /// The value where the input is high.
    pub high: f64,
}

/// A part of a whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Who takes it.
    pub label: String,
    /// How much.
    pub value: f64,
    /// Where its interval begins and ends, if it has one.
    pub interval: Option<(f64, f64)>,
    /// Its colour.
    pub colour: Colour,
}

/// How numbers of a chart are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Numbers {
    /// Two or three digits.
    Short,
    /// Thousands, millions and billions by letter.
    Figure,
    /// Parts of one as per cent.
    Percent,
    /// With their sign.
    Signed,
    /// Parts of one in hundredths.
    Cents,
}

impl Numbers {
    /// A number as text.
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

    /// Its name and colour.
    #[must_use]
    pub fn key(&self) -> (&str, Colour) {
        match self {
            Self::Fan { name, colour, .. } | Self::Area { name, colour, .. } => (name, *colour),
        }
    }

    /// The least and largest value in it.
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
    /// A panel whose axis holds zero and all that is drawn.
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

    /// Layers one on top of the other.
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

    /// Gives panels one scale, so that their heights can be compared.
    pub fn share_scale(panels: &mut [Self]) {
        let low = panels.iter().map(|p| p.range.0).fold(0.0, f64::min);
        let high = panels.iter().map(|p| p.range.1).fold(0.0, f64::max);
        for panel in panels {
            panel.range = (low, high);
        }
    }
}

impl Body {
    /// Names and colours that need explaining: those of panels with several layers.
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

    /// Whether bands are drawn, so that they need explaining.
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
