//! Records: one declaration gives a struct, its reader and its JSON Schema.

mod values;

pub use values::{Name, When, Whole};

use serde_json::{Map, Value as Json, json};

use super::fault::{Fault, suggestion};
use super::names::Names;
use super::source::Place;
use super::tree::{Node, Table};

/// Collects faults, and knows the path of the value being read and the names that values can refer to.
#[derive(Debug, Default)]
pub struct Reader {
    /// The faults found so far.
    pub faults: Vec<Fault>,
    /// The names that the scenario declares.
    pub names: Names,
    path: Vec<String>,
}

impl Reader {
    /// A reader of a scenario's tree.
    #[must_use]
    pub fn of(tree: &Node) -> Self {
        Self {
            names: Names::of(tree),
            ..Self::default()
        }
    }

    /// The dotted path of the value being read.
    #[must_use]
    pub fn path(&self) -> String {
        self.path.join(".")
    }

    /// Reports a fault.
    pub fn fault(&mut self, message: impl Into<String>, place: &Place, help: impl Into<String>) {
        self.faults
            .push(Fault::new(message, place.clone()).help(help));
    }

    /// Reads with `segment` added to the path.
    pub fn within<T>(&mut self, segment: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(segment.to_owned());
        let result = read(self);
        self.path.pop();
        result
    }

    /// Reports a value of the wrong kind.
    pub fn expected(&mut self, what: &str, node: &Node) {
        let path = self.path();
        self.fault(
            format!("`{path}` must be {what}, not {}", node.value.kind()),
            &node.place,
            format!("write {what}"),
        );
    }

    /// Reads one field of a table; a missing one is a fault unless its type can be absent.
    pub fn field<T: Field>(&mut self, table: &Table, key: &str, place: &Place) -> Option<T> {
        match table.get(key) {
            Some(node) => self.within(key, |reader| T::read(node, reader)),
            None => T::absent().or_else(|| {
                let path = self.path();
                let owner = if path.is_empty() {
                    "the scenario".to_owned()
                } else {
                    format!("`{path}`")
                };
                self.fault(
                    format!("{owner} is missing the key `{key}`"),
                    place,
                    format!("add `{key}` ({})", T::KIND),
                );
                None
            }),
        }
    }

    /// Reports the keys of a table that are not among `known`.
    pub fn unknown_keys(&mut self, table: &Table, known: &[&str]) {
        for entry in &table.entries {
            if !known.contains(&entry.key.as_str()) {
                let help = suggestion(&entry.key, known.iter().copied());
                self.fault(
                    format!("unknown key `{}`", entry.key),
                    &entry.key_place,
                    help,
                );
            }
        }
    }
}

/// A value that a field of a record can hold.
pub trait Field: Sized {
    /// The kind of value, in words for messages.
    const KIND: &'static str;
    /// Reads the value; none if it is faulty, with the fault reported.
    fn read(node: &Node, reader: &mut Reader) -> Option<Self>;
    /// The JSON Schema of the value.
    fn schema() -> Json;
    /// The value that stands for an absent key; none if the key is required.
    #[must_use]
    fn absent() -> Option<Self> {
        None
    }
}

/// Declares a record of a scenario file: a struct, each of whose fields is a [`Field`].
macro_rules! record {
    ($(#[doc = $doc:literal])+ $name:ident { $($(#[doc = $field_doc:literal])+ $field:ident: $kind:ty,)* }) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug)]
        pub struct $name {
            $($(#[doc = $field_doc])+ pub $field: $kind,)*
        }

        impl $crate::scenario::record::Field for $name {
            const KIND: &'static str = "a table";

            fn read(
                node: &$crate::scenario::tree::Node,
                reader: &mut $crate::scenario::record::Reader,
            ) -> Option<Self> {
                let Some(table) = node.as_table() else {
                    reader.expected("a table", node);
                    return None;
                };
                reader.unknown_keys(table, &[$(stringify!($field)),*]);
                $(let $field = reader.field::<$kind>(table, stringify!($field), &node.place);)*
                Some(Self { $($field: $field?,)* })
            }

            fn schema() -> serde_json::Value {
                $crate::scenario::record::object_schema(
                    concat!($($doc),+),
                    [$((
                        stringify!($field),
                        concat!($($field_doc),+),
                        <$kind as $crate::scenario::record::Field>::schema(),
                        <$kind as $crate::scenario::record::Field>::absent().is_none(),
                    )),*],
                )
            }
        }
    };
}

/// Declares an enum whose variants are written as words.
macro_rules! words {
    ($(#[doc = $doc:literal])+ $name:ident { $($(#[doc = $word_doc:literal])+ $variant:ident = $word:literal,)* }) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $($(#[doc = $word_doc])+ $variant,)*
        }

        impl $name {
            /// All words, in order.
            pub const WORDS: &'static [&'static str] = &[$($word),*];

            /// All variants, in the order of their words.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word as written.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl $crate::scenario::record::Field for $name {
            const KIND: &'static str = "a word";

            fn read(
                node: &$crate::scenario::tree::Node,
                reader: &mut $crate::scenario::record::Reader,
            ) -> Option<Self> {
                match node.as_text() {
                    $(Some($word) => Some(Self::$variant),)*
                    Some(other) => {
                        let help = $crate::scenario::fault::suggestion(other, Self::WORDS.iter().copied());
                        let path = reader.path();
                        reader.fault(format!("`{path}` cannot be `{other}`"), &node.place, help);
                        None
                    }
                    None => {
                        reader.expected("a word", node);
                        None
                    }
                }
            }

            fn schema() -> serde_json::Value {
                serde_json::json!({ "enum": Self::WORDS, "description": concat!($($doc),+).trim() })
            }
        }
    };
}

pub(crate) use record;
pub(crate) use words;

/// The JSON Schema of a record.
#[must_use]
pub fn object_schema<const N: usize>(doc: &str, fields: [(&str, &str, Json, bool); N]) -> Json {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (name, doc, mut schema, is_required) in fields {
        if let Some(object) = schema.as_object_mut() {
            object.insert("description".to_owned(), Json::from(doc.trim()));
        }
        properties.insert(name.to_owned(), schema);
        if is_required {
            required.push(name);
        }
    }
    json!({
        "type": "object", "description": doc.trim(), "properties": properties,
        "required": required, "additionalProperties": false,
    })
}
