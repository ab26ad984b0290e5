//! Checks of offers: models in a tier that the scenario describes, channels of labs that have models, and routers with
//! the cloud that runs them.

use super::Checker;
use crate::scenario::fault::Fault;
use crate::scenario::records::RouterKind;

impl Checker<'_> {
    pub(super) fn offers(&mut self) {
        let s = self.scenario;
        for model in &s.model {
            if !s.tier.iter().any(|tier| tier.name.is(model.tier)) {
                self.faults.push(
                    Fault::new(
                        format!("tier `{}` is not described", model.tier.word()),
                        model.name.place.clone(),
                    )
                    .help(format!("add a [[tier]] named \"{}\"", model.tier.word())),
                );
            }
        }
        for channel in &s.channel {
            let Some(lab) = channel.lab.found() else {
                continue;
            };
            if !s.model.iter().any(|model| model.lab.is(lab)) {
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
            if (router.kind == RouterKind::Cloud) != router.cloud.is_some() {
                let (name, kind) = (&router.name, router.kind.word());
                let names = if router.cloud.is_some() { "a" } else { "no" };
                self.faults.push(
                    Fault::new(
                        format!("router `{}` is {kind} and names {names} cloud", name.text),
                        name.place.clone(),
                    )
                    .help("a cloud-native router names its cloud, and no other router names one"),
                );
            }
        }
    }
}
