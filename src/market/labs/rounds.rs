//! Funding of labs: promised tranches, and rounds that close, fall short or fail.

use crate::base::ids::{Id, LabId, PartyId};
use crate::base::rng::{Purpose, key_of, key_of_aspect};
use crate::base::time::{SimTime, Span};
use crate::base::units::Usd;
use crate::economics::funding::round_failure;
use crate::economics::hazard::time_within;
use crate::economics::ownership::dilution;
use crate::ledger::Flow;
use crate::market::{Context, Event, World};
use crate::scenario::quantity::Draws;
use crate::scenario::records::Trigger;

impl World<'_> {
    /// Schedules tranches: firm ones on their date, conditional ones at a drawn date if their condition is met.
    pub fn schedule_tranches(&mut self, draws: &Draws) {
        let calendar = &self.catalog.calendar;
        let mut due = Vec::new();
        for (index, spec) in self.scenario.tranche.iter().enumerate() {
            let Some(from) = &spec.from else { continue };
            let from = calendar.time_of(from.date).max(SimTime::START);
            let until = calendar.time_of(spec.until.date);
            let time = if spec.trigger == Trigger::Firm {
                Some(from)
            } else {
                let chance = spec.probability.as_ref().map_or(0.0, |p| p.draw(draws));
                let mut stream = self
                    .streams
                    .stream(Purpose::Finance, key_of(&spec.name.text), 0);
                time_within(chance, (until - from).days(), stream.uniform())
                    .map(|days| from + Span::from_days(days))
            };
            if let Some(time) = time {
                due.push((time, index));
            }
        }
        for (time, index) in due {
            self.schedule(Context::START, time, Event::Tranche(index));
        }
    }

    /// Handles a promised tranche: pays it, and issues the holder its share of the lab.
    pub fn on_tranche(&mut self, cx: Context, index: usize) {
        let spec = &self.scenario.tranche[index];
        let lab = spec.lab.id().index();
        // A lab that is cut off from funding gets no conditional tranche; firm ones are still paid.
        let is_refused = self.state.finance.labs[lab].is_cut_off && spec.trigger != Trigger::Firm;
        if is_refused || !self.is_trading(LabId::from_index(lab)) {
            return;
        }
        let amount = self.parameters.tranche_amount[index];
        let holder = spec.holder.id().index();
        self.invest(lab, &[(holder, amount)]);
        self.note(cx, "tranche", &spec.name.text, amount);
        self.answer_deal(cx, holder, LabId::from_index(lab), amount);
    }

    /// Turns holders' money into cash of a lab and stakes in it. `parts` are pairs of holder and USD; an index past the
    /// last holder is the open market.
    pub(in crate::market) fn invest(&mut self, lab: usize, parts: &[(usize, f64)]) {
        let clouds = self.state.clouds.len();
        let total: f64 = parts.iter().map(|(_, usd)| usd).sum();
        if total <= 0.0 {
            return;
        }
        let (bought, _) = dilution(self.valuation(lab).max(total), total);
        let mut weights = Vec::new();
        for (holder, usd) in parts {
            let is_market = *holder == self.state.finance.parties();
            let own =
                (!is_market).then(|| self.books.accounts.holders[PartyId::from_index(*holder)]);
            let account = own.flatten().unwrap_or(self.books.accounts.market);
            let amount = Usd::from_f64(*usd);
            self.books.ledger.transfer(
                Flow::Equity,
                account,
                self.books.accounts.labs[lab],
                amount,
            );
            if *holder < clouds {
                self.state.finance.invested[*holder] += amount.to_f64();
            }
            if !is_market {
                weights.push((*holder, usd / total));
            }
        }
        self.state.finance.issue(clouds + lab, bought, &weights);
        self.update_bias();
        self.mark_changed();
    }

    /// Handles the close of a funding round. The round may fail, the more likely the more the lab burns and the further
    /// its value has fallen. Otherwise its amount covers the lab's need, as far as the largest dilution allowed, holders
    /// and the open market permit.
    pub fn on_round_close(&mut self, cx: Context, lab: LabId) {
        let Some(rules) = self.parameters.finance else {
            return;
        };
        let index = lab.index();
        self.state.finance.labs[index].is_raising = false;
        if self.state.finance.labs[index].is_cut_off || !self.is_trading(lab) {
            return;
        }
        let value = self.valuation(index);
        let finance = &self.state.finance.labs[index];
        let most = rules.max_dilution / (1.0 - rules.max_dilution).max(0.01) * value;
        let amount = (finance.burn * rules.round).min(most);
        if amount <= 0.0 {
            return;
        }
        let last = finance.last_value;
        let drawdown = if last > 0.0 {
            libm::log(last / value.max(1.0))
        } else {
            0.0
        };
        let risks = [rules.burn_risk, rules.drawdown_risk];
        let chance = round_failure(rules.round_failure, -finance.margin(), drawdown, risks);
        let key = key_of_aspect(self.lab_name(lab), u64::from(finance.months));
        if self.streams.stream(Purpose::Finance, key, 2).is_hit(chance) {
            self.note(cx, "round-failed", self.lab_name(lab), chance);
            return;
        }
        let parts = self.parts_of_round(lab, amount, drawdown);
        let raised: f64 = parts.iter().map(|(_, usd)| usd).sum();
        if raised <= 0.0 {
            self.note(cx, "round-failed", self.lab_name(lab), chance);
            return;
        }
        self.invest(index, &parts);
        self.state.finance.labs[index].last_value = value + raised;
        self.note(cx, "round", self.lab_name(lab), raised);
    }

    /// Returns true if a holder may not add to its stake in a lab.
    fn is_at_limit(&self, holder: usize, lab: LabId) -> bool {
        let place = (holder, self.state.clouds.len() + lab.index());
        self.state.finance.holdings[place] >= self.state.finance.limits[place]
    }

    /// Returns who pays what in a round of `amount`, USD: holders take up their part, or less of it where the lab's value
    /// has fallen, and none at their limit. The open market takes up the rest, as far as it has money left.
    fn parts_of_round(&mut self, lab: LabId, amount: f64, drawdown: f64) -> Vec<(usize, f64)> {
        let insiders = self.parameters.finance.map_or(0.0, |rules| rules.insiders);
        let node = self.state.clouds.len() + lab.index();
        let nodes = self.state.finance.parties();
        let strategic: Vec<(usize, f64)> = (0..nodes)
            .filter(|holder| !self.state.finance.failed[*holder])
            .filter(|holder| self.books.accounts.holders[PartyId::from_index(*holder)].is_some())
            .map(|holder| (holder, self.state.finance.holdings[(holder, node)]))
            .filter(|(_, held)| *held > 0.0)
            .collect();
        let held: f64 = strategic.iter().map(|(_, held)| held).sum();
        let willing = libm::exp(-drawdown.max(0.0));
        let inside = if held > 0.0 { insiders * willing } else { 0.0 };
        let (mut parts, mut declined) = (Vec::new(), 0.0);
        for (holder, part) in strategic {
            let usd = amount * inside * part / held;
            if self.is_at_limit(holder, lab) {
                declined += usd;
            } else {
                parts.push((holder, usd));
            }
        }
        let market = (amount * (1.0 - inside) + declined).min(self.state.finance.market_left);
        self.state.finance.market_left -= market;
        parts.push((nodes, market));
        parts
    }
}
