//! The dimensions of the market's tables, and positions in them.

/// Dimensions of the market's tables: the number of entities of each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dims {
    /// Segments.
    pub segments: usize,
    /// Task classes.
    pub tasks: usize,
    /// Price classes.
    pub classes: usize,
    /// Offers.
    pub offers: usize,
    /// Clouds.
    pub clouds: usize,
    /// Labs.
    pub labs: usize,
    /// Models.
    pub models: usize,
    /// Jurisdictions.
    pub jurisdictions: usize,
}

impl Dims {
    /// The enterprise in its partition, and the task class, of a workload of that partition.
    #[inline]
    #[must_use]
    pub const fn owner_and_task(&self, workload: usize) -> (usize, usize) {
        (workload / self.tasks, workload % self.tasks)
    }

    /// The position of (task, class) in tables by group.
    #[must_use]
    pub const fn group(&self, task: usize, class: usize) -> usize {
        task * self.classes + class
    }

    /// The number of (task, class) groups.
    #[must_use]
    pub const fn groups(&self) -> usize {
        self.tasks * self.classes
    }

    /// The row in tables by (regime, segment, group).
    #[inline]
    #[must_use]
    pub const fn regime_row(&self, regime: usize, segment: usize, group: usize) -> usize {
        (regime * self.segments + segment) * self.groups() + group
    }

    /// The position of (segment, class, cloud).
    #[inline]
    #[must_use]
    pub const fn class_at_cloud(&self, segment: usize, class: usize, cloud: usize) -> usize {
        (segment * self.classes + class) * self.clouds + cloud
    }

    /// The position of (segment, group) in tables by cell, before the offer.
    #[must_use]
    pub const fn row(&self, segment: usize, group: usize) -> usize {
        (segment * self.groups() + group) * self.offers
    }

    /// The number of (segment, group, offer) cells: demand has as many in each jurisdiction.
    #[must_use]
    pub const fn cells(&self) -> usize {
        self.segments * self.groups() * self.offers
    }
}
