//! Records of rules by which the market reacts: finance, prices, regulation, incidents, open weights, stateful tiers,
//! photonics. Each may be left out; the market then runs without it.

use crate::ids::{CloudId, TaskId, VendorId};
use crate::scenario::quantity::Quantity;
use crate::scenario::record::{record, words};
use crate::scenario::reference::By;
use crate::units::{Count, Hours, Logit, Months, PerYear, Ratio, Share};

record! {
    /// How labs are financed, bound and rescued.
    FinanceSpec {
        /// Months of cash below which a lab starts a round.
        runway: Quantity<Months>,
        /// Months of cash that a round raises.
        round: Quantity<Months>,
        /// Time from start to closing.
        closing: Quantity<Months>,
        /// The most of a lab that one round may sell.
        max_dilution: Quantity<Share>,
        /// Share of a round that those who already hold a stake take up, by stake.
        insiders: Quantity<Share>,
        /// Value over yearly revenue of a lab that no longer grows.
        mature_multiple: Quantity<Ratio>,
        /// Half-life of what a lab's multiple is above that.
        multiple_half_life: Quantity<Months>,
        /// Growth of the yearly amount due under a commitment.
        commitment_growth: Quantity<PerYear>,
        /// Share of an unused commitment that the lab puts to use for training.
        uptake: Quantity<Share>,
        /// Months of cash below which a lab that cannot raise is in distress.
        distress: Quantity<Months>,
        /// Training that a lab in distress keeps up.
        austerity: Quantity<Share>,
        /// Months of distress after which it merges or closes.
        patience: Quantity<Months>,
        /// Chance that it merges.
        merger: Quantity<Share>,
        /// Time in which a lab moves half of its compute to where it wants it, on a cloud without silicon of its own.
        relocation: Quantity<Months>,
        /// The same on a cloud's own silicon.
        silicon_relocation: Quantity<Months>,
        /// Response of the hosts that a lab wants to rents (per unit of relative rent) and to unused commitments.
        host_sensitivity: Quantity<Logit>,
        /// Time between renegotiations of a lab's terms with a cloud.
        renegotiation: Quantity<Months>,
        /// How far each renegotiation raises what the cloud takes, per unit of looked-through stake.
        ceiling: Quantity<Share>,
        /// The same per unit of the lab's sales that go through the cloud.
        dependence: Quantity<Share>,
        /// Share of its value at the start below which a holder fails when a lab closes.
        failure_threshold: Quantity<Share>,
        /// What a failure costs, as a share of that value.
        failure_cost: Quantity<Share>,
    }
}

words! {
    /// How far owners care for what they hold of rivals.
    Interest {
        /// Not at all.
        Off = "off",
        /// As far as the cash flows that they own.
        Silent = "silent",
        /// The largest strategic holder sets the lab's prices too.
        Full = "full-control",
    }
}

record! {
    /// How reacting prices move.
    PricingSpec {
        /// Time between reviews.
        review: Quantity<Months>,
        /// Share of the gap to the target that a review closes.
        adjustment: Quantity<Share>,
        /// Weight of stakes in rivals.
        ownership: Interest,
        /// Share of buyers that stay outside, at the prices of the start.
        outside: Quantity<Share>,
        /// Weight of the shadow price of capacity: what spot rent is above contract rent, where a host is short.
        scarcity: Quantity<Ratio>,
        /// What a util of capability is worth to a follower, as a share of the frontier's price.
        slope: Quantity<Ratio>,
        /// Factor on prices while an actor lands.
        land: Quantity<Ratio>,
        /// When it begins to harvest, in months after the start.
        harvest_after: Quantity<Months>,
        /// Factor on prices once it harvests.
        harvest: Quantity<Ratio>,
        /// The highest take rate that a router would ask.
        fee_max: Quantity<Share>,
    }
}

record! {
    /// What regulators have in common.
    RegulationSpec {
        /// Factor on all chances of cases; 0 switches cases off, dated law stays.
        strength: Quantity<Ratio>,
        /// Factor on the others' chances once one regulator has acted.
        learning: Quantity<Ratio>,
        /// Factor on durations where existing law does not know the case.
        novelty: Quantity<Ratio>,
        /// How much steering an operator gives up per unit of yearly chance of a steering case.
        anticipation: Quantity<Ratio>,
        /// Sigma of the logarithm of the durations of stages.
        duration_sigma: Quantity<Ratio>,
        /// How fast chances rise with what is observed: the elasticity to the signal over its level at the start.
        elasticity: Quantity<Ratio>,
        /// Revenue of the steered models that an operator expects to lose where steering is found.
        penalty: Quantity<Share>,
    }
}

record! {
    /// What goes wrong, and what it does.
    IncidentSpec {
        /// Factor on all rates; 0 switches incidents off.
        strength: Quantity<Ratio>,
        /// Median duration of an outage.
        outage_hours: Quantity<Hours>,
        /// The longest outage.
        outage_hours_max: Quantity<Hours>,
        /// Sigma of the logarithm of durations and severities.
        sigma: Quantity<Ratio>,
        /// Share of customers that an incident reaches.
        reach: Quantity<Share>,
        /// Perceived risk after a median outage that reaches everyone.
        outage_risk: Quantity<Ratio>,
        /// The same after a leak or break-in.
        security_risk: Quantity<Ratio>,
        /// The same after a failure of a model.
        failure_risk: Quantity<Ratio>,
        /// Spend refunded for each hour of outage, in hours of spend.
        sla_credit: Quantity<Ratio>,
        /// Perceived risk of a provider at which its customers look for a second one.
        notice: Quantity<Ratio>,
    }
}

record! {
    /// How open weights and small models catch up.
    OpennessSpec {
        /// Gap between the best open and the best closed model at the start, as a share of capability, by task.
        gap: By<TaskId, Quantity<Share>>,
        /// Rate at which the gap closes, by task; below zero it widens.
        closing: By<TaskId, Quantity<PerYear>>,
        /// Utility of closing a gap of one.
        worth: Quantity<Logit>,
        /// Share of the best closed model's capability that counts as parity.
        parity: Quantity<Share>,
        /// Price of open weights over the best closed model's at which they count as a commodity.
        commodity: Quantity<Share>,
        /// Factor on the chance of looking at self-hosting after parity.
        attention: Quantity<Ratio>,
        /// Utility that small models gain a year, by task.
        small: By<TaskId, Quantity<Logit>>,
    }
}

record! {
    /// Stateful runtimes against stateless ones.
    StatefulSpec {
        /// Price over the stateless price of the same model.
        premium: Quantity<Share>,
        /// Compute over that of the stateless runtime.
        overhead: Quantity<Share>,
        /// Context beyond which a workload needs state kept for it, in tokens.
        threshold: Quantity<Count>,
        /// Median context of workloads, by task, in tokens.
        context: By<TaskId, Quantity<Count>>,
        /// Sigma of the logarithm of contexts.
        context_sigma: Quantity<Ratio>,
        /// Utility that a workload beyond the threshold loses without state.
        penalty: Quantity<Logit>,
        /// Score of human experts at computer use.
        human: Quantity<Share>,
        /// Score of the best model at the start.
        score: Quantity<Share>,
        /// Growth of its log odds a year, at the progress of the leading lab.
        score_progress: Quantity<Logit>,
        /// Factor on the adoption of agents once the score has passed that of human experts.
        boost: Quantity<Ratio>,
        /// Time for which an adopter waits where it has not.
        wait: Quantity<Months>,
    }
}

record! {
    /// Optical interconnect: an uncertain gain from an uncertain date.
    PhotonicsSpec {
        /// First deployments, in months after the start.
        start: Quantity<Months>,
        /// Share of power that a fleet fully on it saves.
        power_saving: Quantity<Share>,
        /// Share of capex that goes to its suppliers in capacity built with it.
        capex_share: Quantity<Share>,
        /// How much of new capacity adopts it a year, by cloud.
        adoption: By<CloudId, Quantity<PerYear>>,
        /// Suppliers' shares.
        supplier: By<VendorId, Quantity<Share>>,
    }
}
