//! The records of a scenario file: the whole market as it is written down.
//!
//! Every number is a [`Quantity`](super::quantity::Quantity) with its unit. References between records are written as
//! names and become ids while they are read ([`super::reference`]).

mod actors;
mod contracts;
mod demand;
mod policy;
mod rules;
mod supply;
mod timeline;

pub use actors::*;
pub use contracts::*;
pub use demand::*;
pub use policy::*;
pub use rules::*;
pub use supply::*;
pub use timeline::*;

use crate::base::ids::{Id, PartyId};
use crate::scenario::record::{Name, When, Whole, record};

record! {
    /// A scenario: one market, one horizon, one question.
    Scenario {
        /// Short name; it names the output folder.
        name: Name,
        /// Title of charts: the scenario in a few words.
        title: Name,
        /// The question that the scenario answers.
        question: Option<Name>,
        /// The file that this one edits: a path beside it, or `baseline` for the built-in one.
        extends: Option<Name>,
        /// First day of the simulation.
        start: When,
        /// Date of the knowledge behind the scenario: its numbers may not rest on later observations.
        vintage: Option<When>,
        /// Months simulated.
        months: Whole<1, 120>,
        /// Sampling: enterprises, replications, seed.
        run: RunSpec,
        /// The size of demand and how it grows.
        demand: DemandSpec,
        /// Stochastic trends: how growth strays from its path.
        trend: TrendSpec,
        /// Choice: how enterprises compare offers.
        choice: ChoiceSpec,
        /// Switching: the cost of moving a workload.
        switching: SwitchingSpec,
        /// Capacity: how clouds build it and vendors ration it.
        supply: SupplySpec,
        /// Rents of accelerators.
        rent: RentSpec,
        /// Credibility of clouds as neutral platforms.
        trust: TrustSpec,
        /// Finance of labs; if absent, lenders cover every shortfall.
        finance: Option<FinanceSpec>,
        /// Reacting prices; if absent, no price reacts.
        pricing: Option<PricingSpec>,
        /// Rules common to all regulators; if absent, there are no cases.
        regulation: Option<RegulationSpec>,
        /// Incidents; if absent, there are none.
        incident: Option<IncidentSpec>,
        /// Progress of open weights and small models; if absent, gaps in capability stay.
        openness: Option<OpennessSpec>,
        /// Stateful runtimes against stateless ones; if absent, they differ in state alone.
        stateful: Option<StatefulSpec>,
        /// Optical interconnect.
        photonics: Option<PhotonicsSpec>,
        /// Price tiers of models.
        tier: Vec<TierSpec>,
        /// Jurisdictions of enterprises.
        jurisdiction: Vec<JurisdictionSpec>,
        /// Segments of enterprises.
        segment: Vec<SegmentSpec>,
        /// Task classes of workloads.
        task: Vec<TaskSpec>,
        /// Latent classes of price sensitivity.
        price_class: Vec<PriceClassSpec>,
        /// Clouds.
        cloud: Vec<CloudSpec>,
        /// Labs.
        lab: Vec<LabSpec>,
        /// Models.
        model: Vec<ModelSpec>,
        /// The distribution matrix: where which lab's models are sold, from when to when.
        channel: Vec<ChannelSpec>,
        /// Routers.
        router: Vec<RouterSpec>,
        /// Open weights that enterprises run themselves; if absent, nobody self-hosts.
        self_host: Option<SelfHostSpec>,
        /// Silicon vendors.
        vendor: Vec<VendorSpec>,
        /// Integrators.
        integrator: Vec<IntegratorSpec>,
        /// Seats of clouds' own AI products.
        seats: Vec<SeatsSpec>,
        /// Regulators.
        regulator: Vec<RegulatorSpec>,
        /// Remedies: law from a date, or what cases may end in.
        remedy: Vec<RemedySpec>,
        /// Investigations that may designate a cloud as a gatekeeper.
        designation: Vec<DesignationSpec>,
        /// Labs that may enter.
        entry: Vec<EntrySpec>,
        /// Investors that are neither clouds nor silicon vendors.
        investor: Vec<InvestorSpec>,
        /// Stakes held at the start.
        equity: Vec<EquitySpec>,
        /// Investment promised under a condition.
        tranche: Vec<TrancheSpec>,
        /// Take-or-pay commitments of labs to clouds.
        commitment: Vec<CommitmentSpec>,
        /// Exclusive rights to sell.
        exclusivity: Vec<ExclusivitySpec>,
        /// Terms on which clouds sell labs' models: who books sales, and the share of the other side.
        channel_share: Vec<ChannelShareSpec>,
        /// Credits granted by clouds.
        credit: Vec<CreditSpec>,
        /// Dated facts and changes.
        event: Vec<EventSpec>,
        /// Dated shocks.
        shock: Vec<ShockSpec>,
        /// Rank correlations between uncertain numbers.
        correlation: Vec<CorrelationSpec>,
    }
}

impl Scenario {
    /// Everyone who can hold a stake or be held, with the name: clouds, labs, silicon vendors, investors.
    pub fn parties(&self) -> impl Iterator<Item = (PartyId, &Name)> {
        let names = (self.cloud.iter().map(|cloud| &cloud.name))
            .chain(self.lab.iter().map(|lab| &lab.name))
            .chain(self.vendor.iter().map(|vendor| &vendor.name))
            .chain(self.investor.iter().map(|investor| &investor.name));
        let ids = (0..).map(PartyId::from_index);
        ids.zip(names)
    }
}

record! {
    /// Sampling: enterprises, replications, seed.
    RunSpec {
        /// Enterprises simulated; sampling weights make any number the same market.
        enterprises: Whole<1, 10_000_000>,
        /// Replications.
        replications: Whole<1, 1_000_000>,
        /// Seed of all random streams.
        seed: Whole<0, 9_007_199_254_740_991>,
        /// Length of the lookahead window, in parts of a day (1 is one day, 2 half a day).
        windows_per_day: Whole<1, 24>,
    }
}
