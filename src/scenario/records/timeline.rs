//! Records of time: dated events, shocks; and of rank correlations.

use serde_json::Value as Json;

use super::demand::Tier;
use crate::base::ids::{CloudId, LabId, RouterId};
use crate::base::units::{Months, Ratio};
use crate::scenario::quantity::Quantity;
use crate::scenario::record::{Field, Name, Reader, When, record, words};
use crate::scenario::reference::{Ref, Referent};
use crate::scenario::tree::Node;

words! {
    /// Kinds of dated events, by the change.
    EventKind {
        /// Nothing: a fact on record.
        Fact = "fact",
        /// A router's take rate becomes `value`.
        TakeRate = "take-rate",
        /// A router's steering becomes `value`.
        Steering = "steering",
        /// A lab's list prices in a tier are multiplied by `value`.
        PriceStep = "price-step",
        /// Investors stop funding a lab (1) or start again (0).
        FundingStop = "funding-stop",
        /// A share `value` of a cloud's customers leave it at their next review: a large migration.
        Exodus = "exodus",
    }
}

record! {
    /// A dated event.
    EventSpec {
        /// Name.
        name: Name,
        /// The day.
        date: When,
        /// Kind of change.
        kind: EventKind,
        /// The router, lab or cloud concerned.
        subject: Option<Subject>,
        /// The tier concerned.
        tier: Option<Tier>,
        /// The new value.
        value: Option<Quantity<Ratio>>,
        /// Source of the fact.
        source: Option<Name>,
    }
}

/// The subject of a dated event: what its name stands for depends on the kind of the event.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The name as written.
    pub name: Name,
    router: Option<RouterId>,
    lab: Option<LabId>,
    cloud: Option<CloudId>,
}

impl Field for Subject {
    const KIND: &'static str = Name::KIND;
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        fn named<K: Referent>(name: &Name, reader: &Reader) -> Option<K::Id> {
            let known = K::known(&reader.names);
            let found = known.into_iter().find(|(text, _)| *text == name.text);
            found.map(|(_, id)| id)
        }
        let name = Name::read(node, reader)?;
        Some(Self {
            router: named::<RouterId>(&name, reader),
            lab: named::<LabId>(&name, reader),
            cloud: named::<CloudId>(&name, reader),
            name,
        })
    }
    fn schema() -> Json {
        Name::schema()
    }
}

/// A change that a dated event brings about, and the actor concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatedChange {
    /// The take rate of a router.
    TakeRate(RouterId),
    /// The steering of a router.
    Steering(RouterId),
    /// The list prices of a lab.
    PriceStep(LabId),
    /// The funding of a lab.
    FundingStop(LabId),
    /// The loyalty of a cloud's customers.
    Exodus(CloudId),
}

impl EventSpec {
    /// The change that the event brings about; none for facts, and where the subject does not fit the kind.
    #[must_use]
    pub fn change(&self) -> Option<DatedChange> {
        let subject = self.subject.as_ref()?;
        match self.kind {
            EventKind::Fact => None,
            EventKind::TakeRate => subject.router.map(DatedChange::TakeRate),
            EventKind::Steering => subject.router.map(DatedChange::Steering),
            EventKind::PriceStep => subject.lab.map(DatedChange::PriceStep),
            EventKind::FundingStop => subject.lab.map(DatedChange::FundingStop),
            EventKind::Exodus => subject.cloud.map(DatedChange::Exodus),
        }
    }
}

words! {
    /// A kind of shock.
    ShockKind {
        /// Deliveries fall by `size` (a share).
        SupplyCut = "supply-cut",
        /// Lead times are multiplied by `size`.
        LeadTime = "lead-time",
        /// Capacity falls by `size` (a share) and comes back at the end.
        Outage = "outage",
        /// Demand is multiplied by `size`.
        Demand = "demand",
        /// Power that can be added falls by `size` (a share).
        Power = "power",
        /// Prices of new capacity are multiplied by `size`: memory is short.
        Memory = "memory",
        /// Vendors' output falls by `size` (a share): packaging is short.
        Packaging = "packaging",
        /// A lab's progress falls by `size` (a share): it may not buy accelerators.
        ExportControl = "export-control",
    }
}

record! {
    /// A dated shock.
    ShockSpec {
        /// Name.
        name: Name,
        /// Kind of shock.
        kind: ShockKind,
        /// First day.
        date: When,
        /// Duration.
        duration: Quantity<Months>,
        /// Strength, with the meaning that the kind gives it.
        size: Quantity<Ratio>,
        /// The cloud concerned; all if absent.
        cloud: Option<Ref<CloudId>>,
        /// The lab concerned, for export controls.
        lab: Option<Ref<LabId>>,
    }
}

record! {
    /// Rank correlations between uncertain numbers (a Gaussian copula).
    CorrelationSpec {
        /// Name.
        name: Name,
        /// Dotted paths of the numbers.
        inputs: Vec<Name>,
        /// Their rank correlations, row by row.
        matrix: Vec<Vec<Correlation>>,
    }
}

/// A correlation coefficient, -1 to 1.
#[derive(Clone, Copy, Debug)]
pub struct Correlation(pub f64);

impl crate::scenario::record::Field for Correlation {
    const KIND: &'static str = "a number from -1 to 1";
    fn read(
        node: &crate::scenario::tree::Node,
        reader: &mut crate::scenario::record::Reader,
    ) -> Option<Self> {
        match node.as_number() {
            Some(number) if (-1.0..=1.0).contains(&number) => Some(Self(number)),
            _ => {
                reader.fault(
                    "a correlation lies between -1 and 1",
                    &node.place,
                    "write a number from -1 to 1",
                );
                None
            }
        }
    }
    fn schema() -> serde_json::Value {
        serde_json::json!({ "type": "number", "minimum": -1, "maximum": 1 })
    }
}
