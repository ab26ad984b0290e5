//! Edits that change nothing because another rule of the scenario overrides them.

use super::Loaded;
use super::quantity::Quantity;
use super::records::{
    ChannelSpec, EventSpec, ExclusivitySpec, Instrument, PricePolicy, RemedySpec, Scenario,
};
use super::records::{DatedChange, RouterSpec, SteeringPolicy};
use crate::base::ids::Id;
use crate::base::time::Date;
use crate::base::units::Unit;

/// Probabilities between which a drawn number is bounded.
const ENDS: [f64; 2] = [1e-9, 1.0 - 1e-9];

/// Returns the edits against the parent that another rule overrides, each with the reason: `<edit> has no effect because
/// <reason>`.
#[must_use]
pub fn overridden(loaded: &Loaded) -> Vec<String> {
    let edits = Edits(loaded);
    let scenario = &loaded.scenario;
    let mut found = Vec::new();
    let mut check = |list: &str, name: &str, reason: &dyn Fn() -> Option<String>| {
        if let Some((edit, reason)) = edits.of(list, name).zip(reason()) {
            found.push(format!("{edit} has no effect because {reason}"));
        }
    };
    for channel in &scenario.channel {
        check("channel", &channel.name.text, &|| barred(scenario, channel));
    }
    for remedy in &scenario.remedy {
        check("remedy", &remedy.name.text, &|| idle(scenario, remedy));
    }
    for event in &scenario.event {
        check("event", &event.name.text, &|| repeated(scenario, event));
    }
    found
}

/// The edits of a scenario against its parent.
struct Edits<'a>(&'a Loaded);

impl Edits<'_> {
    /// Returns the edits of an entry of a list: its path if it is new, the paths of its new values if not.
    fn of(&self, list: &str, name: &str) -> Option<String> {
        let entry = format!("{list}.{name}");
        let within = format!("{entry}.");
        let changed = self
            .0
            .changes
            .iter()
            .filter(|change| change.after.is_some());
        let paths: Vec<&str> = changed
            .map(|change| change.path.as_str())
            .filter(|path| path.starts_with(&within))
            .collect();
        match paths.as_slice() {
            // An event with a value is one leaf.
            [] => (self.0.changes.iter())
                .any(|change| change.path == entry && change.after.is_some())
                .then_some(entry),
            _ if paths.contains(&format!("{within}name").as_str()) => Some(entry),
            _ => Some(paths.join(", ")),
        }
    }
}

/// Lowest and highest value of a number over replications.
fn range<U: Unit>(quantity: &Quantity<U>) -> [f64; 2] {
    ENDS.map(|end| quantity.shape.quantile(end).clamp(U::MIN, U::MAX))
}

fn is_always<U: Unit>(quantity: &Quantity<U>, value: f64) -> bool {
    range(quantity) == [value; 2]
}

/// Returns why a channel is never on sale, if another cloud's exclusive right bars it during the whole horizon.
fn barred(scenario: &Scenario, channel: &ChannelSpec) -> Option<String> {
    let cloud = channel.cloud.as_ref()?;
    let start = scenario.start.date;
    let months = u32::try_from(scenario.months.0).ok()?;
    let end = start.plus_months(months);
    let date = |when: Option<&super::record::When>, otherwise: Date| {
        when.map_or(otherwise, |when| when.date).clamp(start, end)
    };
    let (first, last) = (
        date(channel.from.as_ref(), start),
        date(channel.until.as_ref(), end),
    );
    // A channel that is not on sale within the horizon anyway is so by its own dates.
    if first >= last {
        return None;
    }
    let bars = |right: &&ExclusivitySpec| {
        right.lab.matches(&channel.lab)
            && right.runtime == channel.runtime
            && right.tiers.is_none()
            && !right.cloud.matches(cloud)
            && date(right.from.as_ref(), start) <= first
            && date(right.until.as_ref(), end) >= last
    };
    let right = scenario.exclusivity.iter().find(bars)?;
    let can_break = (right.break_rate.as_ref()).is_some_and(|rate| !is_always(rate, 0.0));
    let unless = if can_break {
        ", as long as the right is not broken"
    } else {
        ""
    };
    Some(format!(
        "the exclusive right `{}` of {} bars the channel during the whole horizon{unless}",
        right.name.text, right.cloud.text
    ))
}

/// Returns why a remedy changes nothing, if nobody does what it forbids.
fn idle(scenario: &Scenario, remedy: &RemedySpec) -> Option<String> {
    let reason = match remedy.instrument {
        Instrument::NeutralRouting if !can_steer(scenario) => "no router steers".to_owned(),
        Instrument::FeeParity if !scenario.router.iter().any(|r| r.own_models_exempt) => {
            "no router exempts its own models from its fee".to_owned()
        }
        Instrument::FeeCap => {
            let cap = range(remedy.level.as_ref()?)[0];
            let highest = highest_fee(scenario);
            if cap < highest {
                return None;
            }
            format!("no router charges more than {highest}")
        }
        Instrument::Divestiture if !has_stakes(scenario) => {
            "no cloud holds a stake in a lab".to_owned()
        }
        _ => return None,
    };
    // A case ends in one of several remedies, so that a further one makes the others rarer.
    let share = if remedy.from.is_none() {
        ", except that cases end in other remedies less often"
    } else {
        ""
    };
    Some(format!("{reason}{share}"))
}

/// True if some router steers, or may come to steer.
fn can_steer(scenario: &Scenario) -> bool {
    let steers = |router: &RouterSpec| {
        !is_always(&router.steering, 0.0)
            || !is_always(&router.equity_steering, 0.0)
            || router.steering_policy == Some(SteeringPolicy::Incentive)
    };
    let dated = |event: &EventSpec| {
        matches!(event.change(), Some(DatedChange::Steering(_)))
            && (event.value.as_ref()).is_some_and(|value| !is_always(value, 0.0))
    };
    scenario.router.iter().any(steers) || scenario.event.iter().any(dated)
}

/// Returns the highest fee that some router charges, or may come to charge.
fn highest_fee(scenario: &Scenario) -> f64 {
    let most = (scenario.pricing.as_ref()).map_or(1.0, |rules| range(&rules.fee_max)[1]);
    let of_router = |router: &RouterSpec| {
        let stated = range(&router.take_rate)[1];
        match router.pricing {
            None | Some(PricePolicy::Fixed) => stated,
            Some(_) => stated.max(most),
        }
    };
    let of_event = |event: &EventSpec| match event.change() {
        Some(DatedChange::TakeRate(_)) => event.value.as_ref().map_or(0.0, |value| range(value)[1]),
        _ => 0.0,
    };
    let routers = scenario.router.iter().map(of_router);
    let fees = routers.chain(scenario.event.iter().map(of_event));
    fees.fold(0.0, f64::max)
}

/// True if some cloud holds a stake in a lab, or may come to hold one.
fn has_stakes(scenario: &Scenario) -> bool {
    let (clouds, labs) = (scenario.cloud.len(), scenario.lab.len());
    let held = scenario.equity.iter().any(|stake| {
        let firm = stake.firm.id().index();
        let is_empty = is_always(&stake.cash_flow, 0.0) && is_always(&stake.control, 0.0);
        stake.holder.id().index() < clouds && (clouds..clouds + labs).contains(&firm) && !is_empty
    });
    let promised = scenario.tranche.iter();
    held || promised
        .into_iter()
        .any(|of| of.holder.id().index() < clouds)
}

/// Returns why a dated change of a router changes nothing, if the value is in force already.
fn repeated(scenario: &Scenario, event: &EventSpec) -> Option<String> {
    let change = event.change()?;
    let value = event.value.as_ref()?.median();
    let before =
        |other: &&EventSpec| other.change() == Some(change) && other.date.date < event.date.date;
    let earlier = scenario.event.iter().filter(before);
    let last = earlier.max_by_key(|other| other.date.date);
    let dated = last.and_then(|other| other.value.as_ref().map(Quantity::median));
    let (name, what, present) = match change {
        DatedChange::TakeRate(id) => {
            let router = &scenario.router[id.index()];
            let is_fixed = matches!(router.pricing, None | Some(PricePolicy::Fixed));
            let stated = is_fixed.then(|| router.take_rate.median());
            (&router.name.text, "the fee", dated.or(stated))
        }
        DatedChange::Steering(id) => {
            let router = &scenario.router[id.index()];
            let is_fixed = router.steering_policy != Some(SteeringPolicy::Incentive);
            let stated = is_fixed.then(|| router.steering.median());
            (&router.name.text, "the steering", dated.or(stated))
        }
        _ => return None,
    };
    (present == Some(value)).then(|| format!("{what} of {name} is {value} already"))
}
