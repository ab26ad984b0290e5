//! Descriptions of charts, from which [`draw`] makes pictures and `web/drawing.js` interactive figures.

pub mod draw;
mod panel;
pub mod plot_request;
pub mod run;

use serde::{Deserialize, Serialize};

pub use panel::{Layer, Panel, months_before};

use crate::report::text::number_format::{figure, percent, whole_percent};

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
        /// Names of the months before the run from which observations are shown; none without observations.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        before: Vec<String>,
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

    /// Text of the legend about lines, bands and dots; empty for charts without fans.
    #[must_use]
    pub fn marks(&self) -> String {
        let Self::Months { panels, before, .. } = self else {
            return String::new();
        };
        let fans = || {
            let layers = panels.iter().flat_map(|panel| &panel.layers);
            layers.filter_map(|layer| match layer {
                Layer::Fan { quantiles, .. } => Some(quantiles),
                Layer::Area { .. } => None,
            })
        };
        if fans().next().is_none() {
            return String::new();
        }
        let bands = if fans().any(|[low, .., high]| low != high) {
            "Line: median. Dark band: 25 to 75 % of replications. Light band: 5 to 95 %."
        } else {
            "Line: median."
        };
        let dots = if before.is_empty() {
            ""
        } else {
            " Dots: observed and known at the start, the vertical line."
        };
        format!("{bands}{dots}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
