//! Price game: demand for models as sellers see it, and the sellers with their costs, fees and stakes in each other.

use nalgebra::DMatrix;

use crate::base::ids::{Id, LabId, ModelId, OfferId};
use crate::base::time::SimTime;
use crate::economics::ownership::profit_weights;
use crate::economics::pricing::{BuyerClass, ProductDemand, Sellers};
use crate::market::World;
use crate::market::state::holdings::Status;
use crate::scenario::records::{Books, Interest, PricePolicy, ShareBase};

impl World<'_> {
    /// Returns demand for models as sellers see it: buyer classes by task and price sensitivity, nests by lab.
    /// `outside` shifts the utility of all models by group, against buying nothing; with `None` every buyer buys.
    pub(in crate::market) fn product_demand(
        &self,
        time: SimTime,
        outside: Option<&[f64]>,
    ) -> ProductDemand {
        let dims = self.parameters.dims;
        let mut classes = Vec::with_capacity(dims.groups());
        let values = self.model_values(time);
        for task in 0..dims.tasks {
            for class in 0..dims.classes {
                let group = dims.group(task, class);
                let sensitivity = self.parameters.sensitivity[class]
                    / self.parameters.tasks[task].reference_price;
                let value = self
                    .state
                    .models
                    .enumerate()
                    .map(|(id, model)| {
                        let lab = self.catalog.lab_of[id];
                        if !self.is_trading(lab) {
                            return -700.0;
                        }
                        self.state.mean.lab[lab.index()]
                            + values[group * dims.models + id.index()]
                            + sensitivity * model.list_price
                            + outside.map_or(0.0, |shift| shift[group])
                    })
                    .collect();
                classes.push(BuyerClass {
                    weight: self.group_tokens(group).max(1e-9),
                    sensitivity,
                    value,
                });
            }
        }
        ProductDemand {
            classes,
            nest: self.catalog.lab_of.iter().map(|lab| lab.index()).collect(),
            rho: self.parameters.choice.nesting.min(0.95),
            has_outside: outside.is_some(),
        }
    }

    /// Returns the tokens that a group demands at present intensity, Mtok a day.
    fn group_tokens(&self, group: usize) -> f64 {
        let dims = self.parameters.dims;
        let intensity = self.view.intensity[group / dims.classes];
        let regimes = self.books.demand.group_rate.len() / (dims.groups() * dims.offers);
        let mut rate = 0_i64;
        for regime in 0..regimes {
            let start = (regime * dims.groups() + group) * dims.offers;
            rate += self.books.demand.group_rate[start..start + dims.offers]
                .iter()
                .sum::<i64>();
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "fifteen digits of tokens are plenty"
        )]
        let mtok = rate as f64 * 1e-6 * intensity;
        mtok
    }

    /// Returns the price game at `time`: demand for models, and the sellers with their costs, fees and weights on each
    /// other's profits.
    #[must_use]
    pub fn price_game(&self, time: SimTime) -> (ProductDemand, Sellers) {
        let sellers = self.sellers(time, self.scenario_interest());
        (
            self.product_demand(time, Some(&self.state.anchors.outside)),
            sellers,
        )
    }

    /// Returns the sellers of a game in which clouds weigh labs' profits by their stakes, even if the scenario's prices
    /// ignore stakes.
    pub(in crate::market) fn silent_game(&self, time: SimTime) -> Sellers {
        self.sellers(time, Interest::Silent)
    }

    fn sellers(&self, time: SimTime, interest: Interest) -> Sellers {
        let clouds = self.state.clouds.len();
        let firm = self
            .catalog
            .lab_of
            .iter()
            .map(|lab| {
                self.catalog.owner[*lab]
                    .or(self.state.finance.labs[lab.index()].buyer)
                    .map_or(clouds + lab.index(), Id::index)
            })
            .collect();
        let fee = self
            .state
            .models
            .enumerate()
            .map(|(id, _)| 1.0 - self.kept_share(id, time))
            .collect();
        let cost = self
            .state
            .models
            .enumerate()
            .map(|(id, _)| {
                self.compute_cost(id, time, true)
                    + self
                        .state
                        .anchors
                        .shadow
                        .get(id.index())
                        .copied()
                        .unwrap_or(0.0)
            })
            .collect();
        let is_free = self
            .catalog
            .lab_of
            .iter()
            .map(|lab| {
                self.state.labs[*lab].pricing == PricePolicy::BestResponse
                    && self.is_trading(*lab)
                    && self.state.finance.labs[lab.index()].status != Status::Distressed
            })
            .collect();
        // No model is sold further below its compute cost than at the start.
        let floor = self
            .state
            .models
            .enumerate()
            .map(|(id, _)| {
                let cover = self
                    .state
                    .anchors
                    .cover
                    .get(id.index())
                    .copied()
                    .unwrap_or(1.0);
                cover * self.compute_cost(id, time, false) / self.kept_share(id, time).max(0.01)
            })
            .collect();
        Sellers {
            firm,
            kappa: self.price_weights(interest),
            fee,
            cost,
            is_free,
            floor,
        }
    }

    /// Returns the weights of firms (clouds, then labs) on each other's profits.
    fn price_weights(&self, interest: Interest) -> DMatrix<f64> {
        let clouds = self.state.clouds.len();
        let firms = clouds + self.state.labs.len();
        if interest == Interest::Off || self.state.regulation.has_firewall() {
            return DMatrix::identity(firms, firms);
        }
        // One investor stands for the holders of each firm; a cloud's investor also owns the cloud's stakes in labs.
        let mut cash = DMatrix::identity(firms, firms);
        for lab in clouds..firms {
            let mut rest = 1.0;
            for cloud in 0..clouds {
                let held = self.state.finance.looked[(cloud, lab)].min(1.0);
                cash[(cloud, lab)] = held;
                rest -= held;
            }
            cash[(lab, lab)] = rest.max(0.0);
        }
        let mut control = DMatrix::identity(firms, firms);
        if interest == Interest::Full {
            for lab in clouds..firms {
                if let Some(patron) = self.state.finance.patron(clouds, lab - clouds) {
                    control[(lab, lab)] = 0.0;
                    control[(patron, lab)] = 1.0;
                }
            }
        }
        profit_weights(&control, &cash)
    }

    fn scenario_interest(&self) -> Interest {
        self.scenario
            .pricing
            .as_ref()
            .map_or(Interest::Off, |spec| spec.ownership)
    }

    /// Returns the share of list price that a lab keeps after discounts and clouds' take of its sales.
    pub(in crate::market) fn kept_share(&self, model: ModelId, time: SimTime) -> f64 {
        let realised = self.parameters.tiers[self.catalog.tier_of[model]].realised;
        let lab = self.catalog.lab_of[model];
        if self.catalog.owner[lab].is_some() || self.catalog.is_open[lab] {
            return realised;
        }
        let price = self.state.models[model].list_price * realised;
        let gross = (1.0 - self.compute_cost(model, time, false) / price.max(1e-9)).clamp(0.0, 1.0);
        let (mut taken, mut sold) = (0.0, 0.0);
        for (channel, terms) in self.catalog.terms.iter().enumerate() {
            let offer = &self.catalog.offers[OfferId::from_index(channel)];
            let (Some(seller), true) = (offer.lab, self.view.on_sale[channel]) else {
                continue;
            };
            if seller != lab {
                continue;
            }
            let weight = self.state.channel_weight[channel];
            sold += weight;
            let Some(cloud) = offer.cloud else { continue };
            let base = match terms.base {
                ShareBase::Revenue => 1.0,
                ShareBase::GrossProfit => gross,
            };
            let share = terms
                .contract
                .map_or(0.0, |c| self.parameters.channel_share[c]);
            let part = match terms.books {
                Books::Lab => base * self.cloud_take(share, lab, cloud.index()),
                // The cloud books the sale and bears the compute cost; the lab receives its share of the base.
                Books::Cloud => 1.0 - base * self.lab_take(share, lab, cloud.index()),
            };
            taken += weight * part;
        }
        let mut part = if sold > 0.0 { taken / sold } else { 0.0 };
        for (index, share) in self.scenario.channel_share.iter().enumerate() {
            if share.all_revenue.unwrap_or(false) && share.lab.is(lab) {
                part += self.parameters.channel_share[index] * (1.0 - part);
            }
        }
        realised * (1.0 - part.clamp(0.0, 0.95))
    }

    /// Returns a cloud's take rate on a lab's sales, including additions by renegotiation.
    #[must_use]
    pub fn cloud_take(&self, share: f64, lab: LabId, cloud: usize) -> f64 {
        (share + self.state.finance.labs[lab.index()].extra_take[cloud]).min(0.95)
    }

    /// Returns the share that a lab keeps of a cloud's sales of its models, less reductions by renegotiation.
    #[must_use]
    pub fn lab_take(&self, share: f64, lab: LabId, cloud: usize) -> f64 {
        (share - self.state.finance.labs[lab.index()].extra_take[cloud]).max(0.0)
    }

    /// Returns the compute cost of a model at its hosts' contract rents, USD per Mtok. `with_scarcity` adds a shadow
    /// price of capacity at hosts that are short of it: a weighted part of the excess of spot over contract rent.
    #[must_use]
    pub fn compute_cost(&self, model: ModelId, time: SimTime, with_scarcity: bool) -> f64 {
        let hours = self.model_hours(model, time);
        let lab = self.catalog.lab_of[model];
        let weight = self.parameters.pricing.map_or(0.0, |rules| rules.scarcity);
        let hosts = &self.state.labs[lab].hosts;
        let (mut cost, mut total) = (0.0, 0.0);
        for (cloud, part) in self.state.clouds.iter().zip(hosts) {
            let mut rent = cloud.rent_contract;
            if with_scarcity {
                let short = (cloud.pressure - 1.0).clamp(0.0, 1.0);
                rent += weight * short * (cloud.rent_spot - cloud.rent_contract).max(0.0);
            }
            cost += part * rent;
            total += part;
        }
        if total > 0.0 {
            hours * cost / total
        } else {
            0.0
        }
    }
}
