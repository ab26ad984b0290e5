//! References: a name in a scenario file with the id of the entity that it names.
//!
//! Names become ids while records are read. Afterwards the market works with ids; names remain for messages and
//! tables.

use std::fmt::Debug;

use serde_json::{Value as Json, json};

use super::fault::suggestion;
use super::names::Names;
use super::record::{Field, Name, Reader};
use super::source::Place;
use super::tree::Node;
use crate::base::ids::{
    CloudId, Id, JurisdictionId, LabId, PartyId, PriceClassId, RegulatorId, RouterId, SegmentId,
    TaskId, VendorId,
};

/// A kind of entity that records refer to by name.
pub trait Referent {
    /// The type of its ids.
    type Id: Copy + PartialEq + Debug;
    /// The word for the kind in messages.
    const KIND: &'static str;
    /// Every name that may be written, with its id.
    fn known(names: &Names) -> Vec<(&str, Self::Id)>;
}

/// A reference to an entity of kind `K`.
#[derive(Clone, Debug)]
pub struct Ref<K: Referent> {
    /// The name as written.
    pub text: String,
    /// The place of the name.
    pub place: Place,
    id: Option<K::Id>,
}

impl<K: Referent> Ref<K> {
    /// The id of the entity.
    #[must_use]
    pub fn id(&self) -> K::Id {
        self.id
            .expect("a name that is unknown keeps its scenario from loading")
    }

    /// The id of the entity, or none if the name is unknown: for checks of scenarios that may not load.
    #[must_use]
    pub const fn found(&self) -> Option<K::Id> {
        self.id
    }

    /// True if the reference names the entity `id`.
    #[must_use]
    pub fn is(&self, id: K::Id) -> bool {
        self.id == Some(id)
    }

    /// True if two references name one known entity.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.id.is_some_and(|id| other.is(id))
    }

    /// Looks a name up; an unknown one is a fault.
    fn resolve(name: Name, reader: &mut Reader) -> Self {
        let known = K::known(&reader.names);
        let found = known.iter().find(|(text, _)| *text == name.text);
        let id = found.map(|(_, id)| *id);
        if id.is_none() {
            let help = suggestion(&name.text, known.iter().map(|(text, _)| *text));
            let message = format!("unknown {} `{}`", K::KIND, name.text);
            reader.fault(message, &name.place, help);
        }
        Self {
            text: name.text,
            place: name.place,
            id,
        }
    }
}

impl<K: Referent> Field for Ref<K> {
    const KIND: &'static str = Name::KIND;
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        // An unknown name is read all the same: the checks that follow then find the other faults.
        Name::read(node, reader).map(|name| Self::resolve(name, reader))
    }
    fn schema() -> Json {
        Name::schema()
    }
}

/// A table whose keys name entities of kind `K`, in the order written.
#[derive(Clone, Debug)]
pub struct By<K: Referent, T>(pub Vec<(Ref<K>, T)>);

impl<K: Referent, T> By<K, T> {
    /// The value for the entity `id`, if the table has one.
    #[must_use]
    pub fn get(&self, id: K::Id) -> Option<&T> {
        let found = self.0.iter().find(|(key, _)| key.is(id));
        found.map(|(_, value)| value)
    }
}

impl<K: Referent, T: Field> Field for By<K, T> {
    const KIND: &'static str = "a table";
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let Some(table) = node.as_table() else {
            reader.expected(Self::KIND, node);
            return None;
        };
        let read: Vec<Option<(Ref<K>, T)>> = table
            .entries
            .iter()
            .map(|entry| {
                let name = Name {
                    text: entry.key.clone(),
                    place: entry.key_place.clone(),
                };
                let key = Ref::resolve(name, reader);
                let value = reader.within(&entry.key, |reader| T::read(&entry.node, reader));
                value.map(|value| (key, value))
            })
            .collect();
        read.into_iter().collect::<Option<Vec<_>>>().map(Self)
    }
    fn schema() -> Json {
        json!({ "type": "object", "additionalProperties": T::schema() })
    }
}

/// Declares ids that index a list of the scenario: the word in messages, and the key of the list.
macro_rules! listed {
    ($($id:ident: $kind:literal in $list:literal;)*) => {
        $(impl Referent for $id {
            type Id = Self;
            const KIND: &'static str = $kind;
            fn known(names: &Names) -> Vec<(&str, Self)> {
                let names = names.list($list).iter().enumerate();
                names.map(|(index, name)| (name.as_str(), Self::from_index(index))).collect()
            }
        })*
    };
}

listed! {
    CloudId: "cloud" in "cloud";
    LabId: "lab" in "lab";
    VendorId: "vendor" in "vendor";
    RouterId: "router" in "router";
    SegmentId: "segment" in "segment";
    TaskId: "task" in "task";
    PriceClassId: "price class" in "price_class";
    JurisdictionId: "jurisdiction" in "jurisdiction";
    RegulatorId: "regulator" in "regulator";
}

/// The lists of those who can hold stakes or be held, in the order of [`PartyId`].
const PARTIES: [&str; 4] = ["cloud", "lab", "vendor", "investor"];

/// The names of parties, list after list in the order of `lists`.
#[must_use]
pub fn parties<'a>(names: &'a Names, lists: &[&str]) -> Vec<(&'a str, PartyId)> {
    let mut found = Vec::new();
    for list in lists {
        let before = PARTIES.iter().take_while(|other| *other != list);
        let first: usize = before.map(|other| names.list(other).len()).sum();
        let listed = names.list(list).iter().enumerate();
        found.extend(listed.map(|(at, name)| (name.as_str(), PartyId::from_index(first + at))));
    }
    found
}
