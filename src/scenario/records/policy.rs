//! Records of regulators, of the remedies that they impose, and of investigations that may designate a cloud.

use crate::base::ids::{CloudId, JurisdictionId, RegulatorId, SegmentId};
use crate::base::units::{Months, Ratio, Share};
use crate::scenario::names::Names;
use crate::scenario::quantity::Quantity;
use crate::scenario::record::{Name, When, record, words};
use crate::scenario::reference::{By, Ref, Referent};

record! {
    /// A regulator.
    RegulatorSpec {
        /// Name.
        name: Name,
        /// Jurisdiction.
        jurisdiction: Ref<JurisdictionId>,
        /// Time from a complaint or finding to a formal opening.
        opening: Quantity<Months>,
        /// Time from opening to a decision.
        decision: Quantity<Months>,
        /// Time from a decision to compliance.
        compliance: Quantity<Months>,
        /// Doctrine: `existing` law, or `new` law made for this market.
        doctrine: Doctrine,
        /// Yearly chance that it takes up a case, by cause, where what can be observed stands as at the start.
        cause: By<Cause, Quantity<Share>>,
        /// Chance that a case ends in a remedy; otherwise in commitments that bind nobody.
        remedy_chance: Quantity<Share>,
        /// Times around decision dates at which cases are more or less likely.
        window: Vec<WindowSpec>,
    }
}

words! {
    /// Doctrines: the law that a regulator works with.
    Doctrine {
        /// Rules that know mergers and prices.
        Existing = "existing",
        /// Rules made for integrated platforms of models and clouds.
        New = "new",
    }
}

record! {
    /// A time around a decision date.
    WindowSpec {
        /// First day.
        from: When,
        /// First day after.
        until: When,
        /// Factor on the chance of a case.
        factor: Quantity<Ratio>,
    }
}

words! {
    /// Causes on which a regulator acts.
    Cause {
        /// Concentration of clouds and of routed spend.
        Concentration = "concentration",
        /// Steering that was seen.
        Steering = "steering",
        /// Capital that clouds put into labs, and control.
        Capital = "capital",
        /// Incidents.
        Incident = "incident",
        /// The size of the market.
        Size = "size",
    }
}

impl Referent for Cause {
    type Id = Self;
    const KIND: &'static str = "cause";
    fn known(_: &Names) -> Vec<(&str, Self)> {
        Self::ALL
            .iter()
            .map(|cause| (cause.word(), *cause))
            .collect()
    }
}

words! {
    /// Instruments of remedies.
    Instrument {
        /// Routers may not steer.
        NeutralRouting = "neutral-routing",
        /// Routers take the same fee on all models.
        FeeParity = "fee-parity",
        /// Routers take at most `level`.
        FeeCap = "fee-cap",
        /// Users are shown all routers at every review with probability `level`.
        ChoiceScreen = "choice-screen",
        /// No charge for moving away: neither for data nor for commitments.
        SwitchingChargeBan = "switching-charge-ban",
        /// Agent state and learned policy go along, up to the share `level`.
        StatePortability = "state-portability",
        /// Stakes may not sway prices or routing.
        Firewall = "firewall",
        /// Clouds sell their stakes in labs, down to the share `level` of what they hold.
        Divestiture = "divestiture",
        /// The share `level` of new choices of a segment (all if absent) goes to open weights.
        OpenProcurement = "open-weights-procurement",
    }
}

record! {
    /// A remedy: law from a date, or what a case may end in.
    RemedySpec {
        /// Name.
        name: Name,
        /// Regulator that imposes it.
        regulator: Ref<RegulatorId>,
        /// Instrument.
        instrument: Instrument,
        /// Level, for instruments that have one.
        level: Option<Quantity<Share>>,
        /// The segment concerned; all if absent.
        segment: Option<Ref<SegmentId>>,
        /// First day as law; if absent, cases may end in the remedy.
        from: Option<When>,
        /// Cause of the cases that may end in the remedy; any if absent.
        cause: Option<Cause>,
        /// Frequency relative to the other remedies of such cases; 1 if absent.
        weight: Option<Quantity<Ratio>>,
    }
}

record! {
    /// An investigation into one cloud that may end in its designation as a gatekeeper, with duties that bind this
    /// cloud alone.
    DesignationSpec {
        /// Name.
        name: Name,
        /// Regulator that investigates; duties bind in its jurisdiction.
        regulator: Ref<RegulatorId>,
        /// Cloud that is investigated.
        cloud: Ref<CloudId>,
        /// First day of the investigation.
        opened: When,
        /// Time from the first day to the decision.
        decision: Quantity<Months>,
        /// Chance that the decision is to designate the cloud.
        probability: Quantity<Share>,
        /// Time from a designation until its duties are in force.
        compliance: Quantity<Months>,
        /// True if the cloud's router may not steer, once duties are in force; false if absent.
        neutral_routing: Option<bool>,
        /// Share of agent state and learned policy that goes along when a customer leaves; 0 if absent.
        portability: Option<Quantity<Share>>,
        /// True if the cloud may not charge for leaving, neither for data nor for commitments; false if absent.
        switching_charge_ban: Option<bool>,
        /// Chance a year, under duties, that a case begins that finds the cloud in breach.
        breach: Quantity<Share>,
        /// Time from the start of a case to the finding of a breach.
        non_compliance: Quantity<Months>,
        /// Fine, as a share of the cloud's AI revenue of the twelve months before the finding.
        fine: Quantity<Share>,
    }
}

impl DesignationSpec {
    /// Returns true if a designation imposes any duty.
    #[must_use]
    pub fn has_duty(&self) -> bool {
        let portable =
            (self.portability.as_ref()).is_some_and(|part| part.shape.quantile(1.0) > 0.0);
        self.neutral_routing == Some(true) || self.switching_charge_ban == Some(true) || portable
    }
}
