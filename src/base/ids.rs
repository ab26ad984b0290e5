//! Typed indices: each kind of entity has its own, and indexes only its own vector.

use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// An index that belongs to one kind of entity.
pub trait Id: Copy + Eq + Ord {
    /// The id of the entity at `index`.
    fn from_index(index: usize) -> Self;
    /// The position of the entity in its vector.
    fn index(self) -> usize;
    /// The ids of the first `count` entities.
    fn first(count: usize) -> impl Iterator<Item = Self> {
        (0..count).map(Self::from_index)
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct $name(u32);
            impl Id for $name {
                #[expect(clippy::cast_possible_truncation, reason = "no market has 4 billion entities of a kind")]
                fn from_index(index: usize) -> Self {
                    Self(index as u32)
                }
                fn index(self) -> usize {
                    self.0 as usize
                }
            }
        )*
    };
}

ids! {
    /// A segment of enterprises.
    SegmentId;
    /// A task class of workloads.
    TaskId;
    /// A latent class of price sensitivity.
    PriceClassId;
    /// A jurisdiction.
    JurisdictionId;
    /// A cloud.
    CloudId;
    /// A lab.
    LabId;
    /// A model.
    ModelId;
    /// A router.
    RouterId;
    /// A silicon vendor.
    VendorId;
    /// A regulator.
    RegulatorId;
    /// A party that can hold or issue stakes: clouds, labs, silicon vendors, investors, in this order.
    PartyId;
    /// An offer among which enterprises choose.
    OfferId;
    /// A lane: one model sold through one channel, where a router may send tokens.
    LaneId;
    /// An account of the ledger.
    AccountId;
}

/// A vector indexed by one kind of id.
#[derive(Clone, Debug, PartialEq)]
pub struct IdVec<I, T> {
    items: Vec<T>,
    kind: PhantomData<I>,
}

impl<I: Id, T> IdVec<I, T> {
    /// The number of entities.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// True if there are no entities.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// All ids in order.
    pub fn ids(&self) -> impl Iterator<Item = I> + use<I, T> {
        (0..self.items.len()).map(I::from_index)
    }

    /// All entities in order.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.items.iter()
    }

    /// All entities in order, mutable.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.items.iter_mut()
    }

    /// Ids and entities in order.
    pub fn enumerate(&self) -> impl Iterator<Item = (I, &T)> {
        self.items
            .iter()
            .enumerate()
            .map(|(index, item)| (I::from_index(index), item))
    }
}

impl<I: Id, T> From<Vec<T>> for IdVec<I, T> {
    fn from(items: Vec<T>) -> Self {
        Self {
            items,
            kind: PhantomData,
        }
    }
}

impl<I: Id, T> FromIterator<T> for IdVec<I, T> {
    fn from_iter<It: IntoIterator<Item = T>>(iter: It) -> Self {
        iter.into_iter().collect::<Vec<_>>().into()
    }
}

impl<'a, I: Id, T> IntoIterator for &'a IdVec<I, T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}

impl<'a, I: Id, T> IntoIterator for &'a mut IdVec<I, T> {
    type Item = &'a mut T;
    type IntoIter = std::slice::IterMut<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.items.iter_mut()
    }
}

impl<I: Id, T> Index<I> for IdVec<I, T> {
    type Output = T;
    fn index(&self, id: I) -> &T {
        &self.items[id.index()]
    }
}

impl<I: Id, T> IndexMut<I> for IdVec<I, T> {
    fn index_mut(&mut self, id: I) -> &mut T {
        &mut self.items[id.index()]
    }
}
