//! Quantities: numbers with unit, source and class, fixed or uncertain.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use serde_json::{Value as Json, json};

use super::record::{Field, Reader, words};
use super::reference::{By, Referent};
use super::source::Place;
use super::tree::{Node, Table, Value};
use crate::economics::distributions::{
    beta_quantile, normal_cdf, normal_quantile, pert_quantile, table_quantile, triangular_quantile,
};
use crate::rng::{Purpose, Streams, key_of};
use crate::units::Unit;

words! {
    /// How well a number is known.
    Class {
        /// Stated by a source that measured or fixed it.
        Measured = "measured",
        /// Derived from sources, or fitted.
        Estimated = "estimated",
        /// Chosen by the authors: no source.
        Assumed = "assumed",
    }
}

/// The shape of a number: fixed, or a distribution that is drawn once a replication.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// One value.
    Fixed(f64),
    /// Normal with mean and standard deviation.
    Normal(f64, f64),
    /// Lognormal with median and sigma of the logarithm.
    Lognormal(f64, f64),
    /// Uniform between low and high.
    Uniform(f64, f64),
    /// Triangular: low, mode, high.
    Triangular(f64, f64, f64),
    /// Beta with shapes a and b, scaled to low and high.
    Beta(f64, f64, f64, f64),
    /// PERT: low, mode, high.
    Pert(f64, f64, f64),
    /// Values with their cumulative probabilities.
    Discrete(Vec<(f64, f64)>),
    /// Empirical quantiles: (probability, value), linear between.
    Quantiles(Vec<(f64, f64)>),
}

impl Shape {
    /// The value at probability `u`.
    #[must_use]
    pub fn quantile(&self, u: f64) -> f64 {
        match self {
            Self::Fixed(value) => *value,
            Self::Normal(mean, sd) => mean + sd * normal_quantile(u),
            Self::Lognormal(median, sigma) => median * libm::exp(sigma * normal_quantile(u)),
            Self::Uniform(low, high) => low + (high - low) * u,
            Self::Triangular(low, mode, high) => triangular_quantile(u, *low, *mode, *high),
            Self::Beta(a, b, low, high) => low + (high - low) * beta_quantile(u, *a, *b),
            Self::Pert(low, mode, high) => pert_quantile(u, *low, *mode, *high),
            Self::Discrete(steps) => {
                let index = steps.partition_point(|(cumulative, _)| *cumulative < u);
                steps
                    .get(index)
                    .or(steps.last())
                    .map_or(f64::NAN, |(_, value)| *value)
            }
            Self::Quantiles(points) => table_quantile(u, points),
        }
    }

    /// The numbers that bound what can be drawn, where they are finite.
    fn extremes(&self) -> Vec<f64> {
        match self {
            Self::Fixed(value) => vec![*value],
            Self::Normal(mean, _) => vec![*mean],
            Self::Lognormal(median, _) => vec![*median],
            Self::Uniform(low, high)
            | Self::Beta(_, _, low, high)
            | Self::Triangular(low, _, high)
            | Self::Pert(low, _, high) => vec![*low, *high],
            Self::Discrete(points) | Self::Quantiles(points) => {
                points.iter().map(|(_, value)| *value).collect()
            }
        }
    }
}

/// A number of a scenario in unit `U`, with where it comes from.
#[derive(Clone, Debug)]
pub struct Quantity<U> {
    /// Fixed or uncertain.
    pub shape: Shape,
    /// How well it is known.
    pub class: Class,
    /// Where it comes from; empty for assumed numbers without a note.
    pub source: String,
    /// Where it stands.
    pub place: Place,
    /// The key of its random stream, from its path.
    pub key: u64,
    unit: PhantomData<U>,
}

impl<U: Unit> Quantity<U> {
    /// The value in one replication, inside the unit's range.
    #[must_use]
    pub fn draw(&self, draws: &Draws) -> f64 {
        match self.shape {
            Shape::Fixed(value) => value,
            _ => self
                .shape
                .quantile(draws.uniform(self.key, self.class))
                .clamp(U::MIN, U::MAX),
        }
    }

    /// The median value.
    #[must_use]
    pub fn median(&self) -> f64 {
        self.shape.quantile(0.5).clamp(U::MIN, U::MAX)
    }
}

impl<K: Referent, U: Unit> By<K, Quantity<U>> {
    /// The values in one replication for the entities `ids`; zero for those that the table leaves out.
    #[must_use]
    pub fn draw(&self, ids: impl IntoIterator<Item = K::Id>, draws: &Draws) -> Vec<f64> {
        let stated = ids.into_iter().map(|id| self.get(id));
        stated
            .map(|quantity| quantity.map_or(0.0, |quantity| quantity.draw(draws)))
            .collect()
    }
}

/// The uniforms behind the uncertain numbers of one replication.
#[derive(Clone, Debug)]
pub struct Draws {
    streams: Streams,
    correlated: BTreeMap<u64, f64>,
    /// Draws of another replication for the numbers of some classes.
    exchanged: Option<(Box<Self>, Vec<Class>)>,
    /// What is made of single draws.
    settings: BTreeMap<u64, Setting>,
}

/// What is made of the draw of one number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Setting {
    /// It is at this probability of its distribution.
    At(f64),
    /// It is moved by so many standard deviations of a normal that has its probability.
    Shifted(f64),
}

impl Draws {
    /// Draws of one replication, with correlated groups given as (keys, lower Cholesky factor by row).
    #[must_use]
    pub fn new(streams: Streams, groups: &[(Vec<u64>, Vec<Vec<f64>>)]) -> Self {
        let mut correlated = BTreeMap::new();
        for (keys, factor) in groups {
            let independent: Vec<f64> = keys
                .iter()
                .map(|key| streams.stream(Purpose::Parameter, *key, 0).normal())
                .collect();
            for (key, row) in keys.iter().zip(factor) {
                let z: f64 = row
                    .iter()
                    .zip(&independent)
                    .map(|(weight, z)| weight * z)
                    .sum();
                correlated.insert(*key, normal_cdf(z));
            }
        }
        Self {
            streams,
            correlated,
            exchanged: None,
            settings: BTreeMap::new(),
        }
    }

    /// The same draws with some of them set or moved, by stream key.
    #[must_use]
    pub fn with(self, settings: BTreeMap<u64, Setting>) -> Self {
        Self { settings, ..self }
    }

    /// The probability at which the number with a stream key is drawn.
    #[must_use]
    pub fn probability(&self, key: u64, class: Class) -> f64 {
        self.uniform(key, class)
    }

    /// The same draws, with those of the given classes taken from another replication: what a class explains is seen by
    /// exchanging it alone.
    #[must_use]
    pub fn exchange(self, other: Self, classes: &[Class]) -> Self {
        Self {
            exchanged: Some((Box::new(other), classes.to_vec())),
            ..self
        }
    }

    fn uniform(&self, key: u64, class: Class) -> f64 {
        match self.settings.get(&key) {
            Some(Setting::At(probability)) => *probability,
            Some(Setting::Shifted(by)) => normal_cdf(normal_quantile(self.drawn(key, class)) + by),
            None => self.drawn(key, class),
        }
    }

    fn drawn(&self, key: u64, class: Class) -> f64 {
        if let Some((other, classes)) = &self.exchanged
            && classes.contains(&class)
        {
            return other.uniform(key, class);
        }
        self.correlated
            .get(&key)
            .copied()
            .unwrap_or_else(|| self.streams.stream(Purpose::Parameter, key, 0).uniform())
    }
}

/// The stream key of the quantity at a dotted path.
#[must_use]
pub fn quantity_key(path: &str) -> u64 {
    key_of(path)
}

const SHAPES: [(&str, &[&str]); 8] = [
    ("normal", &["mean", "sd"]),
    ("lognormal", &["median", "sigma"]),
    ("uniform", &["low", "high"]),
    ("triangular", &["low", "mode", "high"]),
    ("beta", &["a", "b", "low", "high"]),
    ("pert", &["low", "mode", "high"]),
    ("discrete", &["values", "weights"]),
    ("quantiles", &["probabilities", "values"]),
];

/// Keys of a quantity beside its numbers.
pub const COMMON: [&str; 5] = ["unit", "class", "source", "note", "rows"];

impl<U: Unit> Field for Quantity<U> {
    const KIND: &'static str = "a number with unit, class and source";

    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let path = reader.path();
        let Some(table) = node.as_table() else {
            let help = format!(
                "write `{{ value = {}, unit = \"{}\", class = \"assumed\" }}`, or give its class and source",
                node.as_number()
                    .map_or_else(|| "0.0".to_owned(), |number| number.to_string()),
                U::NAME
            );
            reader.fault(
                format!("`{path}` needs a number with unit and class"),
                &node.place,
                help,
            );
            return None;
        };
        let shape = read_shape(table, node, reader);
        read_unit::<U>(table, node, reader);
        let class: Option<Class> = reader.field(table, "class", &node.place);
        let source = table
            .get("source")
            .and_then(Node::as_text)
            .unwrap_or_default()
            .to_owned();
        if matches!(class, Some(Class::Measured | Class::Estimated)) && source.trim().is_empty() {
            reader.fault(
                format!("`{path}` is not assumed, so it needs a source"),
                &node.place,
                "add `source = \"...\"`, or class it assumed",
            );
        }
        if let Some(rows) = table.get("rows") {
            let is_texts = matches!(&rows.value, Value::List(list) if list.iter().all(|row| row.as_text().is_some()));
            if !is_texts {
                reader.expected("rows as a list of names in quotes", rows);
            }
        }
        let (shape, class) = (shape?, class?);
        for value in shape.extremes() {
            if !value.is_finite() || value < U::MIN || value > U::MAX {
                let range = if U::MAX >= f64::MAX {
                    format!("at least {}", U::MIN)
                } else {
                    format!("{} to {}", U::MIN, U::MAX)
                };
                reader.fault(
                    format!("`{path}` is {value}, outside the range of a {}", U::NAME),
                    &node.place,
                    format!("allowed is {range}"),
                );
                return None;
            }
        }
        Some(Self {
            shape,
            class,
            source,
            place: node.place.clone(),
            key: quantity_key(&path),
            unit: PhantomData,
        })
    }

    fn schema() -> Json {
        let number = json!({ "type": "number" });
        let numbers = json!({ "type": "array", "items": { "type": "number" } });
        let mut properties = serde_json::Map::new();
        properties.insert("value".to_owned(), number.clone());
        properties.insert(
            "dist".to_owned(),
            json!({ "enum": SHAPES.map(|(name, _)| name) }),
        );
        for (_, keys) in SHAPES {
            for key in keys {
                let is_list = matches!(*key, "values" | "weights" | "probabilities");
                properties.insert(
                    (*key).to_owned(),
                    if is_list {
                        numbers.clone()
                    } else {
                        number.clone()
                    },
                );
            }
        }
        properties.insert("unit".to_owned(), json!({ "const": U::NAME }));
        properties.insert("class".to_owned(), Class::schema());
        properties.insert("source".to_owned(), json!({ "type": "string" }));
        properties.insert("note".to_owned(), json!({ "type": "string" }));
        properties.insert(
            "rows".to_owned(),
            json!({ "type": "array", "items": { "type": "string" } }),
        );
        json!({
            "type": "object", "properties": properties, "required": ["unit", "class"],
            "additionalProperties": false, "oneOf": [{ "required": ["value"] }, { "required": ["dist"] }],
        })
    }
}

fn read_unit<U: Unit>(table: &Table, node: &Node, reader: &mut Reader) {
    let path = reader.path();
    match table.get("unit").map(|unit| (unit.as_text(), unit)) {
        Some((Some(unit), _)) if unit == U::NAME => {}
        Some((Some(unit), at)) => reader.fault(
            format!("`{path}` is stated in `{unit}`"),
            &at.place,
            format!("convert it and write unit = \"{}\"", U::NAME),
        ),
        Some((None, at)) => reader.expected("a unit in quotes", at),
        None => reader.fault(
            format!("`{path}` lacks its unit"),
            &node.place,
            format!("add unit = \"{}\"", U::NAME),
        ),
    }
}

/// The shape and class of a number in a checked tree; `None` for what is no number with unit and class.
#[must_use]
pub fn shape_of(node: &Node) -> Option<(Shape, Class)> {
    let table = node.as_table()?;
    let mut reader = Reader::default();
    let shape = read_shape(table, node, &mut reader)?;
    Some((shape, reader.field(table, "class", &node.place)?))
}

#[expect(clippy::too_many_lines, reason = "one arm a distribution")]
fn read_shape(table: &Table, node: &Node, reader: &mut Reader) -> Option<Shape> {
    let path = reader.path();
    let (keys, dist): (&[&str], &str) = match (table.get("value"), table.get("dist")) {
        (Some(_), Some(dist)) => {
            reader.fault(
                format!("`{path}` has both a value and a distribution"),
                &dist.place,
                "keep one of `value` and `dist`",
            );
            return None;
        }
        (Some(_), None) => (&["value", "low", "high"], "value"),
        (None, Some(dist)) => {
            let word = dist.as_text().unwrap_or_default();
            if let Some((name, keys)) = SHAPES.iter().find(|(name, _)| *name == word) {
                (keys, name)
            } else {
                let help = super::fault::suggestion(word, SHAPES.iter().map(|(name, _)| *name));
                reader.fault(
                    format!("`{path}` has the unknown distribution `{word}`"),
                    &dist.place,
                    help,
                );
                return None;
            }
        }
        (None, None) => {
            reader.fault(
                format!("`{path}` has neither a value nor a distribution"),
                &node.place,
                "add `value = ...` or `dist = ...`",
            );
            return None;
        }
    };
    let known: Vec<&str> = keys
        .iter()
        .chain(&COMMON)
        .chain(&["value", "dist"])
        .copied()
        .collect();
    reader.unknown_keys(table, &known);
    let mut number = |key: &str| -> Option<f64> {
        match table.get(key).map(|node| (node.as_number(), node)) {
            Some((Some(number), _)) => Some(number),
            Some((None, at)) => {
                reader.fault(
                    format!("`{path}.{key}` must be a number, not {}", at.value.kind()),
                    &at.place,
                    "write a number",
                );
                None
            }
            None => {
                reader.fault(
                    format!("`{path}` lacks `{key}`"),
                    &node.place,
                    format!("a {dist} distribution needs {}", keys.join(", ")),
                );
                None
            }
        }
    };
    let shape = match dist {
        "value" => Shape::Fixed(number("value")?),
        "normal" => Shape::Normal(number("mean")?, number("sd")?),
        "lognormal" => Shape::Lognormal(number("median")?, number("sigma")?),
        "uniform" => Shape::Uniform(number("low")?, number("high")?),
        "triangular" => Shape::Triangular(number("low")?, number("mode")?, number("high")?),
        "beta" => Shape::Beta(number("a")?, number("b")?, number("low")?, number("high")?),
        "pert" => Shape::Pert(number("low")?, number("mode")?, number("high")?),
        "discrete" => {
            let (values, weights) = (
                numbers(table, "values", node, reader)?,
                numbers(table, "weights", node, reader)?,
            );
            let total: f64 = weights.iter().sum();
            let mut cumulative = 0.0;
            let steps = values.iter().zip(&weights).map(|(value, weight)| {
                cumulative += weight / total;
                (cumulative, *value)
            });
            let is_sound =
                values.len() == weights.len() && total > 0.0 && weights.iter().all(|w| *w >= 0.0);
            let shape = Shape::Discrete(steps.collect());
            return sound(
                is_sound,
                shape,
                "as many non-negative weights as values, not all zero",
                node,
                reader,
            );
        }
        _ => {
            let (p, values) = (
                numbers(table, "probabilities", node, reader)?,
                numbers(table, "values", node, reader)?,
            );
            let rises = |list: &[f64]| list.windows(2).all(|pair| pair[0] <= pair[1]);
            let is_sound = p.len() == values.len()
                && p.len() >= 2
                && rises(&p)
                && rises(&values)
                && p.first() == Some(&0.0)
                && p.last() == Some(&1.0);
            let shape = Shape::Quantiles(p.into_iter().zip(values).collect());
            return sound(
                is_sound,
                shape,
                "rising values at rising probabilities from 0 to 1",
                node,
                reader,
            );
        }
    };
    let (is_sound, remedy) = match shape {
        Shape::Normal(_, sd) => (sd >= 0.0, "a non-negative sd"),
        Shape::Lognormal(median, sigma) => (
            median > 0.0 && sigma >= 0.0,
            "a positive median and a non-negative sigma",
        ),
        Shape::Uniform(low, high) => (low <= high, "low no larger than high"),
        Shape::Triangular(low, mode, high) | Shape::Pert(low, mode, high) => (
            low <= mode && mode <= high,
            "low, mode and high in rising order",
        ),
        Shape::Beta(a, b, low, high) => (
            a > 0.0 && b > 0.0 && low <= high,
            "positive a and b, and low no larger than high",
        ),
        Shape::Fixed(_) | Shape::Discrete(_) | Shape::Quantiles(_) => (true, ""),
    };
    sound(is_sound, shape, remedy, node, reader)
}

fn sound(
    is_sound: bool,
    shape: Shape,
    remedy: &str,
    node: &Node,
    reader: &mut Reader,
) -> Option<Shape> {
    if !is_sound {
        let path = reader.path();
        reader.fault(
            format!("`{path}` is no distribution"),
            &node.place,
            format!("give {remedy}"),
        );
    }
    is_sound.then_some(shape)
}

fn numbers(table: &Table, key: &str, node: &Node, reader: &mut Reader) -> Option<Vec<f64>> {
    let list = table.get(key).and_then(|node| match &node.value {
        Value::List(items) => items
            .iter()
            .map(Node::as_number)
            .collect::<Option<Vec<f64>>>(),
        _ => None,
    });
    if list.is_none() {
        let path = reader.path();
        reader.fault(
            format!("`{path}` needs a list of numbers `{key}`"),
            &node.place,
            format!("add `{key} = [...]`"),
        );
    }
    list
}
