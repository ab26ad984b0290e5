//! Checks of sums: shares of one whole.

use super::Checker;
use crate::base::ids::{Id, LabId};
use crate::base::units::Share;
use crate::scenario::fault::Fault;
use crate::scenario::quantity::Quantity;
use crate::scenario::tree::Node;

impl Checker<'_> {
    /// Shares of one whole must sum to one (within 2 %, at their medians) or, if only parts are named, to less.
    pub(super) fn shares(&mut self, tree: &Node) {
        let s = self.scenario;
        self.lab_levels(tree);
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
        self.stakes();
        self.seats();
    }

    /// Shares of labs in the revenue of seats must sum to at most one.
    fn seats(&mut self) {
        for seats in &self.scenario.seats {
            let shares = seats.lab_share.0.iter().map(|(_, share)| share.median());
            let sum: f64 = shares.sum();
            if sum > 1.0 {
                let message = format!("labs get {sum:.3} of the revenue of `{}`", seats.name.text);
                self.faults.push(
                    Fault::new(message, seats.name.place.clone())
                        .help("the shares of all labs in `lab_share` sum to at most 1"),
                );
            }
        }
    }

    /// The stakes in each firm must sum to at most one, in cash flows and in control.
    fn stakes(&mut self) {
        let s = self.scenario;
        for (id, firm) in s.parties() {
            let held = s.equity.iter().filter(|e| e.firm.is(id));
            let cash_flows: Vec<_> = held.clone().map(|e| &e.cash_flow).collect();
            let control: Vec<_> = held.map(|e| &e.control).collect();
            for (what, shares) in [("cash flows", cash_flows), ("control", control)] {
                let sum: f64 = shares.iter().map(|share| share.median()).sum();
                // An edit is blamed before the file of the firm: the largest share from another file, if there is one.
                let is_edited =
                    |share: &Quantity<Share>| share.place.source.name != firm.place.source.name;
                let most = shares.into_iter().max_by(|one, other| {
                    let edited = is_edited(one).cmp(&is_edited(other));
                    edited.then(one.median().total_cmp(&other.median()))
                });
                if let (true, Some(most)) = (sum > 1.005, most) {
                    let message =
                        format!("stakes in `{}` sum to {sum:.3} of its {what}", firm.text);
                    self.faults.push(
                        Fault::new(message, most.place.clone())
                            .help("the shares of all holders sum to at most 1"),
                    );
                }
            }
        }
    }

    /// Reports shares whose medians do not sum to one.
    pub(super) fn sums_to_one<'q>(
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
}
