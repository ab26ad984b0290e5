//! Records of rules by which the market reacts: finance, prices, regulation, incidents, open weights, stateful tiers,
//! photonics. Each may be left out; the market then runs without it.

use crate::base::ids::{CloudId, TaskId, VendorId};
use crate::base::units::{Count, Hours, Logit, Months, PerYear, Ratio, Share, UsdPerYear, Years};
use crate::scenario::quantity::Quantity;
use crate::scenario::record::{record, words};
use crate::scenario::reference::By;

words! {
    /// Rule by which a payment out of mixed cash gets the origins of its money.
    MixingRule {
        /// All origins of the cash in hand, in proportion.
        Proportional = "proportional",
        /// Equity, debt and vendors' credits first; money of customers and consumers after them.
        EquityFirst = "equity-first",
        /// Money of customers and consumers first; equity, debt and vendors' credits after it.
        CustomersFirst = "customers-first",
    }
}

record! {
    /// Finance of labs: rounds, commitments, distress.
    FinanceSpec {
        /// Rule by which a payment gets the origins of its money; it moves the circular measures only.
        mixing: MixingRule,
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
        /// Half-life of a lab's growth in the forecast of investors.
        growth_fade: Quantity<Months>,
        /// Margin of a mature lab in the forecast of investors.
        mature_margin: Quantity<Share>,
        /// Time in which the margin gets there in the forecast of investors.
        years_to_margin: Quantity<Years>,
        /// Discount rate of investors in labs; above `terminal_growth`.
        cost_of_capital: Quantity<PerYear>,
        /// Years of cash flow that investors forecast; whole years.
        forecast: Quantity<Years>,
        /// Growth of cash flow after the forecast of investors.
        terminal_growth: Quantity<PerYear>,
        /// Weight of the last month in the growth that investors see.
        growth_weight: Quantity<Share>,
        /// Largest growth or fall of a month that investors take for a trend, as a logarithm.
        growth_max: Quantity<Ratio>,
        /// Months of a lab's books after which investors know its outlook; the observed multiple belongs to that outlook.
        outlook_after: Quantity<Months>,
        /// Chance that a round fails where the lab burns nothing and its value has not fallen.
        round_failure: Quantity<Share>,
        /// Growth of the log odds of failure for each unit of burn over revenue.
        burn_risk: Quantity<Ratio>,
        /// Growth of the log odds of failure for each unit by which the log of the value has fallen since the last round.
        drawdown_risk: Quantity<Ratio>,
        /// The most that the open market invests in all labs together.
        market_depth: Quantity<UsdPerYear>,
        /// Months of revenue that lenders lend a lab before it is in distress.
        credit_line: Quantity<Months>,
        /// Interest on a lab's debt.
        interest: Quantity<PerYear>,
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
        /// Time in which a lab moves half of its compute off a cloud's own silicon.
        silicon_relocation: Quantity<Months>,
        /// Response of the hosts that a lab wants to rents (per unit of relative rent) and to unused commitments; at 0 labs
        /// keep their hosts, whatever the other responses are.
        host_sensitivity: Quantity<Logit>,
        /// Response of the hosts that a lab wants to the rise of a cloud's looked-through stake in it, per unit of stake.
        host_ownership: Quantity<Logit>,
        /// Response of the hosts that a lab wants to planned training that a cloud could not deliver last month, per unit
        /// of its share.
        host_shortage: Quantity<Logit>,
        /// Share of compute with which a lab reckons at a cloud that it did not use at the start and that sells its
        /// models or that it has a commitment to; 0 if a lab never adds a host.
        new_host: Quantity<Share>,
        /// Time between renegotiations of a lab's terms with a cloud.
        renegotiation: Quantity<Months>,
        /// Increase of the cloud's share at each renegotiation, per unit of looked-through stake.
        ceiling: Quantity<Share>,
        /// Increase of the cloud's share at each renegotiation, per unit of the lab's sales through the cloud.
        dependence: Quantity<Share>,
        /// Share of its value at the start below which a holder fails when a lab closes.
        failure_threshold: Quantity<Share>,
        /// Cost of a holder's failure, as a share of its value at the start.
        failure_cost: Quantity<Share>,
    }
}

words! {
    /// Weight that owners give to the profit of rivals in which they hold stakes.
    Interest {
        /// None.
        Off = "off",
        /// In proportion to the cash flows that they own.
        Silent = "silent",
        /// The largest strategic holder sets the lab's prices too.
        Full = "full-control",
    }
}

record! {
    /// Reacting prices: reviews, scarcity, harvest.
    PricingSpec {
        /// Time between reviews.
        review: Quantity<Months>,
        /// Share of the gap to the target that a review closes.
        adjustment: Quantity<Share>,
        /// Weight of stakes in rivals.
        ownership: Interest,
        /// Weight of the shadow price of capacity: spot rent less contract rent, where a host is short.
        scarcity: Quantity<Ratio>,
        /// Value of one unit of capability to a follower, as a share of the frontier's price.
        slope: Quantity<Ratio>,
        /// Factor on prices before the harvest.
        land: Quantity<Ratio>,
        /// Start of the harvest, in months after the start.
        harvest_after: Quantity<Months>,
        /// Factor on prices during the harvest.
        harvest: Quantity<Ratio>,
        /// The highest take rate that a router would ask.
        fee_max: Quantity<Share>,
    }
}

record! {
    /// Rules common to all regulators.
    RegulationSpec {
        /// Factor on all chances of cases; 0 switches cases off, dated law stays.
        strength: Quantity<Ratio>,
        /// Factor on the others' chances once one regulator has acted.
        learning: Quantity<Ratio>,
        /// Factor on durations where existing law does not know the case.
        novelty: Quantity<Ratio>,
        /// Steering that an operator gives up per unit of the yearly chance of a steering case.
        anticipation: Quantity<Ratio>,
        /// Sigma of the logarithm of the durations of stages.
        duration_sigma: Quantity<Ratio>,
        /// Elasticity of the chance of a case to its signal, relative to the signal at the start.
        elasticity: Quantity<Ratio>,
        /// Revenue of the steered models that an operator expects to lose where steering is found.
        penalty: Quantity<Share>,
    }
}

record! {
    /// Incidents and their effects.
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
        /// Perceived risk after a median leak or break-in that reaches everyone.
        security_risk: Quantity<Ratio>,
        /// Perceived risk after a median failure of a model that reaches everyone.
        failure_risk: Quantity<Ratio>,
        /// Spend refunded for each hour of outage, in hours of spend.
        sla_credit: Quantity<Ratio>,
        /// Perceived risk of a provider at which its customers look for a second one.
        notice: Quantity<Ratio>,
    }
}

record! {
    /// Progress of open weights and small models.
    OpennessSpec {
        /// Gap between the best open and the best closed model at the start, as a share of capability, by task.
        gap: By<TaskId, Quantity<Share>>,
        /// Rate at which the gap of open weights closes, by task; negative if it widens.
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
        /// Growth of the log odds of that score a year, at the progress of the leading lab.
        score_progress: Quantity<Logit>,
        /// Factor on the adoption of agents after the score has passed that of human experts.
        boost: Quantity<Ratio>,
        /// Delay of adoption as long as the score has not passed that of human experts.
        wait: Quantity<Months>,
    }
}

record! {
    /// Optical interconnect: an uncertain gain from an uncertain date.
    PhotonicsSpec {
        /// First deployments, in months after the start.
        start: Quantity<Months>,
        /// Share of power saved by a fleet that is fully optical.
        power_saving: Quantity<Share>,
        /// Share of the capex of optical capacity that goes to suppliers of optics.
        capex_share: Quantity<Share>,
        /// Growth of the share of new capacity with optical interconnect a year, by cloud.
        adoption: By<CloudId, Quantity<PerYear>>,
        /// Shares of vendors in the spending on optics.
        supplier: By<VendorId, Quantity<Share>>,
    }
}
