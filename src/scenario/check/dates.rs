//! Checks of dates, dated events, and the terms of moves.

use super::Checker;
use crate::base::time::Calendar;
use crate::economics::switching::Move;
use crate::scenario::fault::{Fault, suggestion};
use crate::scenario::record::{Name, When};
use crate::scenario::records::{EventKind, Subject};
use crate::scenario::tree::Node;

fn texts<'a>(names: impl Iterator<Item = &'a Name>) -> Vec<&'a str> {
    names.map(|name| name.text.as_str()).collect()
}

impl Checker<'_> {
    pub(super) fn dates(&mut self) {
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

    pub(super) fn moves(&mut self, tree: &Node) {
        let stated = &self.scenario.switching.moves;
        for kind in Move::ALL {
            if !stated.iter().any(|terms| terms.name.is(kind)) {
                let name = kind.name();
                self.faults.push(
                    Fault::new(
                        format!("`switching.moves` is missing the terms of `{name}`"),
                        tree.place.clone(),
                    )
                    .help(format!("add [[switching.moves]] name = \"{name}\"")),
                );
            }
        }
    }

    pub(super) fn events(&mut self) {
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
                        format!("event `{}` has no subject", event.name.text),
                        event.name.place.clone(),
                    )
                    .help(format!("add subject = a {what}")),
                ),
            }
            if event.value.is_none() {
                self.faults.push(
                    Fault::new(
                        format!("event `{}` has no value", event.name.text),
                        event.name.place.clone(),
                    )
                    .help("add value = { value = ..., unit = \"ratio\", class = \"assumed\" }"),
                );
            }
        }
    }
}
