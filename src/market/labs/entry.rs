//! Entry: a lab enters at an uncertain date with uncertain capability and chooses a home cloud. Also keeps the offers
//! on sale up to date.

use rand_distr::Distribution;
use rand_distr::weighted::WeightedAliasIndex;

use crate::base::ids::{CloudId, Id};
use crate::base::rng::{Purpose, key_of};
use crate::base::time::{SimTime, Span};
use crate::base::units::{DAYS_PER_MONTH, Usd};
use crate::economics::choice::logit_shares;
use crate::ledger::Flow;
use crate::market::state::entrant::Entrant;
use crate::market::state::holdings::Status;
use crate::market::{Context, Event, World};
use crate::scenario::quantity::Draws;

impl World<'_> {
    /// Draws which labs enter and when, and schedules their entries.
    pub fn schedule_entries(&mut self, draws: &Draws) {
        for (index, spec) in self.scenario.entry.iter().enumerate() {
            let mut stream = self
                .streams
                .stream(Purpose::Entry, key_of(&spec.name.text), 0);
            let enters = stream.is_hit(spec.probability.draw(draws));
            let date = SimTime::START + Span::from_days(spec.date.draw(draws) * DAYS_PER_MONTH);
            let lab = spec.lab.id();
            let pull = (self.state.clouds.ids())
                .map(|cloud| spec.clouds.get(cloud).map(|pull| pull.draw(draws)))
                .collect();
            self.state.entrants.push(Entrant {
                lab,
                date: enters.then_some(date),
                capability: spec.capability.draw(draws),
                pull,
                neutrality: spec.neutrality.draw(draws),
                multi_home_days: spec.multi_home.draw(draws) * DAYS_PER_MONTH,
                cash: self.scenario.lab[lab.index()].cash.draw(draws),
                home: None,
                is_everywhere: false,
            });
            if enters {
                self.schedule(Context::START, date, Event::Entry(index));
            }
        }
    }

    /// Handles an entry: the lab chooses a home cloud by neutrality, rent and pull, brings models and cash, and starts
    /// to sell.
    pub fn on_entry(&mut self, cx: Context, index: usize) {
        let time = cx.time;
        let entrant = self.state.entrants[index].clone();
        let lab = entrant.lab;
        let name = self.lab_name(lab);
        let utilities: Vec<f64> = self
            .state
            .clouds
            .iter()
            .zip(&entrant.pull)
            .map(|(cloud, pull)| {
                pull.map_or(f64::NEG_INFINITY, |pull| {
                    pull + entrant.neutrality * cloud.credibility
                        - cloud.rent_contract / self.parameters.rent.contract
                })
            })
            .collect();
        let mut stream = self.streams.stream(Purpose::Entry, key_of(name), 1);
        // The alias method uses arithmetic only, so that its draws are equal on every machine.
        let shares = WeightedAliasIndex::new(logit_shares(&utilities));
        let home = shares
            .expect("shares are not negative and not all zero")
            .sample(&mut stream);
        self.state.finance.labs[lab.index()].status = Status::Going;
        self.state.entrants[index].home = Some(CloudId::from_index(home));
        let mut hosts = vec![0.0; self.state.clouds.len()];
        hosts[home] = 1.0;
        self.state.labs[lab].hosts_at_start.clone_from(&hosts);
        self.state.labs[lab].hosts = hosts;
        for model in self.catalog.models_of[lab].clone() {
            let tier = self.catalog.tier_of[model];
            let best = self
                .state
                .models
                .enumerate()
                .filter(|(other, _)| {
                    self.catalog.tier_of[*other] == tier && self.catalog.lab_of[*other] != lab
                })
                .map(|(_, other)| other.capability)
                .fold(f64::NEG_INFINITY, f64::max);
            if best.is_finite() {
                self.state.models[model].capability = best + entrant.capability;
            }
        }
        self.books.ledger.transfer(
            Flow::Equity,
            self.books.accounts.market,
            self.books.accounts.labs[lab.index()],
            Usd::from_f64(entrant.cash),
        );
        self.state.labs[lab].last_release = time;
        self.schedule_release(cx, lab);
        if entrant.multi_home_days.is_finite() {
            self.schedule(
                cx,
                time + Span::from_days(entrant.multi_home_days),
                Event::EntrySpread(index),
            );
        }
        self.refresh_offers(time);
        self.mark_changed();
        #[expect(clippy::cast_precision_loss, reason = "few clouds")]
        let value = home as f64;
        self.note(cx, "entry", name, value);
    }

    /// Handles the spread of an entrant: all other clouds start to sell its models.
    pub fn on_entry_spread(&mut self, cx: Context, index: usize) {
        let time = cx.time;
        self.state.entrants[index].is_everywhere = true;
        let lab = self.state.entrants[index].lab;
        self.refresh_offers(time);
        self.mark_changed();
        self.note(cx, "entry-spread", self.lab_name(lab), 0.0);
    }

    /// Handles the end of an exclusive right that is renegotiated, breached or struck down.
    pub fn on_right_broken(&mut self, cx: Context, index: usize) {
        let time = cx.time;
        self.refresh_offers(time);
        self.mark_changed();
        let name = &self.scenario.exclusivity[index].name.text;
        self.note(cx, "right-broken", name, 0.0);
    }

    /// Updates the offers on sale at `time`: applies their dates, exclusive rights and broken rights, and removes
    /// offers of labs that have not entered or have closed.
    pub fn refresh_offers(&mut self, time: SimTime) {
        for (id, offer) in self.catalog.offers.enumerate() {
            let mut is_open = offer.is_on_sale_with(time, &self.state.broken_at);
            if let Some(lab) = offer.lab {
                is_open &= self.is_trading(lab);
                if let Some(entrant) = self.state.entrants.iter().find(|e| e.lab == lab) {
                    is_open &= entrant.is_everywhere
                        || offer.cloud.is_none()
                        || offer.cloud == entrant.home;
                }
            }
            self.view.on_sale[id.index()] = is_open;
        }
    }
}
