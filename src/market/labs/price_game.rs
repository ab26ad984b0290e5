//! Price game: demand for models as sellers see it, and the sellers with their costs, fees and stakes in each other.

use nalgebra::DMatrix;

use crate::base::ids::{CloudId, Id, LabId, ModelId, OfferId};
use crate::base::time::SimTime;
use crate::economics::ownership::profit_weights;
use crate::economics::pricing::{Demand, ObservedClass, ObservedDemand, RaisedDemand, Sellers};
use crate::market::World;
use crate::market::clouds::clearing::mtok_of;
use crate::market::state::Route;
use crate::market::state::actors::Cloud;
use crate::market::state::holdings::Status;
use crate::scenario::records::{Books, Interest, PricePolicy, ShareBase};

/// Price of a model and the costs at which it would be optimal, as its lab sees demand.
///
/// Customers look around more often when a price rises, so that demand has a kink at the present price. The price is
/// optimal for every cost from the one that the response to a cut implies to the one that the response to a rise
/// implies.
#[derive(Clone, Copy, Debug)]
pub struct PriceStatics {
    /// Model.
    pub model: ModelId,
    /// List price, USD per Mtok.
    pub price: f64,
    /// Share of the list price that the lab keeps.
    pub kept: f64,
    /// Cost of compute that the lab bears, USD per Mtok.
    pub cost: f64,
    /// Cost at which all prices of the lab would be optimal by the response to a cut, USD per Mtok: at a lower cost, a
    /// cut pays.
    pub implied_cut: f64,
    /// Cost at which all prices of the lab would be optimal by the response to a rise, USD per Mtok: at a higher cost, a
    /// rise pays.
    pub implied_rise: f64,
    /// Elasticity of the lab's tokens to a cut of all its list prices.
    pub elasticity: f64,
}

/// Terms on which a lab sells a model, over its channels.
struct SalesTerms {
    /// Share of list price that the lab keeps.
    kept: f64,
    /// Share of the sales for which the lab pays the compute.
    borne: f64,
}

impl World<'_> {
    /// Returns demand for models as sellers see it: buyer classes by task and price sensitivity, nests by lab.
    ///
    /// At present list prices it gives the tokens that the simulated customers use. A price changes the mix within its
    /// lab at once, as in the market. `response` gives, by lab, the part of the moves between labs under a fresh choice
    /// that takes place within the seller's horizon. Usage responds to the task's price index.
    pub(in crate::market) fn product_demand(&self, response: Vec<f64>) -> ObservedDemand {
        let dims = self.parameters.dims;
        let usage: Vec<Vec<f64>> = (0..dims.tasks)
            .map(|task| self.usage_elasticities(task))
            .collect();
        let tokens = self.tokens_by_model();
        let classes = tokens
            .chunks(dims.models)
            .enumerate()
            .map(|(group, tokens)| ObservedClass {
                sensitivity: self.parameters.sensitivity[group % dims.classes],
                quantity: tokens.to_vec(),
                usage: usage[group / dims.classes].clone(),
            });
        ObservedDemand {
            classes: classes.collect(),
            nest: self.catalog.lab_of.iter().map(|lab| lab.index()).collect(),
            response,
            prices: self.list_prices(),
        }
    }

    /// Returns list prices by model, USD per Mtok.
    pub(in crate::market) fn list_prices(&self) -> Vec<f64> {
        self.state
            .models
            .iter()
            .map(|model| model.list_price)
            .collect()
    }

    /// Returns the elasticity of a task's usage to each model's list price.
    fn usage_elasticities(&self, task: usize) -> Vec<f64> {
        let mut elasticities = self.index_weights(task);
        for elasticity in &mut elasticities {
            *elasticity *= self.parameters.demand.price_elasticity;
        }
        elasticities
    }

    /// Returns the tokens that customers demand by (group, model), Mtok a day. Self-hosted tokens are left out.
    fn tokens_by_model(&self) -> Vec<f64> {
        let dims = self.parameters.dims;
        let mut tokens = vec![0.0; dims.groups() * dims.models];
        let rates = &self.books.demand.group_rate;
        for (block, rates) in rates.chunks(dims.offers).enumerate() {
            let group = block % dims.groups();
            let intensity = self.view.intensity[group / dims.classes];
            for ((id, offer), rate) in self.catalog.offers.enumerate().zip(rates) {
                if *rate == 0 || offer.route == Route::SelfHost {
                    continue;
                }
                let mtok = mtok_of(*rate) * intensity * self.view.lab_growth_of(offer);
                let shares = self.view.mixes.shares_of(block, id, self.catalog);
                for (lane, share) in offer.lanes.iter().zip(shares) {
                    let model = self.catalog.lanes[*lane].model.index();
                    tokens[group * dims.models + model] += mtok * share;
                }
            }
        }
        tokens
    }

    /// Returns the price game at `time`: demand for models, and the sellers with their costs, fees and weights on each
    /// other's profits.
    #[must_use]
    pub fn price_game(&self, time: SimTime) -> (ObservedDemand, Sellers) {
        let response = self.state.labs.iter().map(|lab| lab.price_response);
        let sellers = self.sellers(time, self.scenario_interest());
        (self.product_demand(response.collect()), sellers)
    }

    /// Returns the prices of closed models at `time`, with the costs at which they would be optimal. `kink` is, by lab,
    /// the elasticity that a rise of all its prices adds to that of a cut.
    #[must_use]
    pub fn price_statics(&self, time: SimTime, kink: &[f64]) -> Vec<PriceStatics> {
        let (demand, sellers) = self.price_game(time);
        let prices = self.list_prices();
        let raised = RaisedDemand::new(&demand, kink.to_vec());
        let (Some(cut), Some(rise)) = (
            sellers.implied_costs(&demand, &prices),
            sellers.implied_costs(&raised, &prices),
        ) else {
            return Vec::new();
        };
        let response = demand.response(&prices);
        let lab_elasticity = |lab: LabId| {
            let models = &self.catalog.models_of[lab];
            let own: Vec<usize> = models.iter().map(|id| id.index()).collect();
            response.joint_elasticity(&own)
        };
        let statics = self
            .catalog
            .lab_of
            .enumerate()
            .map(|(model, lab)| PriceStatics {
                model,
                price: prices[model.index()],
                kept: 1.0 - sellers.fee[model.index()],
                cost: sellers.cost[model.index()],
                implied_cut: cut[model.index()],
                implied_rise: rise[model.index()],
                elasticity: lab_elasticity(*lab),
            });
        statics
            .filter(|of| {
                let lab = self.catalog.lab_of[of.model];
                !self.catalog.is_open[lab] && response.shares[of.model.index()] > 0.0
            })
            .collect()
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
        let (mut fee, mut cost, mut floor) = (Vec::new(), Vec::new(), Vec::new());
        for (id, tier) in self.catalog.tier_of.enumerate() {
            let terms = self.sales_terms(id, time);
            let marginal = self.marginal_cost(id, time);
            fee.push(1.0 - terms.kept);
            cost.push(terms.borne * marginal);
            // Nobody serves a model at a price below the cost of its compute, whoever pays that.
            floor.push(marginal / self.parameters.tiers[*tier].realised.max(0.01));
        }
        let is_free = (self.catalog.lab_of.iter())
            .map(|lab| {
                self.state.labs[*lab].pricing == PricePolicy::BestResponse
                    && self.is_trading(*lab)
                    && self.state.finance.labs[lab.index()].status != Status::Distressed
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

    /// Returns what a lab keeps of its sales of a model, after discounts and clouds' shares, and how much of their
    /// compute it pays: where the cloud books a sale, the cloud pays.
    fn sales_terms(&self, model: ModelId, time: SimTime) -> SalesTerms {
        let realised = self.parameters.tiers[self.catalog.tier_of[model]].realised;
        let lab = self.catalog.lab_of[model];
        if self.catalog.owner[lab].is_some() || self.catalog.is_open[lab] {
            return SalesTerms {
                kept: realised,
                borne: 1.0,
            };
        }
        let price = self.state.models[model].list_price * realised;
        let gross = (1.0 - self.compute_cost(model, time) / price.max(1e-9)).clamp(0.0, 1.0);
        let (mut taken, mut borne, mut sold) = (0.0, 0.0, 0.0);
        for (channel, terms) in self.catalog.terms.iter().enumerate() {
            let offer = &self.catalog.offers[OfferId::from_index(channel)];
            if offer.lab != Some(lab) || !self.view.on_sale[channel] {
                continue;
            }
            let weight = self.state.channel_weight[channel];
            sold += weight;
            let Some(cloud) = offer.cloud else {
                borne += weight;
                continue;
            };
            let base = match terms.base {
                ShareBase::Revenue => 1.0,
                ShareBase::GrossProfit => gross,
            };
            let share = terms
                .contract
                .map_or(0.0, |c| self.parameters.channel_share[c]);
            match terms.books {
                Books::Lab => {
                    taken += weight * base * self.cloud_take(share, lab, cloud.index());
                    borne += weight;
                }
                Books::Cloud => {
                    taken += weight * (1.0 - base * self.lab_take(share, lab, cloud.index()));
                }
            }
        }
        let (mut part, borne) = if sold > 0.0 {
            (taken / sold, borne / sold)
        } else {
            (0.0, 1.0)
        };
        for (index, share) in self.scenario.channel_share.iter().enumerate() {
            if share.all_revenue.unwrap_or(false) && share.lab.is(lab) {
                part += self.parameters.channel_share[index] * (1.0 - part);
            }
        }
        let kept = realised * (1.0 - part.clamp(0.0, 0.95));
        SalesTerms { kept, borne }
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

    /// Returns the compute cost of a model at its hosts' contract rents, USD per Mtok.
    #[must_use]
    pub fn compute_cost(&self, model: ModelId, time: SimTime) -> f64 {
        self.hosted_cost(model, time, |_, cloud| cloud.rent_contract)
    }

    /// Returns the cost of another million tokens of a model to its seller, USD: compute at its hosts' contract rents, or
    /// at the cost of its owner's fleet. Hosts that are short of capacity add a shadow price of it: a weighted part of
    /// the excess of the spot rent over that cost.
    #[must_use]
    pub fn marginal_cost(&self, model: ModelId, time: SimTime) -> f64 {
        let weight = self.parameters.pricing.map_or(0.0, |rules| rules.scarcity);
        let owner = self.catalog.owner[self.catalog.lab_of[model]];
        self.hosted_cost(model, time, |id, cloud| {
            let paid = if owner == Some(id) {
                cloud.unit_cost
            } else {
                cloud.rent_contract
            };
            let short = (cloud.pressure - 1.0).clamp(0.0, 1.0);
            paid + weight * short * (cloud.rent_spot - paid).max(0.0)
        })
    }

    /// Returns the cost of a million tokens of a model at the cost of an hour that `hourly` gives, over its hosts, USD.
    fn hosted_cost(
        &self,
        model: ModelId,
        time: SimTime,
        hourly: impl Fn(CloudId, &Cloud) -> f64,
    ) -> f64 {
        let hosts = &self.state.labs[self.catalog.lab_of[model]].hosts;
        let (mut cost, mut total) = (0.0, 0.0);
        for ((id, cloud), part) in self.state.clouds.enumerate().zip(hosts) {
            cost += part * hourly(id, cloud);
            total += part;
        }
        if total > 0.0 {
            self.model_hours(model, time) * cost / total
        } else {
            0.0
        }
    }
}
