//! Quantities: numbers with unit, source and class, fixed or uncertain.

mod class;
mod draws;
mod read;
mod shape;

pub use class::Class;
pub use draws::{Draws, Setting};
pub use read::COMMON;
pub use shape::Shape;

use std::marker::PhantomData;

use serde_json::Value as Json;

use super::record::{Field, Reader};
use super::reference::{By, Referent};
use super::source::Place;
use super::tree::{Node, Table, Value};
use crate::base::rng::key_of;
use crate::base::units::Unit;
use read::{read_shape, schema};

/// A number of a scenario in unit `U`, with its source.
#[derive(Clone, Debug)]
pub struct Quantity<U> {
    /// One value or a distribution.
    pub shape: Shape,
    /// Measured, estimated or assumed.
    pub class: Class,
    /// The source; empty for assumed numbers without a note.
    pub source: String,
    /// Place in the scenario file.
    pub place: Place,
    /// Key of the random stream, from the path of the number.
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
                .quantile(draws.probability(self.key, self.class))
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

/// The stream key of the quantity at a dotted path.
#[must_use]
pub fn quantity_key(path: &str) -> u64 {
    key_of(path)
}

impl<U: Unit> Field for Quantity<U> {
    const KIND: &'static str = "a number with unit, class and source";

    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let path = reader.path();
        let Some(table) = node.as_table() else {
            let number = node.as_number();
            let example = number.map_or_else(|| "0.0".to_owned(), |number| number.to_string());
            let unit = U::NAME;
            reader.fault(
                format!("`{path}` needs a number with unit and class"),
                &node.place,
                format!(
                    "write `{{ value = {example}, unit = \"{unit}\", class = \"assumed\" }}`, or give its class and source"
                ),
            );
            return None;
        };
        let shape = read_shape(table, node, reader);
        read_unit::<U>(table, node, reader);
        let class: Option<Class> = reader.field(table, "class", &node.place);
        let source = read_source(table, class, node, reader);
        let (shape, class) = (shape?, class?);
        if !is_in_range::<U>(&shape, node, reader) {
            return None;
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
        schema(U::NAME)
    }
}

fn read_unit<U: Unit>(table: &Table, node: &Node, reader: &mut Reader) {
    let path = reader.path();
    match table.get("unit").map(|unit| (unit.as_text(), unit)) {
        Some((Some(unit), _)) if unit == U::NAME => {}
        Some((Some(unit), at)) => reader.fault(
            format!("`{path}` has the wrong unit `{unit}`"),
            &at.place,
            format!("convert it and write unit = \"{}\"", U::NAME),
        ),
        Some((None, at)) => reader.expected("a unit in quotes", at),
        None => reader.fault(
            format!("`{path}` is missing its unit"),
            &node.place,
            format!("add unit = \"{}\"", U::NAME),
        ),
    }
}

/// The source, which numbers that are not assumed need; with a check of the rows of data that they rest on.
fn read_source(table: &Table, class: Option<Class>, node: &Node, reader: &mut Reader) -> String {
    let source = table.get("source").and_then(Node::as_text);
    let source = source.unwrap_or_default().to_owned();
    if matches!(class, Some(Class::Measured | Class::Estimated)) && source.trim().is_empty() {
        reader.fault(
            format!("`{}` is not assumed, so it needs a source", reader.path()),
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
    source
}

/// Reports values that a shape can take outside the range of the unit.
fn is_in_range<U: Unit>(shape: &Shape, node: &Node, reader: &mut Reader) -> bool {
    let outside = |value: &f64| !value.is_finite() || *value < U::MIN || *value > U::MAX;
    let Some(value) = shape.extremes().into_iter().find(outside) else {
        return true;
    };
    let range = if U::MAX >= f64::MAX {
        format!("at least {}", U::MIN)
    } else {
        format!("{} to {}", U::MIN, U::MAX)
    };
    let path = reader.path();
    reader.fault(
        format!("`{path}` is {value}, outside the range of a {}", U::NAME),
        &node.place,
        format!("the allowed range is {range}"),
    );
    false
}

/// Shape and class of a number in a checked tree; none for nodes that are not quantities.
#[must_use]
pub fn shape_of(node: &Node) -> Option<(Shape, Class)> {
    let table = node.as_table()?;
    let mut reader = Reader::default();
    let shape = read_shape(table, node, &mut reader)?;
    Some((shape, reader.field(table, "class", &node.place)?))
}
