//! Incidents: outages, model failures and leaks, the risk that customers perceive after them, and SLA credits.

use crate::base::ids::Id;
use crate::base::rng::{Purpose, key_of_aspect};
use crate::base::time::Span;
use crate::market::state::risk::{IncidentKind, Provider};
use crate::market::{Context, Event, World};

/// Stream aspect of severity and reach of incidents. The kind of incident takes the bits below.
const EFFECT: u64 = 16;

impl World<'_> {
    /// Schedules the first incident of each kind and provider.
    pub fn schedule_incidents(&mut self) {
        if self
            .parameters
            .incident
            .is_none_or(|rules| rules.strength <= 0.0)
        {
            return;
        }
        for lab in self.state.labs.ids().collect::<Vec<_>>() {
            for kind in [
                IncidentKind::Outage,
                IncidentKind::Security,
                IncidentKind::Failure,
            ] {
                self.schedule_incident(Context::START, Provider::Lab(lab), kind, 0);
            }
        }
        for cloud in self.state.clouds.ids().collect::<Vec<_>>() {
            let kind = IncidentKind::Outage;
            self.schedule_incident(Context::START, Provider::Cloud(cloud), kind, 0);
        }
    }

    /// Returns the stream key of the times (aspect 0) or effects ([`EFFECT`]) of a provider's incidents.
    fn incident_key(&self, provider: Provider, kind: IncidentKind, aspect: u64) -> u64 {
        let name = match provider {
            Provider::Lab(lab) => self.lab_name(lab),
            Provider::Cloud(cloud) => self.cloud_name(cloud),
        };
        key_of_aspect(name, aspect | u64::from(kind as u8))
    }

    fn schedule_incident(
        &mut self,
        cx: Context,
        provider: Provider,
        kind: IncidentKind,
        ordinal: u32,
    ) {
        let Some(rules) = self.parameters.incident else {
            return;
        };
        let rate = rules.strength
            * match (provider, kind) {
                (Provider::Lab(lab), IncidentKind::Outage) => self.state.labs[lab].outage_rate,
                (Provider::Lab(lab), IncidentKind::Security) => self.state.labs[lab].security_rate,
                (Provider::Lab(lab), IncidentKind::Failure) => self.state.labs[lab].failure_rate,
                (Provider::Cloud(cloud), _) => self.state.clouds[cloud].outage_rate,
            };
        if rate <= 0.0 {
            return;
        }
        let key = self.incident_key(provider, kind, 0);
        let mut stream = self.streams.stream(Purpose::Incident, key, ordinal);
        let wait = stream.exponential() * 365.25 / rate;
        self.schedule(
            cx,
            cx.time + Span::from_days(wait),
            Event::Incident(provider, kind, ordinal),
        );
    }

    /// Handles an incident: perceived risk jumps, an outage leaves tokens unserved, and customers who notice look
    /// elsewhere.
    pub fn on_incident(
        &mut self,
        cx: Context,
        provider: Provider,
        kind: IncidentKind,
        ordinal: u32,
    ) {
        let time = cx.time;
        let Some(rules) = self.parameters.incident else {
            return;
        };
        self.schedule_incident(cx, provider, kind, ordinal + 1);
        if let Provider::Lab(lab) = provider
            && !self.is_trading(lab)
        {
            return;
        }
        let key = self.incident_key(provider, kind, EFFECT);
        let mut stream = self.streams.stream(Purpose::Incident, key, ordinal);
        let severity = stream.lognormal(1.0, rules.sigma);
        let reach = (rules.reach * stream.lognormal(1.0, rules.sigma)).min(1.0);
        self.state
            .risk
            .fade(time, self.parameters.trust.risk_half_life);
        let base = match kind {
            IncidentKind::Outage => rules.outage_risk,
            IncidentKind::Security => rules.security_risk,
            IncidentKind::Failure => rules.failure_risk,
        };
        let jump = base * severity * reach;
        let hours = if kind == IncidentKind::Outage {
            (rules.outage_hours * severity).min(rules.outage_hours_max) * reach
        } else {
            0.0
        };
        let until = time + Span::from_days(self.parameters.choice.notice_span);
        let is_noticed = jump >= rules.notice * rules.reach;
        let name = match provider {
            Provider::Lab(lab) => {
                let index = lab.index();
                self.state.risk.lab[index] += jump;
                self.state.risk.lab_down[index] += hours / 24.0;
                self.state.risk.lab_hours[index] += hours;
                if is_noticed {
                    self.view.lab_notice[index] = until;
                    self.view.lab_alarm[index] = until;
                }
                self.lab_name(lab)
            }
            Provider::Cloud(cloud) => {
                let index = cloud.index();
                self.state.risk.cloud[index] += jump;
                self.state.risk.cloud_down[index] += hours / 24.0;
                self.state.risk.cloud_hours[index] += hours;
                if is_noticed {
                    self.view.cloud_notice[index] = until;
                }
                self.cloud_name(cloud)
            }
        };
        let what = match (provider, kind) {
            (Provider::Cloud(_), _) => "cloud-outage",
            (_, IncidentKind::Outage) => "lab-outage",
            (_, IncidentKind::Security) => "security-incident",
            (_, IncidentKind::Failure) => "model-failure",
        };
        self.note(cx, what, name, jump);
        if is_noticed {
            self.update_segment_weights();
            self.mark_changed();
        }
    }

    /// Returns the share of a month's spend with a provider that it refunds for `hours` of outage.
    #[must_use]
    pub fn sla_share(&self, hours: f64) -> f64 {
        let Some(rules) = self.parameters.incident else {
            return 0.0;
        };
        (hours / crate::base::units::HOURS_PER_MONTH * rules.sla_credit).min(1.0)
    }
}
