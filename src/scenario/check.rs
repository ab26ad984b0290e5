//! Checks that span records: references, sums, dates, contracts and correlations.

use nalgebra::{Cholesky, DMatrix};

use super::fault::{Fault, suggestion};
use super::quantity::{Quantity, quantity_key};
use super::record::{ByName, Name, When};
use super::source::{Node, Place, leaves};
use super::spec::{Books, Cause, EventKind, PricePolicy, RouterKind, Scenario, Tier, Trigger};
use crate::economics::ownership::chain;
use crate::economics::switching::Move;
use crate::time::Calendar;
use crate::units::Share;

/// Reports every fault of a scenario whose records were all read.
pub fn check(scenario: &Scenario, tree: &Node, faults: &mut Vec<Fault>) {
    let mut checker = Checker { scenario, faults };
    checker.file_name();
    checker.not_empty(tree);
    checker.references();
    checker.positive();
    checker.shares(tree);
    checker.dates();
    checker.contracts();
    checker.moves(tree);
    checker.events();
    checker.finance();
    checker.policies();
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
        for (list, count) in [("cloud", s.cloud.len()), ("lab", s.lab.len())] {
            if count > 63 {
                self.faults.push(
                    Fault::new(
                        format!("the market has {count} of `{list}`"),
                        tree.place.clone(),
                    )
                    .help("keep it below 64"),
                );
            }
        }
        for (list, is_empty) in lists {
            if is_empty {
                self.faults.push(
                    Fault::new(format!("the market has no `{list}`"), tree.place.clone())
                        .help(format!("add at least one [[{list}]]")),
                );
            }
        }
    }

    fn known(&mut self, name: &Name, what: &str, known: &[&str]) {
        if !known.contains(&name.text.as_str()) {
            self.faults.push(
                Fault::new(
                    format!("unknown {what} `{}`", name.text),
                    name.place.clone(),
                )
                .help(suggestion(&name.text, known.iter().copied())),
            );
        }
    }

    fn all_known<T>(&mut self, map: &ByName<T>, what: &str, known: &[&str]) {
        for (name, _) in &map.0 {
            self.known(name, what, known);
        }
    }

    #[expect(clippy::too_many_lines, reason = "one line a reference")]
    fn references(&mut self) {
        let s = self.scenario;
        let clouds = texts(s.cloud.iter().map(|x| &x.name));
        let labs = texts(s.lab.iter().map(|x| &x.name));
        let tasks = texts(s.task.iter().map(|x| &x.name));
        let segments = texts(s.segment.iter().map(|x| &x.name));
        let classes = texts(s.price_class.iter().map(|x| &x.name));
        let jurisdictions = texts(s.jurisdiction.iter().map(|x| &x.name));
        let mut holders = clouds.clone();
        holders.extend(texts(s.vendor.iter().map(|x| &x.name)));
        holders.extend(texts(s.investor.iter().map(|x| &x.name)));
        let vendors = texts(s.vendor.iter().map(|x| &x.name));
        let mut owners = holders.clone();
        owners.extend(&labs);
        let mut firms = clouds.clone();
        firms.extend(&labs);
        firms.extend(&vendors);
        let mut origins = holders.clone();
        origins.extend(["customers", "consumers"]);
        for tier in &s.tier {
            self.known(&tier.name, "tier", Tier::WORDS);
        }
        for segment in &s.segment {
            self.all_known(&segment.task_share, "task", &tasks);
            self.all_known(&segment.price_class, "price class", &classes);
        }
        for task in &s.task {
            self.all_known(&task.tier, "tier", Tier::WORDS);
        }
        for lab in &s.lab {
            lab.owner
                .iter()
                .for_each(|owner| self.known(owner, "cloud", &clouds));
            self.all_known(&lab.hosts, "cloud", &clouds);
            self.all_known(&lab.cash_origin, "origin of cash", &origins);
        }
        let tiers = texts(s.tier.iter().map(|x| &x.name));
        for model in &s.model {
            self.known(&model.lab, "lab", &labs);
            if !tiers.contains(&model.tier.word()) {
                self.faults.push(
                    Fault::new(
                        format!("tier `{}` is not described", model.tier.word()),
                        model.name.place.clone(),
                    )
                    .help(format!("add a [[tier]] named \"{}\"", model.tier.word())),
                );
            }
            model
                .edge
                .iter()
                .for_each(|edge| self.all_known(edge, "task", &tasks));
        }
        for channel in &s.channel {
            self.known(&channel.lab, "lab", &labs);
            channel
                .cloud
                .iter()
                .for_each(|cloud| self.known(cloud, "cloud", &clouds));
            if labs.contains(&channel.lab.text.as_str())
                && !s.model.iter().any(|m| m.lab.text == channel.lab.text)
            {
                self.faults.push(
                    Fault::new(
                        format!("lab `{}` has no model to sell", channel.lab.text),
                        channel.lab.place.clone(),
                    )
                    .help("add a [[model]] of this lab, or remove the channel"),
                );
            }
        }
        for router in &s.router {
            router
                .cloud
                .iter()
                .for_each(|cloud| self.known(cloud, "cloud", &clouds));
            if (router.kind == RouterKind::Cloud) != router.cloud.is_some() {
                self.faults.push(
                    Fault::new(
                        format!("router `{}` is {}", router.name.text, router.kind.word()),
                        router.name.place.clone(),
                    )
                    .help("a cloud-native router names its cloud, and no other router names one"),
                );
            }
        }
        if let Some(own) = &s.self_host {
            self.known(&own.lab, "lab", &labs);
            self.known(&own.cloud, "cloud", &clouds);
        }
        for vendor in &s.vendor {
            self.all_known(&vendor.share, "cloud", &clouds);
        }
        for integrator in &s.integrator {
            integrator
                .cloud
                .iter()
                .for_each(|cloud| self.known(cloud, "cloud", &clouds));
        }
        for integrator in &s.integrator {
            self.all_known(&integrator.reach, "segment", &segments);
        }
        for vendor in &s.vendor {
            vendor
                .owner
                .iter()
                .for_each(|cloud| self.known(cloud, "cloud", &clouds));
        }
        for regulator in &s.regulator {
            self.known(&regulator.jurisdiction, "jurisdiction", &jurisdictions);
            self.all_known(&regulator.cause, "cause", Cause::WORDS);
        }
        let regulators = texts(s.regulator.iter().map(|x| &x.name));
        for remedy in &s.remedy {
            self.known(&remedy.regulator, "regulator", &regulators);
            remedy
                .segment
                .iter()
                .for_each(|segment| self.known(segment, "segment", &segments));
        }
        for entry in &s.entry {
            self.known(&entry.lab, "lab", &labs);
            self.all_known(&entry.clouds, "cloud", &clouds);
        }
        for map in s.openness.iter().flat_map(|open| [&open.gap]) {
            self.all_known(map, "task", &tasks);
        }
        if let Some(open) = &s.openness {
            self.all_known(&open.closing, "task", &tasks);
            self.all_known(&open.small, "task", &tasks);
        }
        if let Some(stateful) = &s.stateful {
            self.all_known(&stateful.context, "task", &tasks);
        }
        if let Some(optics) = &s.photonics {
            self.all_known(&optics.adoption, "cloud", &clouds);
            self.all_known(&optics.supplier, "vendor", &vendors);
        }
        for equity in &s.equity {
            self.known(&equity.holder, "holder", &owners);
            self.known(&equity.firm, "firm", &firms);
        }
        for tranche in &s.tranche {
            self.known(&tranche.holder, "holder", &holders);
            self.known(&tranche.lab, "lab", &labs);
        }
        for commitment in &s.commitment {
            self.known(&commitment.lab, "lab", &labs);
            self.known(&commitment.cloud, "cloud", &clouds);
        }
        for right in &s.exclusivity {
            self.known(&right.lab, "lab", &labs);
            self.known(&right.cloud, "cloud", &clouds);
        }
        for share in &s.channel_share {
            self.known(&share.lab, "lab", &labs);
            self.known(&share.cloud, "cloud", &clouds);
        }
        for credit in &s.credit {
            self.known(&credit.cloud, "cloud", &clouds);
            self.known(&credit.segment, "segment", &segments);
        }
        for shock in &s.shock {
            shock
                .cloud
                .iter()
                .for_each(|cloud| self.known(cloud, "cloud", &clouds));
            shock
                .lab
                .iter()
                .for_each(|lab| self.known(lab, "lab", &labs));
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
        for lab in &s.lab {
            self.sums_to_one(
                tree,
                &format!("lab.{}.hosts", lab.name.text),
                lab.hosts.0.iter().map(|(_, share)| share),
            );
            let path = format!("channel.*.share of {}", lab.name.text);
            self.sums_to_one(
                tree,
                &path,
                s.channel
                    .iter()
                    .filter(|c| c.lab.text == lab.name.text)
                    .map(|c| &c.share),
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
        let firms = (s.lab.iter().map(|x| &x.name))
            .chain(s.cloud.iter().map(|x| &x.name))
            .chain(s.vendor.iter().map(|x| &x.name));
        for firm in firms {
            let held: Vec<_> = s
                .equity
                .iter()
                .filter(|e| e.firm.text == firm.text)
                .collect();
            for (what, sum) in [
                (
                    "cash flows",
                    held.iter().map(|e| e.cash_flow.median()).sum::<f64>(),
                ),
                (
                    "control",
                    held.iter().map(|e| e.control.median()).sum::<f64>(),
                ),
            ] {
                if let (true, Some(last)) = (sum > 1.005, held.last()) {
                    self.faults.push(
                        Fault::new(
                            format!("stakes in `{}` give away {sum:.3} of its {what}", firm.text),
                            last.name.place.clone(),
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

    /// Contracts that cannot both hold: two exclusives, an exclusive against a rival's channel, two books.
    fn contracts(&mut self) {
        let s = self.scenario;
        for (index, right) in s.exclusivity.iter().enumerate() {
            for other in &s.exclusivity[..index] {
                let tiers_meet = match (&right.tiers, &other.tiers) {
                    (Some(a), Some(b)) => a.iter().any(|tier| b.contains(tier)),
                    _ => true,
                };
                let same = right.lab.text == other.lab.text
                    && right.runtime == other.runtime
                    && tiers_meet;
                if same
                    && right.cloud.text != other.cloud.text
                    && overlap(
                        right.from.as_ref(),
                        right.until.as_ref(),
                        other.from.as_ref(),
                        other.until.as_ref(),
                    )
                {
                    self.faults.push(
                        Fault::new(
                            format!(
                                "`{}` and `{}` are exclusive to two clouds at once",
                                other.name.text, right.name.text
                            ),
                            right.name.place.clone(),
                        )
                        .also("the other exclusive right", other.name.place.clone())
                        .help("end one before the other begins, or change its runtime or tiers"),
                    );
                }
            }
        }
        for (index, share) in s.channel_share.iter().enumerate() {
            let is_all = |share: &super::spec::ChannelShareSpec| share.all_revenue.unwrap_or(false);
            if is_all(share) && share.books == Books::Cloud {
                self.faults.push(
                    Fault::new(
                        "a share of all revenue is paid by the lab",
                        share.name.place.clone(),
                    )
                    .help("write books = \"lab\""),
                );
            }
            for other in &s.channel_share[..index] {
                if share.lab.text == other.lab.text
                    && share.cloud.text == other.cloud.text
                    && is_all(share) == is_all(other)
                {
                    self.faults.push(
                        Fault::new("two terms for one lab and cloud", share.name.place.clone())
                            .also("the other terms", other.name.place.clone())
                            .help("keep one"),
                    );
                }
            }
        }
    }

    /// Tranches without a date, commitments without a term, holdings without an end.
    fn finance(&mut self) {
        let s = self.scenario;
        for tranche in &s.tranche {
            match &tranche.from {
                None => self.faults.push(
                    Fault::new(
                        format!("tranche `{}` has no trigger date", tranche.name.text),
                        tranche.name.place.clone(),
                    )
                    .help("add `from`: when it is paid, or from when its condition can be met"),
                ),
                Some(from)
                    if from.date >= tranche.until.date && tranche.trigger != Trigger::Firm =>
                {
                    self.faults.push(
                        Fault::new("it ends before it begins", tranche.until.place.clone())
                            .also("begins here", from.place.clone())
                            .help("let `until` follow `from`"),
                    );
                }
                Some(_) => {}
            }
            if tranche.trigger != Trigger::Firm && tranche.probability.is_none() {
                self.faults.push(
                    Fault::new(
                        format!(
                            "tranche `{}` lacks the chance of its condition",
                            tranche.name.text
                        ),
                        tranche.name.place.clone(),
                    )
                    .help("add `probability` (a share), or make it firm"),
                );
            }
        }
        let names: Vec<&str> = (s.cloud.iter().map(|x| &x.name))
            .chain(s.lab.iter().map(|x| &x.name))
            .chain(s.vendor.iter().map(|x| &x.name))
            .chain(s.investor.iter().map(|x| &x.name))
            .map(|name| name.text.as_str())
            .collect();
        let at = |name: &str| names.iter().position(|other| *other == name);
        let mut direct = DMatrix::zeros(names.len(), names.len());
        for stake in &s.equity {
            if let (Some(holder), Some(firm)) = (at(&stake.holder.text), at(&stake.firm.text)) {
                direct[(holder, firm)] += stake.cash_flow.shape.quantile(1.0 - 1e-9).min(1.0);
            }
        }
        if let (None, Some(last)) = (chain(&direct), s.equity.last()) {
            self.faults.push(
                Fault::new(
                    "holdings form a circle without an end: I - C is singular",
                    last.name.place.clone(),
                )
                .help("leave a part of at least one firm in the circle to owners outside it"),
            );
        }
    }

    /// Price policies of actors that have no such price, and policies that need rules.
    fn policies(&mut self) {
        let s = self.scenario;
        let mut needs_rules: Vec<&Name> = Vec::new();
        for lab in &s.lab {
            let reacts = matches!(
                lab.pricing,
                PricePolicy::Frontier | PricePolicy::BestResponse | PricePolicy::Harvest
            );
            if reacts {
                needs_rules.push(&lab.name);
                if !s.model.iter().any(|model| model.lab.text == lab.name.text) {
                    self.no_price(
                        &lab.name,
                        "it sells no model",
                        "add a [[model]] of this lab, or write pricing = \"fixed\"",
                    );
                }
            }
        }
        for router in &s.router {
            let Some(policy) = router.pricing else {
                continue;
            };
            if policy != PricePolicy::Fixed {
                needs_rules.push(&router.name);
            }
            if router.kind == RouterKind::Enterprise {
                self.no_price(
                    &router.name,
                    "an enterprise-run router takes no fee",
                    "remove its `pricing`",
                );
            }
            if matches!(
                policy,
                PricePolicy::CostPlus | PricePolicy::Frontier | PricePolicy::Scheduled
            ) {
                self.no_price(
                    &router.name,
                    "a take rate knows `fixed`, `best-response` and `land-then-harvest`",
                    "choose one of these",
                );
            }
        }
        for cloud in &s.cloud {
            let Some(policy) = cloud.pricing else {
                continue;
            };
            if policy != PricePolicy::Fixed {
                needs_rules.push(&cloud.name);
            }
            let hosts_open = s.channel.iter().any(|channel| {
                channel
                    .cloud
                    .as_ref()
                    .is_some_and(|name| name.text == cloud.name.text)
                    && s.model
                        .iter()
                        .any(|model| model.lab.text == channel.lab.text && model.tier == Tier::Open)
            });
            if !hosts_open {
                self.no_price(
                    &cloud.name,
                    "it hosts no open weights",
                    "remove its `pricing`, or add a [[channel]]",
                );
            }
            if matches!(
                policy,
                PricePolicy::CostPlus | PricePolicy::Frontier | PricePolicy::Scheduled
            ) {
                self.no_price(
                    &cloud.name,
                    "a hosting margin knows `fixed`, `best-response` and `land-then-harvest`",
                    "choose one of these",
                );
            }
        }
        if s.pricing.is_none() {
            for name in needs_rules {
                self.faults.push(
                    Fault::new(
                        format!(
                            "`{}` reacts with its price, and there is no [pricing]",
                            name.text
                        ),
                        name.place.clone(),
                    )
                    .help("add [pricing], or write pricing = \"fixed\""),
                );
            }
        }
    }

    fn no_price(&mut self, name: &Name, why: &str, help: &str) {
        self.faults.push(
            Fault::new(
                format!(
                    "a price policy for `{}`, which has no such price: {why}",
                    name.text
                ),
                name.place.clone(),
            )
            .help(help),
        );
    }

    fn moves(&mut self, tree: &Node) {
        let names = Move::ALL.map(Move::name);
        for terms in &self.scenario.switching.moves {
            self.known(&terms.name, "kind of move", &names);
        }
        for name in names {
            if !self
                .scenario
                .switching
                .moves
                .iter()
                .any(|terms| terms.name.text == name)
            {
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
                Some(subject) => self.known(subject, what, known),
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

fn overlap(
    from_a: Option<&When>,
    until_a: Option<&When>,
    from_b: Option<&When>,
    until_b: Option<&When>,
) -> bool {
    let before = |until: Option<&When>, from: Option<&When>| match (until, from) {
        (Some(until), Some(from)) => until.date <= from.date,
        _ => false,
    };
    !before(until_a, from_b) && !before(until_b, from_a)
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
