//! Records of contracts: channels, stakes, tranches, commitments, exclusivity, shares, credits.

use super::demand::Tier;
use crate::base::ids::{CloudId, LabId, PartyId, SegmentId};
use crate::base::units::{Dollars, PerYear, Share};
use crate::scenario::names::Names;
use crate::scenario::quantity::Quantity;
use crate::scenario::record::{Name, When, record, words};
use crate::scenario::reference::{Ref, Referent, parties};

words! {
    /// A runtime.
    Runtime {
        /// An API without memory of its own.
        Stateless = "stateless",
        /// A managed agent platform that keeps state.
        Stateful = "stateful",
    }
}

record! {
    /// One cell of the distribution matrix: a lab's models at one seller.
    ChannelSpec {
        /// Name.
        name: Name,
        /// The lab.
        lab: Ref<LabId>,
        /// The cloud that sells; none where the lab sells itself.
        cloud: Option<Ref<CloudId>>,
        /// The runtime.
        runtime: Runtime,
        /// Share of the lab's enterprise spend at the start.
        share: Quantity<Share>,
        /// First day on sale; on sale at the start if absent.
        from: Option<When>,
        /// First day no longer on sale.
        until: Option<When>,
    }
}

/// Declares a kind of party: the word in messages, and the lists that it comes from.
macro_rules! party {
    ($($(#[$doc:meta])* $name:ident: $kind:literal in $lists:expr;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug)]
            pub struct $name;
            impl Referent for $name {
                type Id = PartyId;
                const KIND: &'static str = $kind;
                fn known(names: &Names) -> Vec<(&str, PartyId)> {
                    parties(names, &$lists)
                }
            }
        )*
    };
}

party! {
    /// A holder of a stake.
    Owner: "holder" in ["cloud", "vendor", "investor", "lab"];
    /// A firm in which stakes are held.
    Firm: "firm" in ["cloud", "lab", "vendor"];
    /// An investor in a lab.
    Funder: "holder" in ["cloud", "vendor", "investor"];
}

record! {
    /// A stake.
    EquitySpec {
        /// Name.
        name: Name,
        /// Holder: a cloud, lab, vendor or investor.
        holder: Ref<Owner>,
        /// Firm in which the stake is held: a lab, cloud or vendor.
        firm: Ref<Firm>,
        /// Share of cash flows.
        cash_flow: Quantity<Share>,
        /// Share of control.
        control: Quantity<Share>,
        /// Share of cash flows at which the holder declines its part of rounds; tranches and answers to deals are paid all the
        /// same. No limit if absent.
        limit: Option<Quantity<Share>>,
    }
}

record! {
    /// Investment promised under a condition.
    TrancheSpec {
        /// Name.
        name: Name,
        /// Investor: a cloud, vendor or other investor.
        holder: Ref<Funder>,
        /// The lab.
        lab: Ref<LabId>,
        /// The amount.
        amount: Quantity<Dollars>,
        /// The condition.
        trigger: Trigger,
        /// The trigger date: when a firm tranche is paid, or from when the condition can be met.
        from: Option<When>,
        /// Last day on which the condition can be met.
        until: When,
        /// Chance that the condition is met by `until`; a firm tranche is paid for certain.
        probability: Option<Quantity<Share>>,
    }
}

words! {
    /// Conditions that release a tranche.
    Trigger {
        /// Nothing: it is paid on its date.
        Firm = "firm",
        /// The lab lists its shares.
        Listing = "ipo",
        /// The lab reaches an agreed milestone.
        Milestone = "milestone",
        /// Either of the two.
        Either = "ipo-or-milestone",
    }
}

record! {
    /// A take-or-pay commitment of a lab to a cloud.
    CommitmentSpec {
        /// Name.
        name: Name,
        /// The lab.
        lab: Ref<LabId>,
        /// The cloud.
        cloud: Ref<CloudId>,
        /// The total amount.
        amount: Quantity<Dollars>,
        /// First day.
        from: When,
        /// Last day.
        until: When,
        /// Growth of the yearly amount due; the amounts of all years add up to `amount`.
        growth: Option<Quantity<PerYear>>,
        /// Shares of `amount` that are due in each year of the contract, instead of `growth`; they add up to 1.
        schedule: Option<Vec<Quantity<Share>>>,
        /// The party that is bound; the lab if absent.
        kind: Option<CommitmentKind>,
    }
}

words! {
    /// Kinds of commitments, by the party that is bound.
    CommitmentKind {
        /// The lab takes the compute or pays for it.
        Purchase = "purchase",
        /// The cloud builds the capacity; nobody owes anything.
        Capex = "capex",
    }
}

record! {
    /// An exclusive right of one cloud to sell a lab's models.
    ExclusivitySpec {
        /// Name.
        name: Name,
        /// The lab.
        lab: Ref<LabId>,
        /// The cloud that holds the right.
        cloud: Ref<CloudId>,
        /// The runtime it covers.
        runtime: Runtime,
        /// The tiers it covers; all if absent.
        tiers: Option<Vec<Tier>>,
        /// First day; in force at the start if absent.
        from: Option<When>,
        /// First day no longer in force.
        until: Option<When>,
        /// Chance a year that it is broken: renegotiated, breached or struck down.
        break_rate: Option<Quantity<Share>>,
        /// First day from which the lab's own sales of the runtime run at this cloud too; at the lab's hosts if absent.
        serves_from: Option<When>,
    }
}

words! {
    /// The party that books a sale.
    Books {
        /// The lab books the sale and pays the cloud.
        Lab = "lab",
        /// The cloud books the sale and pays the lab.
        Cloud = "cloud",
    }
}

words! {
    /// The base of a revenue share.
    ShareBase {
        /// Revenue.
        Revenue = "revenue",
        /// Revenue less serving compute.
        GrossProfit = "gross-profit",
    }
}

record! {
    /// Terms on which a cloud sells a lab's models: who books sales, and the share of the other side.
    ChannelShareSpec {
        /// Name.
        name: Name,
        /// The lab.
        lab: Ref<LabId>,
        /// The cloud; with `all_revenue`, the cloud that takes a share of everything the lab books.
        cloud: Ref<CloudId>,
        /// The party that books the sale.
        books: Books,
        /// The share of the other side.
        share: Quantity<Share>,
        /// Base of the share.
        base: ShareBase,
        /// True if the share is taken of all revenue of the lab, wherever sold; false if absent.
        all_revenue: Option<bool>,
    }
}

record! {
    /// Credits granted by a cloud.
    CreditSpec {
        /// Name.
        name: Name,
        /// The cloud.
        cloud: Ref<CloudId>,
        /// The segment that receives them.
        segment: Ref<SegmentId>,
        /// The most that one enterprise receives.
        amount: Quantity<Dollars>,
        /// Share of the segment's spend at the cloud that credits pay.
        share: Quantity<Share>,
    }
}
