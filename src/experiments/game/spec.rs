//! Files of games and of certificates: players, their strategies, and what a payoff is worth.

use std::path::{Path, PathBuf};
use std::sync::Arc as Shared;

use crate::economics::valuation::Valuation;
use crate::scenario::fault::{Fault, Faults};
use crate::scenario::record::{Field, Name, Reader, Whole, record, words};
use crate::scenario::source::{Place, Source};
use crate::scenario::text::parse;
use crate::scenario::tree::Node;

words! {
    /// The profiles that a game runs.
    Method {
        /// Every profile.
        FullTable = "full-table",
        /// From some starts, the best reply of the player that gains most, until nobody gains.
        BestReply = "best-reply",
    }
}

record! {
    /// A game between actors of a scenario.
    GameSpec {
        /// Short name.
        name: Name,
        /// Title.
        title: Name,
        /// Scenario file, relative to this file, or `baseline`.
        scenario: Name,
        /// Edits `path=value` of the scenario, for every profile.
        sets: Vec<Name>,
        /// Enterprises of every run.
        enterprises: Whole<1, 10_000_000>,
        /// Profiles that are run.
        method: Method,
        /// Starts of the search for best replies, the status quo included; only with the method `best-reply`.
        starts: Option<Whole<1, 1_000>>,
        /// Number of replications.
        replications: ReplicationsSpec,
        /// Largest regret, in the unit of the payoffs, of a profile that counts as stable.
        epsilon: f64,
        /// Resamples of the bootstrap over replications.
        resamples: Whole<100, 100_000>,
        /// Random starts of the replicator dynamics; only with the method `full-table`.
        replicator_starts: Option<Whole<1, 100_000>>,
        /// Valuation of payoffs.
        valuation: ValuationSpec,
        /// Players.
        player: Vec<PlayerSpec>,
        /// States of nature, which no player knows; one state without edits if left out.
        nature: Vec<StateSpec>,
    }
}

record! {
    /// Number of replications.
    ReplicationsSpec {
        /// Replications of the first batch, and of each further batch.
        first: Whole<2, 1_000_000>,
        /// Most replications.
        most: Whole<2, 1_000_000>,
    }
}

record! {
    /// Valuation: discounted monthly payoffs, and a multiple of twelve times the last one, discounted too.
    ValuationSpec {
        /// Months observed.
        months: Whole<1, 120>,
        /// Discount a year.
        discount: f64,
        /// Terminal multiple.
        multiple: f64,
    }
}

record! {
    /// A player.
    PlayerSpec {
        /// Name of an actor of the scenario.
        name: Name,
        /// Monthly payoff: a measure, or a sum of measures, without months.
        payoff: Name,
        /// Strategies.
        strategy: Vec<StrategySpec>,
        /// Numbers that are searched for better replies outside the table, where a profile is stable.
        search: Vec<SearchSpec>,
    }
}

record! {
    /// A strategy: edits of the scenario.
    StrategySpec {
        /// Name.
        name: Name,
        /// True for the strategy that leaves the scenario as it is.
        status_quo: Option<bool>,
        /// Overlay files, relative to this file, in order.
        overlays: Vec<Name>,
        /// Edits `path=value`, applied after the overlays.
        sets: Vec<Name>,
    }
}

record! {
    /// A number of a player's that is searched between two ends.
    SearchSpec {
        /// Path in the scenario.
        path: Name,
        /// Lowest value.
        low: f64,
        /// Highest value.
        high: f64,
        /// Values tried at equal distances, and again around the best of them.
        points: Whole<3, 1_000>,
    }
}

record! {
    /// A state of nature.
    StateSpec {
        /// Name.
        name: Name,
        /// Probability.
        probability: f64,
        /// Overlay files, relative to this file, in order.
        overlays: Vec<Name>,
        /// Edits `path=value`, applied after the overlays.
        sets: Vec<Name>,
    }
}

record! {
    /// A stability certificate: what actors could do alone, and the bound of what they may gain.
    CertificateSpec {
        /// Short name.
        name: Name,
        /// Title.
        title: Name,
        /// Enterprises of every run.
        enterprises: Whole<1, 10_000_000>,
        /// Number of replications.
        replications: ReplicationsSpec,
        /// Largest gain of an actor in a stable scenario, as a share of its revenue, valued as its profit is.
        bound: f64,
        /// Valuation of payoffs.
        valuation: ValuationSpec,
        /// Further terminal multiples for which gains are reported.
        multiples: Vec<f64>,
        /// Groups of actors with alike deviations.
        group: Vec<GroupSpec>,
    }
}

record! {
    /// Actors with alike deviations. In texts, `{actor}` stands for the name of the actor and `{lab}` for its lab.
    GroupSpec {
        /// Name.
        name: Name,
        /// Actors.
        actors: Vec<ActorSpec>,
        /// Monthly payoff.
        payoff: Name,
        /// Monthly revenue.
        revenue: Name,
        /// Deviations, each alone.
        deviation: Vec<DeviationSpec>,
    }
}

record! {
    /// An actor.
    ActorSpec {
        /// Name in the scenario.
        name: Name,
        /// The lab that it owns, if texts of the group name it.
        lab: Option<Name>,
    }
}

record! {
    /// A deviation of one actor.
    DeviationSpec {
        /// Name.
        name: Name,
        /// Edits `path=value`.
        sets: Vec<Name>,
    }
}

impl ValuationSpec {
    /// The valuation, of at most `months`.
    #[must_use]
    pub fn rule(&self, months: u64) -> Valuation {
        Valuation {
            months: usize::try_from(self.months.0.min(months)).expect("at most 120 months"),
            discount: self.discount,
            multiple: self.multiple,
        }
    }
}

/// A record with the tree that it was read from and the file, to which its paths are relative.
#[derive(Clone, Debug)]
pub struct Parsed<T> {
    /// The record.
    pub spec: T,
    /// Its tree.
    pub tree: Node,
    /// The file.
    pub file: PathBuf,
}

impl<T: Field> Parsed<T> {
    /// Reads a file of a game or certificate.
    ///
    /// # Errors
    /// Every fault of the file, with its place.
    pub fn read(file: &Path, text: &str) -> Result<Self, Faults> {
        let source = Shared::new(Source {
            name: file.display().to_string(),
            text: text.to_owned(),
        });
        let mut reader = Reader::default();
        let tree = parse(&source, &mut reader.faults);
        let spec = if reader.faults.is_empty() {
            T::read(&tree, &mut reader)
        } else {
            None
        };
        match spec {
            Some(spec) if reader.faults.is_empty() => Ok(Self {
                spec,
                tree,
                file: file.to_path_buf(),
            }),
            _ => Err(Faults(reader.faults)),
        }
    }
}

impl<T> Parsed<T> {
    /// The place of a value of the file, or of the nearest value around it.
    #[must_use]
    pub fn place(&self, path: &[&str]) -> Place {
        let mut node = &self.tree;
        for key in path {
            match node.as_table().and_then(|table| table.get(key)) {
                Some(inner) => node = inner,
                None => break,
            }
        }
        node.place.clone()
    }

    /// A file named in this one.
    #[must_use]
    pub fn beside(&self, name: &Name) -> PathBuf {
        self.file.parent().unwrap_or(Path::new("")).join(&name.text)
    }

    /// Checks the numbers of a valuation and of replications, which files of both kinds have.
    pub(super) fn check_numbers(
        &self,
        (valuation, replications): (&ValuationSpec, &ReplicationsSpec),
        faults: &mut Vec<Fault>,
    ) {
        let mut wrong = |is_wrong: bool, path: &[&str], message: String, help: &str| {
            if is_wrong {
                faults.push(Fault::new(message, self.place(path)).help(help));
            }
        };
        let ValuationSpec {
            discount, multiple, ..
        } = valuation;
        wrong(
            !(0.0..=1.0).contains(discount),
            &["valuation", "discount"],
            format!("a discount of {discount} a year is outside 0 to 1"),
            "give a share a year: 0.1",
        );
        wrong(
            !(0.0..=100.0).contains(multiple),
            &["valuation", "multiple"],
            format!("a terminal multiple of {multiple} is outside 0 to 100"),
            "give years of the last month's payoff: 5",
        );
        let (first, most) = (replications.first.0, replications.most.0);
        wrong(
            most < first,
            &["replications", "most"],
            format!("at most {most} replications are fewer than the first batch of {first}"),
            "raise `most` or lower `first`",
        );
    }
}
