//! Checks that span records: offers, sums, dates, contracts and correlations.

mod contracts;
mod offers;
mod vintage;

use std::collections::BTreeSet;

use nalgebra::{Cholesky, DMatrix};

use crate::economics::choice::MAX_NESTS;
use crate::economics::switching::Move;
use crate::ids::{CloudId, Id, LabId};
use crate::scenario::fault::{Fault, suggestion};
use crate::scenario::quantity::{Quantity, quantity_key};
use crate::scenario::record::{Name, When};
use crate::scenario::records::{EventKind, Runtime, Scenario, Subject};
use crate::scenario::reference::Ref;
use crate::scenario::source::Place;
use crate::scenario::tree::{Node, leaves};
use crate::time::Calendar;
use crate::units::Share;

/// What is learned with tenure is kept for each day: ten years of them at most.
const TENURE_MONTHS: f64 = 120.0;

/// Reports every fault of a scenario whose records were all read.
pub fn check(scenario: &Scenario, tree: &Node, faults: &mut Vec<Fault>) {
    let mut checker = Checker { scenario, faults };
    checker.file_name();
    checker.not_empty(tree);
    checker.not_too_large(tree);
    checker.offers();
    checker.positive();
    checker.bounds();
    checker.shares(tree);
    checker.dates();
    checker.contracts();
    checker.moves(tree);
    checker.events();
    checker.finance();
    checker.policies();
    checker.vintage(tree);
    correlation_factors(scenario, tree, checker.faults);
}

struct Checker<'a> {
    scenario: &'a Scenario,
    faults: &'a mut Vec<Fault>,
}

fn texts<'a>(names: impl Iterator<Item = &'a Name>) -> Vec<&'a str> {
    names.map(|name| name.text.as_str()).collect()
}

impl Checker<'_> {
    fn file_name(&mut self) {
        let name = &self.scenario.name;
        let is_plain = name
            .text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        if !is_plain {
            self.faults.push(
                Fault::new(
                    "the name of a scenario becomes a folder",
                    name.place.clone(),
                )
                .help("use letters, digits, `-` and `_` only"),
            );
        }
    }

    fn not_empty(&mut self, tree: &Node) {
        let s = self.scenario;
        let lists = [
            ("jurisdiction", s.jurisdiction.is_empty()),
            ("segment", s.segment.is_empty()),
            ("task", s.task.is_empty()),
            ("price_class", s.price_class.is_empty()),
            ("tier", s.tier.is_empty()),
            ("cloud", s.cloud.is_empty()),
            ("lab", s.lab.is_empty()),
            ("model", s.model.is_empty()),
            ("channel", s.channel.is_empty()),
        ];
        for (list, is_empty) in lists {
            if is_empty {
                self.faults.push(
                    Fault::new(format!("the market has no `{list}`"), tree.place.clone())
                        .help(format!("add at least one [[{list}]]")),
                );
            }
        }
    }

    /// A market is small enough for what stands in few bytes.
    fn not_too_large(&mut self, tree: &Node) {
        let s = self.scenario;
        let lists = [
            ("cloud", s.cloud.len(), 63),
            ("lab", s.lab.len(), 63),
            ("segment", s.segment.len(), 255),
            ("jurisdiction", s.jurisdiction.len(), 255),
            ("price_class", s.price_class.len(), 255),
            ("task", s.task.len(), 255),
            ("integrator", s.integrator.len(), 255),
        ];
        for (list, count, most) in lists {
            if count > most {
                self.faults.push(
                    Fault::new(
                        format!("the market has {count} of `{list}`"),
                        tree.place.clone(),
                    )
                    .help(format!("keep it to {most}")),
                );
            }
        }
        let channels = s.channel.iter();
        let routers = s.router.iter();
        let cloud = |cloud: &Option<Ref<CloudId>>| cloud.as_ref().and_then(Ref::found);
        let sold: BTreeSet<_> = channels
            .map(|channel| (cloud(&channel.cloud), channel.runtime == Runtime::Stateful))
            .chain(routers.map(|router| (cloud(&router.cloud), false)))
            .collect();
        let nests = sold.len() + usize::from(s.self_host.is_some());
        if nests > MAX_NESTS {
            self.faults.push(
                Fault::new(
                    format!("enterprises choose among {nests} nests: clouds by runtime, the labs' own sales, self-hosting"),
                    tree.place.clone(),
                )
                .help(format!("keep it to {MAX_NESTS}: leave out clouds or stateful channels")),
            );
        }
    }

    /// What is divided by, or repeats, must be above zero however it is drawn.
    fn positive(&mut self) {
        let s = self.scenario;
        let mut low: Vec<(String, f64, &Place)> = Vec::new();
        macro_rules! above_zero {
            ($($path:expr => $quantity:expr),* $(,)?) => {
                $(low.push(($path.to_string(), $quantity.shape.quantile(1e-6), &$quantity.place));)*
            };
        }
        above_zero! {
            "demand.size_median" => s.demand.size_median,
            "demand.size_sigma" => s.demand.size_sigma,
            "demand.size_tail_start" => s.demand.size_tail_start,
            "demand.size_tail_alpha" => s.demand.size_tail_alpha,
            "demand.size_max" => s.demand.size_max,
            "choice.review_interval" => s.choice.review_interval,
            "switching.labour_reference" => s.switching.labour_reference,
            "switching.horizon" => s.switching.horizon,
            "supply.servers" => s.supply.servers,
            "supply.target_utilisation" => s.supply.target_utilisation,
            "supply.capex" => s.supply.capex,
            "supply.power" => s.supply.power,
            "rent.contract" => s.rent.contract,
            "rent.spot" => s.rent.spot,
        }
        for cloud in &s.cloud {
            let name = &cloud.name.text;
            above_zero! {
                format!("cloud.{name}.capacity") => cloud.capacity,
                format!("cloud.{name}.external_share") => cloud.external_share,
                format!("cloud.{name}.inference_share") => cloud.inference_share,
                format!("cloud.{name}.fleet_cost_ratio") => cloud.fleet_cost_ratio,
                format!("cloud.{name}.commit_length") => cloud.commit_length,
            }
        }
        for tier in &s.tier {
            above_zero! {
                format!("tier.{}.compute", tier.name.text) => tier.compute,
                format!("tier.{}.realised_price", tier.name.text) => tier.realised_price,
            }
        }
        for task in &s.task {
            above_zero! {
                format!("task.{}.innovation", task.name.text) => task.innovation,
                format!("task.{}.reference_price", task.name.text) => task.reference_price,
            }
        }
        for class in &s.price_class {
            above_zero! { format!("price_class.{}.sensitivity", class.name.text) => class.sensitivity }
        }
        for model in &s.model {
            above_zero! { format!("model.{}.price_out", model.name.text) => model.price_out }
        }
        for (path, value, place) in low {
            if value <= 0.0 {
                self.faults.push(
                    Fault::new(format!("`{path}` must be above 0"), place.clone())
                        .help("write a number above 0, or a distribution that stays above it"),
                );
            }
        }
    }

    /// Bounds leave something between them, and nothing to keep a table of for ever.
    fn bounds(&mut self) {
        let (demand, supply) = (&self.scenario.demand, &self.scenario.supply);
        let [low, high] = [&supply.budget_min, &supply.budget_max];
        if low.shape.quantile(1.0 - 1e-6) > high.shape.quantile(1e-6) {
            self.faults.push(
                Fault::new(
                    "`supply.budget_max` is below `supply.budget_min`",
                    high.place.clone(),
                )
                .help("write a larger number, or a smaller `budget_min`"),
            );
        }
        if demand.tenure_max.shape.quantile(1.0 - 1e-6) > TENURE_MONTHS {
            self.faults.push(
                Fault::new(
                    format!("`demand.tenure_max` is above {TENURE_MONTHS} months"),
                    demand.tenure_max.place.clone(),
                )
                .help(format!("keep it to {TENURE_MONTHS}")),
            );
        }
    }

    /// Shares of one whole must sum to one (within 2 %, at their medians) or, where only parts are named, stay below.
    fn shares(&mut self, tree: &Node) {
        let s = self.scenario;
        self.sums_to_one(
            tree,
            "lab.*.spend_share",
            s.lab.iter().map(|x| &x.spend_share),
        );
        self.sums_to_one(
            tree,
            "segment.*.spend_share",
            s.segment.iter().map(|x| &x.spend_share),
        );
        self.sums_to_one(
            tree,
            "jurisdiction.*.spend_share",
            s.jurisdiction.iter().map(|x| &x.spend_share),
        );
        self.sums_to_one(
            tree,
            "cloud.*.home_share",
            s.cloud.iter().map(|x| &x.home_share),
        );
        for (id, lab) in LabId::first(s.lab.len()).zip(&s.lab) {
            self.sums_to_one(
                tree,
                &format!("lab.{}.hosts", lab.name.text),
                lab.hosts.0.iter().map(|(_, share)| share),
            );
            let path = format!("channel.*.share of {}", lab.name.text);
            self.sums_to_one(
                tree,
                &path,
                s.channel.iter().filter(|c| c.lab.is(id)).map(|c| &c.share),
            );
        }
        let routed: f64 = s.router.iter().map(|x| x.spend_share.median()).sum::<f64>()
            + s.self_host.as_ref().map_or(0.0, |x| x.spend_share.median());
        if routed >= 0.95 {
            let place = s
                .router
                .first()
                .map_or_else(|| tree.place.clone(), |x| x.spend_share.place.clone());
            self.faults.push(
                Fault::new(
                    format!("routers and self-hosting take {routed:.2} of spend"),
                    place,
                )
                .help("leave at least 0.05 to direct use"),
            );
        }
        for (id, firm) in s.parties() {
            let held = s.equity.iter().filter(|e| e.firm.is(id));
            let cash_flows: Vec<_> = held.clone().map(|e| &e.cash_flow).collect();
            let control: Vec<_> = held.map(|e| &e.control).collect();
            for (what, shares) in [("cash flows", cash_flows), ("control", control)] {
                let sum: f64 = shares.iter().map(|share| share.median()).sum();
                // The largest that the file of the firm does not state, if any: that is what an edit made too much.
                let is_edited =
                    |share: &Quantity<Share>| share.place.source.name != firm.place.source.name;
                let most = shares.into_iter().max_by(|one, other| {
                    let edited = is_edited(one).cmp(&is_edited(other));
                    edited.then(one.median().total_cmp(&other.median()))
                });
                if let (true, Some(most)) = (sum > 1.005, most) {
                    self.faults.push(
                        Fault::new(
                            format!("stakes in `{}` give away {sum:.3} of its {what}", firm.text),
                            most.place.clone(),
                        )
                        .help("the shares of all holders sum to at most 1"),
                    );
                }
            }
        }
    }

    fn sums_to_one<'q>(
        &mut self,
        tree: &Node,
        path: &str,
        shares: impl Iterator<Item = &'q Quantity<Share>>,
    ) {
        let shares: Vec<_> = shares.collect();
        let sum: f64 = shares.iter().map(|share| share.median()).sum();
        if !shares.is_empty() && (sum - 1.0).abs() > 0.02 {
            let place = shares
                .first()
                .map_or_else(|| tree.place.clone(), |share| share.place.clone());
            self.faults.push(
                Fault::new(format!("`{path}` sums to {sum:.3}"), place)
                    .help("shares of one whole sum to 1 (medians, within 0.02)"),
            );
        }
    }

    fn dates(&mut self) {
        let s = self.scenario;
        let calendar = Calendar::new(s.start.date, usize::try_from(s.months.0).unwrap_or(1));
        let end = calendar.date_of(calendar.end());
        let mut inside = |when: &When, what: &str| {
            if when.date < s.start.date || when.date >= end {
                self.faults.push(
                    Fault::new(
                        format!("{what} on {} lies outside the horizon", when.date),
                        when.place.clone(),
                    )
                    .help(format!("the scenario runs from {} to {end}", s.start.date)),
                );
            }
        };
        for shock in &s.shock {
            inside(&shock.date, "a shock");
        }
        for event in s.event.iter().filter(|event| event.kind != EventKind::Fact) {
            inside(&event.date, "an event");
        }
        for remedy in &s.remedy {
            if let Some(from) = &remedy.from {
                inside(from, "a remedy");
            }
        }
        let mut ordered = |from: Option<&When>, until: Option<&When>| {
            if let (Some(from), Some(until)) = (from, until)
                && from.date >= until.date
            {
                self.faults.push(
                    Fault::new("it ends before it begins", until.place.clone())
                        .also("begins here", from.place.clone())
                        .help("let `until` follow `from`"),
                );
            }
        };
        for channel in &s.channel {
            ordered(channel.from.as_ref(), channel.until.as_ref());
        }
        for right in &s.exclusivity {
            ordered(right.from.as_ref(), right.until.as_ref());
        }
        for commitment in &s.commitment {
            ordered(Some(&commitment.from), Some(&commitment.until));
        }
    }

    fn moves(&mut self, tree: &Node) {
        let stated = &self.scenario.switching.moves;
        for kind in Move::ALL {
            if !stated.iter().any(|terms| terms.name.is(kind)) {
                let name = kind.name();
                self.faults.push(
                    Fault::new(
                        format!("`switching.moves` lacks the terms of `{name}`"),
                        tree.place.clone(),
                    )
                    .help(format!("add [[switching.moves]] name = \"{name}\"")),
                );
            }
        }
    }

    fn events(&mut self) {
        let s = self.scenario;
        let routers = texts(s.router.iter().map(|x| &x.name));
        let labs = texts(s.lab.iter().map(|x| &x.name));
        let clouds = texts(s.cloud.iter().map(|x| &x.name));
        for event in &s.event {
            let (what, known) = match event.kind {
                EventKind::Fact => continue,
                EventKind::TakeRate | EventKind::Steering => ("router", &routers),
                EventKind::PriceStep | EventKind::FundingStop => ("lab", &labs),
                EventKind::Exodus => ("cloud", &clouds),
            };
            match &event.subject {
                Some(_) if event.change().is_some() => {}
                Some(Subject { name, .. }) => self.faults.push(
                    Fault::new(
                        format!("unknown {what} `{}`", name.text),
                        name.place.clone(),
                    )
                    .help(suggestion(&name.text, known.iter().copied())),
                ),
                None => self.faults.push(
                    Fault::new(
                        format!("event `{}` lacks its subject", event.name.text),
                        event.name.place.clone(),
                    )
                    .help(format!("add subject = a {what}")),
                ),
            }
            if event.value.is_none() {
                self.faults.push(
                    Fault::new(
                        format!("event `{}` lacks its value", event.name.text),
                        event.name.place.clone(),
                    )
                    .help("add value = { value = ..., unit = \"ratio\", class = \"assumed\" }"),
                );
            }
        }
    }
}

/// The correlated groups as (stream keys, rows of the lower Cholesky factor of the normal correlations).
///
/// Rank correlations become normal ones by 2 sin(pi r / 6) (Pearson 1907), so that Spearman's coefficient of
/// the drawn numbers is what the file states.
pub fn correlation_factors(
    scenario: &Scenario,
    tree: &Node,
    faults: &mut Vec<Fault>,
) -> Vec<(Vec<u64>, Vec<Vec<f64>>)> {
    let paths: Vec<String> = leaves(tree).into_iter().map(|(path, _)| path).collect();
    let mut groups = Vec::new();
    for group in &scenario.correlation {
        let place = group.name.place.clone();
        let mut is_sound = true;
        for input in &group.inputs {
            if !paths.contains(&input.text) {
                is_sound = false;
                faults.push(
                    Fault::new(
                        format!("unknown number `{}`", input.text),
                        input.place.clone(),
                    )
                    .help(suggestion(
                        &input.text,
                        super::fault::nearest(&input.text, paths.iter().map(String::as_str)),
                    )),
                );
            }
        }
        let size = group.inputs.len();
        if size < 2
            || group.matrix.len() != size
            || group.matrix.iter().any(|row| row.len() != size)
        {
            faults.push(
                Fault::new(
                    format!(
                        "`{}` needs a square matrix, one row for each input",
                        group.name.text
                    ),
                    place,
                )
                .help(format!("write {size} rows of {size} numbers")),
            );
            continue;
        }
        let rank = DMatrix::from_fn(size, size, |i, j| group.matrix[i][j].0);
        let is_symmetric = (0..size).all(|i| {
            (rank[(i, i)] - 1.0).abs() < 1e-12
                && (0..i).all(|j| (rank[(i, j)] - rank[(j, i)]).abs() < 1e-12)
        });
        let normal = rank.map(|r| {
            if (r - 1.0).abs() < 1e-12 {
                1.0
            } else {
                2.0 * libm::sin(std::f64::consts::PI * r / 6.0)
            }
        });
        match Cholesky::new(normal).filter(|_| is_symmetric) {
            Some(factor) if is_sound => {
                let factor = factor.l();
                let rows = (0..size)
                    .map(|i| (0..size).map(|j| factor[(i, j)]).collect())
                    .collect();
                groups.push((
                    group
                        .inputs
                        .iter()
                        .map(|input| quantity_key(&input.text))
                        .collect(),
                    rows,
                ));
            }
            Some(_) => {}
            None => faults.push(
                Fault::new(
                    format!(
                        "no numbers can have the correlations of `{}`",
                        group.name.text
                    ),
                    place,
                )
                .help(
                    "the matrix must be symmetric with ones on the diagonal and positive definite",
                ),
            ),
        }
    }
    groups
}
