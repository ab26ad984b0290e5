//! Nests of offers, and the kind of move from one offer to another.
//!
//! A nest holds the offers of one cloud in one runtime. Tables that a decision reads list offers nest by nest, each
//! at its *place*: nests in order, and offers in order within a nest.

use crate::base::ids::{CloudId, Id, IdVec, LabId, OfferId};
use crate::economics::choice::by_nest;
use crate::economics::switching::Move;
use crate::market::state::{Offer, Route};
use crate::scenario::records::Runtime;

/// Number of slots for labs in tables by lab. The last slot stands for no lab.
pub const SLOTS: usize = 256;

/// Kind of move where nothing moves: to the offer in use, or of a new workload.
pub const STAY: u8 = 4;

/// Nests of offers, their places, and kinds of move.
#[derive(Clone, Debug, Default)]
pub struct Nesting {
    /// Nest of each offer, by offer.
    pub nest_of: Vec<u8>,
    /// Offer at each place.
    pub order: Vec<u16>,
    /// Place of each offer, by offer.
    pub place_of: Vec<u16>,
    /// First place of each nest, and the number of places at the end.
    pub starts: Vec<u16>,
    /// Slot of the lab of the offer at each place, below [`SLOTS`]; the last slot for a router, which has no lab.
    pub slots: Vec<u8>,
    /// Nests of the offers that each cloud sells, by cloud.
    pub at: Vec<Vec<u8>>,
    /// Nests of stateless offers.
    pub stateless: Vec<u8>,
    /// Kinds of move by (home cloud, offer in use, place). The last row of a home cloud is for new workloads.
    moves: Vec<u8>,
}

fn small(index: usize) -> u16 {
    u16::try_from(index).expect("fewer than 65,536 offers")
}

impl Nesting {
    /// Builds the nests of offers in a market with a number of clouds.
    #[must_use]
    pub fn new(offers: &IdVec<OfferId, Offer>, clouds: usize) -> Self {
        let nest_of = nests(offers, clouds);
        let order = by_nest(&nest_of);
        let mut place_of = vec![0; order.len()];
        for (place, offer) in order.iter().enumerate() {
            place_of[*offer] = small(place);
        }
        let count = nest_of.iter().max().map_or(0, |last| last + 1);
        let slots = order.iter().map(|offer| {
            let lab = offers[OfferId::from_index(*offer)].lab;
            let slot = lab.map_or(SLOTS - 1, LabId::index);
            assert!(slot < SLOTS, "checked: fewer than 256 labs");
            u8::try_from(slot).expect("below 256")
        });
        let mut nesting = Self {
            slots: slots.collect(),
            starts: (0..=count)
                .map(|nest| small(order.partition_point(|offer| nest_of[*offer] < nest)))
                .collect(),
            order: order.into_iter().map(small).collect(),
            nest_of,
            place_of,
            ..Self::default()
        };
        nesting.at = (0..clouds)
            .map(|cloud| nesting.nests_of(offers, |o| o.cloud.is_some_and(|c| c.index() == cloud)))
            .collect();
        nesting.stateless = nesting.nests_of(offers, |o| o.runtime == Runtime::Stateless);
        nesting.add_moves(offers, clouds);
        nesting
    }

    /// Returns the number of nests.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.starts.len() - 1
    }

    /// Returns the places of a nest.
    #[must_use]
    pub fn places(&self, nest: usize) -> std::ops::Range<usize> {
        usize::from(self.starts[nest])..usize::from(self.starts[nest + 1])
    }

    /// Splits a row by place into the parts of each nest.
    pub fn by_nest<'a>(&self, row: &'a [f64]) -> impl Iterator<Item = &'a [f64]> {
        (0..self.count()).map(|nest| &row[self.places(nest)])
    }

    /// Returns the kind of move to each place, for an enterprise with a home cloud and an offer in use, or none for a
    /// new workload; [`STAY`] where nothing moves.
    #[must_use]
    pub fn moves(&self, home: usize, from: Option<usize>) -> &[u8] {
        let count = self.order.len();
        let row = home * (count + 1) + from.unwrap_or(count);
        &self.moves[row * count..][..count]
    }

    /// Adds the kinds of move for every home cloud and offer in use.
    fn add_moves(&mut self, offers: &IdVec<OfferId, Offer>, clouds: usize) {
        for home in (0..clouds).map(CloudId::from_index) {
            for from in offers.ids().map(Some).chain([None]) {
                let kind_to = |to: &u16| {
                    let to = OfferId::from_index(usize::from(*to));
                    let kind = from.and_then(|from| kind_of_move(offers, home, from, to));
                    kind.map_or(STAY, |kind| kind as u8)
                };
                self.moves.extend(self.order.iter().map(kind_to));
            }
        }
    }

    /// Returns the nests that hold an offer for which `is_meant` is true, in order.
    fn nests_of(
        &self,
        offers: &IdVec<OfferId, Offer>,
        is_meant: impl Fn(&Offer) -> bool,
    ) -> Vec<u8> {
        let mut nests: Vec<u8> = (offers.iter().zip(&self.nest_of))
            .filter(|(offer, _)| is_meant(offer))
            .map(|(_, nest)| *nest)
            .collect();
        nests.sort_unstable();
        nests.dedup();
        nests
    }
}

/// Returns the kind of a move; none if nothing moves. Offers without a cloud count as used at the home cloud.
fn kind_of_move(
    offers: &IdVec<OfferId, Offer>,
    home: CloudId,
    from: OfferId,
    to: OfferId,
) -> Option<Move> {
    if from == to {
        return None;
    }
    let (old, new) = (&offers[from], &offers[to]);
    if new.route == Route::SelfHost || old.route == Route::SelfHost {
        Some(Move::SelfHost)
    } else if old.cloud.unwrap_or(home) != new.cloud.unwrap_or(home) {
        Some(Move::Cloud)
    } else if old.route != new.route {
        Some(Move::Router)
    } else {
        Some(Move::Model)
    }
}

/// Returns the nest of each offer: stateless and stateful at each cloud and at the labs themselves, and self-hosting.
fn nests(offers: &IdVec<OfferId, Offer>, clouds: usize) -> Vec<u8> {
    let raw: Vec<usize> = offers
        .iter()
        .map(|offer| match (offer.route, offer.runtime) {
            (Route::SelfHost, _) => 2 * clouds + 2,
            (_, runtime) => {
                2 * offer.cloud.map_or(clouds, Id::index)
                    + usize::from(runtime == Runtime::Stateful)
            }
        })
        .collect();
    let mut used = raw.clone();
    used.sort_unstable();
    used.dedup();
    raw.into_iter()
        .map(|nest| {
            u8::try_from(used.partition_point(|other| *other < nest)).expect("fewer than 256 nests")
        })
        .collect()
}
