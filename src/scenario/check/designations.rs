//! Checks of designations: dates within the horizon, duties that change something, one investigation a cloud.

use super::Checker;
use crate::base::time::{Calendar, SimTime, Span};
use crate::base::units::DAYS_PER_MONTH;
use crate::scenario::fault::Fault;
use crate::scenario::records::DesignationSpec;

impl Checker<'_> {
    pub(super) fn designations(&mut self) {
        let s = self.scenario;
        let calendar = Calendar::new(s.start.date, usize::try_from(s.months.0).unwrap_or(1));
        for (index, spec) in s.designation.iter().enumerate() {
            self.in_time(spec, &calendar);
            let name = &spec.name.text;
            if !spec.has_duty() {
                self.faults.push(
                    Fault::new(
                        format!("designation `{name}` would change nothing: it imposes no duty"),
                        spec.name.place.clone(),
                    )
                    .help(
                        "add neutral_routing = true, switching_charge_ban = true, or a `portability` above 0",
                    ),
                );
            }
            let mut earlier = s.designation[..index].iter();
            let twin = earlier.find(|other| {
                other.cloud.matches(&spec.cloud) && other.regulator.matches(&spec.regulator)
            });
            if let Some(twin) = twin {
                self.faults.push(
                    Fault::new(
                        format!(
                            "`{}` investigates `{}` twice",
                            spec.regulator.text, spec.cloud.text
                        ),
                        spec.name.place.clone(),
                    )
                    .also("the first investigation", twin.name.place.clone())
                    .help(format!(
                        "edit `{}`, or remove one of the two",
                        twin.name.text
                    )),
                );
            }
        }
    }

    /// An investigation must open before the end of the horizon, and its earliest decision must lie before the end.
    fn in_time(&mut self, spec: &DesignationSpec, calendar: &Calendar) {
        let start = self.scenario.start.date;
        let end = calendar.date_of(calendar.end());
        if spec.opened.date >= end {
            self.faults.push(
                Fault::new(
                    format!(
                        "a designation on {} lies outside the horizon",
                        spec.opened.date
                    ),
                    spec.opened.place.clone(),
                )
                .help(format!("the scenario runs from {start} to {end}")),
            );
            return;
        }
        let opened = calendar.time_of(spec.opened.date);
        let months = spec.decision.shape.quantile(1.0).max(0.0);
        if opened + Span::from_days(months * DAYS_PER_MONTH) < SimTime::START {
            let name = &spec.name.text;
            let message = format!("designation `{name}` was decided before the start, on {start}");
            self.faults.push(
                Fault::new(message, spec.opened.place.clone())
                    .help("open it later, lengthen `decision`, or remove it"),
            );
        }
        let months = spec.decision.shape.quantile(0.0).max(0.0);
        let earliest = opened + Span::from_days(months * DAYS_PER_MONTH);
        if earliest >= calendar.end() {
            self.faults.push(
                Fault::new(
                    format!(
                        "a designation outside the horizon: `{}` is decided on {} at the earliest",
                        spec.name.text,
                        calendar.date_of(earliest)
                    ),
                    spec.decision.place.clone(),
                )
                .help(format!(
                    "the scenario runs from {start} to {end}; open it earlier, shorten `decision`, or remove it"
                )),
            );
        }
    }
}
