//! Dimensions of the market's tables, and positions in them.

/// Dimensions of the market's tables: the number of entities of each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dims {
    /// Number of segments.
    pub segments: usize,
    /// Number of task classes.
    pub tasks: usize,
    /// Number of pieces of work of an enterprise and task at the start.
    pub pieces: usize,
    /// Number of pieces in which new work of an enterprise and task arrives.
    pub new_pieces: usize,
    /// Number of price classes.
    pub classes: usize,
    /// Number of offers.
    pub offers: usize,
    /// Number of clouds.
    pub clouds: usize,
    /// Number of labs.
    pub labs: usize,
    /// Number of models.
    pub models: usize,
    /// Number of jurisdictions.
    pub jurisdictions: usize,
}

impl Dims {
    /// Returns the index of a workload's enterprise in its partition, and the workload's task class.
    #[inline]
    #[must_use]
    pub const fn owner_and_task(&self, workload: usize) -> (usize, usize) {
        let slots = self.slots();
        (workload / slots, workload % slots / self.all_pieces())
    }

    /// Returns the number of pieces of work of an enterprise and task, new ones included.
    #[inline]
    #[must_use]
    pub const fn all_pieces(&self) -> usize {
        self.pieces + self.new_pieces
    }

    /// Returns the number of workloads of an enterprise.
    #[inline]
    #[must_use]
    pub const fn slots(&self) -> usize {
        self.tasks * self.all_pieces()
    }

    /// Returns the position of (task, class) in tables by group.
    #[must_use]
    pub const fn group(&self, task: usize, class: usize) -> usize {
        task * self.classes + class
    }

    /// Returns the number of (task, class) groups.
    #[must_use]
    pub const fn groups(&self) -> usize {
        self.tasks * self.classes
    }

    /// Returns the row of (regime, segment, group).
    #[inline]
    #[must_use]
    pub const fn regime_row(&self, regime: usize, segment: usize, group: usize) -> usize {
        (regime * self.segments + segment) * self.groups() + group
    }

    /// Returns the position of (segment, class, cloud).
    #[inline]
    #[must_use]
    pub const fn class_at_cloud(&self, segment: usize, class: usize, cloud: usize) -> usize {
        (segment * self.classes + class) * self.clouds + cloud
    }

    /// Returns the position of the first offer of (segment, group) in tables by cell.
    #[must_use]
    pub const fn row(&self, segment: usize, group: usize) -> usize {
        (segment * self.groups() + group) * self.offers
    }

    /// Returns the number of (segment, group, offer) cells. Demand has this many in each jurisdiction.
    #[must_use]
    pub const fn cells(&self) -> usize {
        self.segments * self.groups() * self.offers
    }
}
