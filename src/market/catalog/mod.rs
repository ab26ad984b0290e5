//! Catalog: offers, lanes and their terms. It is equal in all replications; only numbers are drawn.

pub mod nests;

use crate::base::ids::{CloudId, Id, IdVec, LabId, LaneId, ModelId, OfferId, RouterId};
use crate::base::time::{Calendar, SimTime};
use crate::market::catalog::nests::Nesting;
use crate::market::state::{Offer, Route};
use crate::scenario::Scenario;
use crate::scenario::records::{Books, EventKind, RouterKind, Runtime, ShareBase, Tier};
use crate::scenario::reference::Ref;

/// Name of the offer to self-host open weights.
pub const SELF_HOST: &str = "self-host";

/// Lane: one model sold through one channel.
#[derive(Clone, Debug)]
pub struct Lane {
    /// Direct offer to which the lane belongs.
    pub channel: OfferId,
    /// Model that is sold.
    pub model: ModelId,
    /// Lab of the model.
    pub lab: LabId,
    /// Cloud that sells the model; none if the lab sells it itself.
    pub cloud: Option<CloudId>,
}

/// Terms on which a channel's sales are booked.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// Party that books the sale.
    pub books: Books,
    /// Base of the other party's share.
    pub base: ShareBase,
    /// Index in the scenario's list of revenue shares, for the drawn share; none if nothing is shared.
    pub contract: Option<usize>,
}

/// Catalog of a scenario.
#[derive(Clone, Debug)]
pub struct Catalog {
    /// Offers that can be chosen: direct offers first, then routers, then self-hosting.
    pub offers: IdVec<OfferId, Offer>,
    /// Lanes, in order of channel and model.
    pub lanes: IdVec<LaneId, Lane>,
    /// Models of each lab, by lab.
    pub models_of: IdVec<LabId, Vec<ModelId>>,
    /// Lab of each model, by model.
    pub lab_of: IdVec<ModelId, LabId>,
    /// Tier of each model, by model, as an index in the scenario's tiers.
    pub tier_of: IdVec<ModelId, usize>,
    /// True if all models of a lab have open weights, by lab.
    pub is_open: IdVec<LabId, bool>,
    /// Cloud that owns each lab, by lab; none if the lab is independent.
    pub owner: IdVec<LabId, Option<CloudId>>,
    /// Offer of each router, by router.
    pub router_offer: IdVec<RouterId, OfferId>,
    /// Cloud of each router, by router; none for routers that no cloud runs.
    pub router_cloud: IdVec<RouterId, Option<CloudId>>,
    /// Offer of self-hosting, if the scenario has it.
    pub self_host: Option<OfferId>,
    /// First position of each offer's lanes among all (offer, lane) pairs, and the number of pairs at the end.
    way_of: Vec<usize>,
    /// Terms of each direct offer, by its index.
    pub terms: Vec<Terms>,
    /// Nests of offers, and kinds of move between them.
    pub nesting: Nesting,
    /// Times at which the set of offers on sale changes, a dated event takes effect, or a law on data charges begins.
    pub changes: Vec<SimTime>,
    /// Calendar of the scenario.
    pub calendar: Calendar,
}

impl Catalog {
    /// Builds the catalog of a checked scenario.
    #[must_use]
    pub fn new(scenario: &Scenario) -> Self {
        let months = usize::try_from(scenario.months.0).expect("at most 120");
        let calendar = Calendar::new(scenario.start.date, months);
        let lab_of: IdVec<ModelId, LabId> =
            scenario.model.iter().map(|model| model.lab.id()).collect();
        let models_of: IdVec<LabId, Vec<ModelId>> = (0..scenario.lab.len())
            .map(|lab| lab_of.ids().filter(|m| lab_of[*m].index() == lab).collect())
            .collect();
        let tier_of = scenario
            .model
            .iter()
            .map(|model| {
                let mut tiers = scenario.tier.iter();
                tiers
                    .position(|tier| tier.name.is(model.tier))
                    .expect("checked: the tier of each model is described")
            })
            .collect();
        let is_open = models_of
            .iter()
            .map(|models| {
                !models.is_empty()
                    && models
                        .iter()
                        .all(|m| scenario.model[m.index()].tier == Tier::Open)
            })
            .collect();
        let owner: IdVec<LabId, Option<CloudId>> = scenario
            .lab
            .iter()
            .map(|lab| lab.owner.as_ref().map(Ref::id))
            .collect();
        let mut catalog = Self {
            offers: Vec::new().into(),
            lanes: Vec::new().into(),
            models_of,
            lab_of,
            tier_of,
            is_open,
            owner,
            router_offer: Vec::new().into(),
            router_cloud: scenario
                .router
                .iter()
                .map(|router| router.cloud.as_ref().map(Ref::id))
                .collect(),
            self_host: None,
            way_of: Vec::new(),
            terms: Vec::new(),
            nesting: Nesting::default(),
            changes: Vec::new(),
            calendar,
        };
        catalog.add_offers(scenario);
        catalog.nesting = Nesting::new(&catalog.offers, scenario.cloud.len());
        catalog.changes = catalog.change_times(scenario);
        catalog
    }

    /// Returns true for offers that are routers, by offer.
    #[must_use]
    pub fn is_routed(&self) -> Vec<bool> {
        let offers = self.offers.iter();
        offers
            .map(|offer| matches!(offer.route, Route::Routed(_)))
            .collect()
    }

    /// Returns the number of (offer, lane) pairs.
    #[must_use]
    pub fn ways(&self) -> usize {
        self.way_of[self.offers.len()]
    }

    /// Returns the positions of an offer's lanes among all (offer, lane) pairs.
    #[must_use]
    pub fn ways_of(&self, offer: OfferId) -> std::ops::Range<usize> {
        self.way_of[offer.index()]..self.way_of[offer.index() + 1]
    }

    /// Adds the offers, their lanes and their terms.
    fn add_offers(&mut self, scenario: &Scenario) {
        let (mut offers, mut lanes): (Vec<Offer>, Vec<Lane>) = (Vec::new(), Vec::new());
        for channel in &scenario.channel {
            let lab = channel.lab.id();
            let cloud = channel.cloud.as_ref().map(Ref::id);
            let id = OfferId::from_index(offers.len());
            let first = lanes.len();
            lanes.extend(self.models_of[lab].iter().map(|model| Lane {
                channel: id,
                model: *model,
                lab,
                cloud,
            }));
            offers.push(Offer {
                name: channel.name.text.clone(),
                route: Route::Direct,
                cloud,
                lab: Some(lab),
                runtime: channel.runtime,
                lanes: (first..lanes.len()).map(LaneId::from_index).collect(),
                dates: self.own_dates(channel),
                barred: self.bars(scenario, channel),
                is_sold_at_start: channel.share.median() > 0.0,
            });
            self.terms.push(terms_of(scenario, lab, cloud));
        }
        let direct = offers.clone();
        let mut router_offer = Vec::new();
        for (index, router) in scenario.router.iter().enumerate() {
            let id = RouterId::from_index(index);
            let cloud = self.router_cloud[id];
            router_offer.push(OfferId::from_index(offers.len()));
            offers.push(Offer {
                name: router.name.text.clone(),
                route: Route::Routed(id),
                cloud,
                lab: None,
                runtime: Runtime::Stateless,
                lanes: router_lanes(router.kind, cloud, &direct, self.models_of.len()),
                dates: (SimTime::START, SimTime::NEVER),
                barred: Vec::new(),
                is_sold_at_start: router.spend_share.median() > 0.0,
            });
        }
        if let Some(own) = &scenario.self_host {
            self.self_host = Some(OfferId::from_index(offers.len()));
            offers.push(Offer {
                name: SELF_HOST.to_owned(),
                route: Route::SelfHost,
                cloud: None,
                lab: Some(own.lab.id()),
                runtime: Runtime::Stateless,
                lanes: Vec::new(),
                dates: (SimTime::START, SimTime::NEVER),
                barred: Vec::new(),
                is_sold_at_start: own.spend_share.median() > 0.0,
            });
        }
        self.way_of = vec![0];
        for offer in &offers {
            let last = self.way_of[self.way_of.len() - 1];
            self.way_of.push(last + offer.lanes.len());
        }
        self.offers = offers.into();
        self.lanes = lanes.into();
        self.router_offer = router_offer.into();
    }

    /// Returns a channel's own dates of sale: the first day on sale, and the first day no longer on sale.
    fn own_dates(&self, channel: &crate::scenario::records::ChannelSpec) -> (SimTime, SimTime) {
        (
            self.date_or(channel.from.as_ref(), SimTime::START),
            self.date_or(channel.until.as_ref(), SimTime::NEVER),
        )
    }

    /// Returns the time of a date, at least the start, or another time if no date is given.
    fn date_or(&self, when: Option<&crate::scenario::record::When>, otherwise: SimTime) -> SimTime {
        when.map_or(otherwise, |when| {
            self.calendar.time_of(when.date).max(SimTime::START)
        })
    }

    /// Returns the times in which another cloud's exclusive right keeps a channel off sale, with the index of the
    /// right. The lab's own sales stay; rights that cover some tiers only leave the channel open.
    fn bars(
        &self,
        scenario: &Scenario,
        channel: &crate::scenario::records::ChannelSpec,
    ) -> Vec<(SimTime, SimTime, usize)> {
        let binds = |right: &crate::scenario::records::ExclusivitySpec| {
            right.lab.matches(&channel.lab)
                && right.runtime == channel.runtime
                && right.tiers.is_none()
                && channel
                    .cloud
                    .as_ref()
                    .is_some_and(|cloud| !cloud.matches(&right.cloud))
        };
        scenario
            .exclusivity
            .iter()
            .enumerate()
            .filter(|(_, right)| binds(right))
            .map(|(index, right)| {
                (
                    self.date_or(right.from.as_ref(), SimTime::START),
                    self.date_or(right.until.as_ref(), SimTime::NEVER),
                    index,
                )
            })
            .collect()
    }

    /// Returns the times at which offers or rules change by date, in order.
    fn change_times(&self, scenario: &Scenario) -> Vec<SimTime> {
        let spans = self.offers.iter().flat_map(|offer| {
            let barred = offer
                .barred
                .iter()
                .flat_map(|(from, until, _)| [*from, *until]);
            barred.chain([offer.dates.0, offer.dates.1])
        });
        let events = scenario
            .event
            .iter()
            .filter(|event| event.kind != EventKind::Fact)
            .map(|event| self.calendar.time_of(event.date.date));
        // Charges for data change by law on these days, and the change must be published then.
        let law = scenario.jurisdiction.iter().flat_map(|place| {
            [&place.egress_capped_from, &place.egress_free_from]
                .into_iter()
                .flatten()
                .map(|when| self.calendar.time_of(when.date))
        });
        let mut times: Vec<SimTime> = spans
            .chain(events)
            .chain(law)
            .filter(|time| *time > SimTime::START && *time < self.calendar.end())
            .collect();
        times.sort_unstable();
        times.dedup();
        times
    }
}

/// Returns the lanes of a router. A cloud's router uses all that the cloud sells without state. Other routers use one
/// stateless channel of each lab: its own API if it has one.
fn router_lanes(
    kind: RouterKind,
    cloud: Option<CloudId>,
    direct: &[Offer],
    labs: usize,
) -> Vec<LaneId> {
    let stateless = direct
        .iter()
        .filter(|offer| offer.runtime == Runtime::Stateless);
    match kind {
        RouterKind::Cloud => stateless
            .filter(|offer| offer.cloud == cloud)
            .flat_map(|offer| offer.lanes.clone())
            .collect(),
        RouterKind::Independent | RouterKind::Enterprise => (0..labs)
            .filter_map(|lab| {
                let of_lab: Vec<&Offer> = stateless
                    .clone()
                    .filter(|offer| offer.lab.is_some_and(|l| l.index() == lab))
                    .collect();
                of_lab
                    .iter()
                    .find(|offer| offer.cloud.is_none())
                    .or(of_lab.first())
                    .map(|offer| offer.lanes.clone())
            })
            .flatten()
            .collect(),
    }
}

/// Returns the terms on which a lab's sales through a cloud, or its own, are booked.
fn terms_of(scenario: &Scenario, lab: LabId, cloud: Option<CloudId>) -> Terms {
    let contract = cloud.and_then(|cloud| {
        scenario.channel_share.iter().position(|share| {
            !share.all_revenue.unwrap_or(false) && share.lab.is(lab) && share.cloud.is(cloud)
        })
    });
    match contract {
        Some(index) => {
            let share = &scenario.channel_share[index];
            Terms {
                books: share.books,
                base: share.base,
                contract,
            }
        }
        // Without a contract, the seller books its own sales.
        None => Terms {
            books: if cloud.is_some() {
                Books::Cloud
            } else {
                Books::Lab
            },
            base: ShareBase::Revenue,
            contract: None,
        },
    }
}
