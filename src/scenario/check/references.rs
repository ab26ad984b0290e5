//! References: every name must name something.

use super::{Checker, texts};
use crate::scenario::fault::Fault;
use crate::scenario::records::{Cause, RouterKind, Tier};

impl Checker<'_> {
    #[expect(clippy::too_many_lines, reason = "one line a reference")]
    pub(super) fn references(&mut self) {
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
}
