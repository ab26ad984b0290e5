//! Draws: the uniforms behind the uncertain numbers of one replication.

use std::collections::BTreeMap;

use super::class::Class;
use crate::base::distributions::{normal_cdf, normal_quantile};
use crate::base::rng::{Purpose, Streams};

/// The uniforms behind the uncertain numbers of one replication.
#[derive(Clone, Debug)]
pub struct Draws {
    streams: Streams,
    correlated: BTreeMap<u64, f64>,
    /// Draws of another replication for the numbers of some classes.
    exchanged: Option<(Box<Self>, Vec<Class>)>,
    /// Overrides of single draws, by stream key.
    settings: BTreeMap<u64, Setting>,
}

/// An override of the draw of one number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Setting {
    /// The quantile at this probability, instead of a draw.
    At(f64),
    /// The draw moved by this many standard deviations on the normal scale.
    Shifted(f64),
}

impl Draws {
    /// Draws of one replication, with correlated groups given as (keys, lower Cholesky factor by row).
    #[must_use]
    pub fn new(streams: Streams, groups: &[(Vec<u64>, Vec<Vec<f64>>)]) -> Self {
        let mut correlated = BTreeMap::new();
        for (keys, factor) in groups {
            let independent: Vec<f64> = keys
                .iter()
                .map(|key| streams.stream(Purpose::Parameter, *key, 0).normal())
                .collect();
            for (key, row) in keys.iter().zip(factor) {
                let z: f64 = row
                    .iter()
                    .zip(&independent)
                    .map(|(weight, z)| weight * z)
                    .sum();
                correlated.insert(*key, normal_cdf(z));
            }
        }
        Self {
            streams,
            correlated,
            exchanged: None,
            settings: BTreeMap::new(),
        }
    }

    /// Overrides some draws, by stream key.
    #[must_use]
    pub fn with(self, settings: BTreeMap<u64, Setting>) -> Self {
        Self { settings, ..self }
    }

    /// Takes the draws of the given classes from another replication. Exchanging one class alone shows its part in the
    /// spread of results.
    #[must_use]
    pub fn exchange(self, other: Self, classes: &[Class]) -> Self {
        Self {
            exchanged: Some((Box::new(other), classes.to_vec())),
            ..self
        }
    }

    /// The probability at which the number with a stream key and class is drawn, with its override.
    #[must_use]
    pub fn probability(&self, key: u64, class: Class) -> f64 {
        match self.settings.get(&key) {
            Some(Setting::At(probability)) => *probability,
            Some(Setting::Shifted(by)) => normal_cdf(normal_quantile(self.drawn(key, class)) + by),
            None => self.drawn(key, class),
        }
    }

    /// The uniform of one number as drawn.
    fn drawn(&self, key: u64, class: Class) -> f64 {
        if let Some((other, classes)) = &self.exchanged
            && classes.contains(&class)
        {
            return other.probability(key, class);
        }
        self.correlated
            .get(&key)
            .copied()
            .unwrap_or_else(|| self.streams.stream(Purpose::Parameter, key, 0).uniform())
    }
}
