//! View: the market as agents see it, which is the last publication.

use crate::base::ids::Id;
use crate::base::time::SimTime;
use crate::economics::choice::Nests;
use crate::market::law::{RouterRules, Rules};
use crate::market::state::{Mixes, Offer, Route};

/// View of the market that agents act on, published at clearings.
#[derive(Clone, Debug)]
pub struct View {
    /// Time of the publication.
    pub time: SimTime,
    /// Weights `exp(V / lambda)` by (regime, segment, group, [place](crate::market::catalog::nests)), without the
    /// factors for taste, home cloud and congestion.
    pub weights: Vec<f64>,
    /// Factors on the weights of offers at the home cloud, by (segment, class, home cloud).
    pub home: Vec<f64>,
    /// Factors on weights for congestion, by (task, [place](crate::market::catalog::nests)).
    pub congestion: Vec<f64>,
    /// Prices of offers, and the lanes that their tokens take.
    pub mixes: Mixes,
    /// Price paid by lane, USD per Mtok.
    pub lane_price: Vec<f64>,
    /// Compute by lane, H100e-hours per Mtok.
    pub lane_hours: Vec<f64>,
    /// Logarithm of the price index by task, relative to the start: list prices, weighted by the task's utility of
    /// their tiers and the labs' mean utilities.
    pub log_price_index: Vec<f64>,
    /// Tokens per workload relative to the start, by task.
    pub intensity: Vec<f64>,
    /// Factor on tokens that the lab itself or a cloud sells, for the growth of the lab against the market, by lab.
    pub lab_growth: Vec<f64>,
    /// Factor on the weights of a lab's offers for new work, by lab.
    pub pull: Vec<f64>,
    /// Factor on labour in months of spend, by task; it follows from intensity.
    pub labour_factor: Vec<f64>,
    /// Time until which customers of a lab take notice of news about it, by lab.
    pub lab_notice: Vec<SimTime>,
    /// Time until which customers of a cloud take notice of news about it, by cloud.
    pub cloud_notice: Vec<SimTime>,
    /// Factor on the chances that a review looks beyond the offer in use, by offer; above 1 where its price has risen.
    pub attention: Vec<f64>,
    /// Number of releases so far, by lab.
    pub releases: Vec<u16>,
    /// Nests of the choice among offers.
    pub nests: Nests,
    /// True if an offer takes new customers, by offer.
    pub on_sale: Vec<bool>,
    /// Rules that bind routers, by regime.
    pub regimes: Vec<RouterRules>,
    /// Regime of each jurisdiction.
    pub regime_of: Vec<usize>,
    /// Rules that remedies impose, by jurisdiction.
    pub rules: Vec<Rules>,
    /// True if open weights have reached parity at the price of a commodity, by task.
    pub has_parity: Vec<bool>,
    /// True while agents have not reached human-level capability, so that many adoptions wait.
    pub is_gated: bool,
    /// Time until which an incident makes a lab's customers look at other models, by lab.
    pub lab_alarm: Vec<SimTime>,
    /// End of an exodus and share of customers that leave, by cloud.
    pub exodus: Vec<(SimTime, f64)>,
    /// Highest lawful charge for moving data out, by (jurisdiction, cloud), USD per GB.
    pub egress_charge: Vec<f64>,
    /// Share of spend that buys models with operations, by (integrator, segment).
    pub reach: Vec<f64>,
    /// Factor on the weights of offers at an integrator's attached cloud, by integrator.
    pub attachment: Vec<f64>,
    /// Fee of each integrator, as a share of the spend that it manages.
    pub fee: Vec<f64>,
    /// Cloud to which each integrator is attached, by index, if any.
    pub attached: Vec<Option<usize>>,
    /// Factor on the weights of stateless offers for workloads that need state.
    pub stateless_penalty: f64,
    /// Engineering of self-hosting that does not depend on volume, USD a month for each workload.
    pub self_host_fixed: f64,
}

impl View {
    /// Returns the factor on tokens of an offer for the growth of its lab against the market. Routers choose the lab of
    /// each token themselves, and self-hosted tokens are nobody's sales.
    #[must_use]
    pub fn lab_growth_of(&self, offer: &Offer) -> f64 {
        match (offer.route, offer.lab) {
            (Route::Direct, Some(lab)) => self.lab_growth[lab.index()],
            _ => 1.0,
        }
    }
}

/// Mean utilities that make the first choices match the shares at the start, logit units.
#[derive(Clone, Debug, Default)]
pub struct MeanUtility {
    /// Mean utility of a lab's models beyond capability and price, by lab; routers use it.
    pub lab: Vec<f64>,
    /// Mean utility of an offer beyond the models behind it, by offer.
    pub offer: Vec<f64>,
}
