//! Records of supply: capacity, rents, and the credibility of clouds.

use crate::base::units::{
    Count, KwPerH100e, Logit, Months, PerMonth, PerYear, Ratio, Share, UsdPerH100e, UsdPerHour,
    UsdPerYear, Weeks,
};
use crate::scenario::quantity::Quantity;
use crate::scenario::record::{record, words};

record! {
    /// Capacity: how clouds build it and vendors ration it.
    SupplySpec {
        /// Lead time of accelerators at the start.
        lead_time: Quantity<Weeks>,
        /// Lead time to which it returns.
        lead_time_normal: Quantity<Weeks>,
        /// Half-life of the return to the normal lead time.
        lead_time_recovery: Quantity<Months>,
        /// Sigma of the logarithm of one delivery's lead time.
        lead_time_sigma: Quantity<Ratio>,
        /// Growth of the silicon vendors' output.
        chip_growth: Quantity<PerYear>,
        /// Weight of the newest month in a cloud's view of how demand grows.
        forecast_smoothing: Quantity<Share>,
        /// Fastest growth that a cloud extrapolates.
        forecast_growth_max: Quantity<PerMonth>,
        /// The longest time ahead for which a cloud extrapolates demand.
        forecast_horizon: Quantity<Months>,
        /// Utilisation that clouds plan for.
        target_utilisation: Quantity<Share>,
        /// Servers that work as one queue, for the delay formula.
        servers: Quantity<Count>,
        /// Squared coefficient of variation of the time between requests; 1 is a Poisson stream.
        arrival_variability: Quantity<Ratio>,
        /// Squared coefficient of variation of the time that a request takes; 1 is exponential.
        service_variability: Quantity<Ratio>,
        /// Share of demand that holds committed or reserved capacity.
        committed_share: Quantity<Share>,
        /// Share of the price of committed compute that a cloud pays the lab where it does not deliver it.
        delivery_credit: Quantity<Share>,
        /// Share of unserved routed demand that a router over several clouds can place elsewhere.
        spill: Quantity<Share>,
        /// Growth of inference demand from outside this model.
        background_growth: Quantity<PerYear>,
        /// Price of an H100-equivalent of capacity, all in.
        capex: Quantity<UsdPerH100e>,
        /// Time over which an owner's payments for capacity spread, in `total_capex_usd`.
        payment_spread: Quantity<Months>,
        /// Part that a monthly order closes of the gap to the capacity needed, beyond the growth that is expected; 1 closes
        /// all of it at once.
        gap_closed: Quantity<Share>,
        /// Decline of the price of capacity.
        capex_decline: Quantity<PerYear>,
        /// Share of capex that goes to silicon vendors.
        silicon_share: Quantity<Share>,
        /// Power and space per H100-equivalent hour.
        opex: Quantity<UsdPerHour>,
        /// Power per H100-equivalent of new capacity.
        power: Quantity<KwPerH100e>,
        /// Rule by which a vendor rations its output.
        rationing: RationingRule,
        /// Growth of the capital budget for each unit of expected yearly return above the hurdle.
        capex_response: Quantity<Ratio>,
        /// Least capital budget, over the planned, however low the return.
        budget_min: Quantity<Ratio>,
        /// Largest capital budget, over the planned, however high the return.
        budget_max: Quantity<Ratio>,
        /// Yearly return on new capacity at which the budget stands as planned, over that at the start.
        hurdle: Quantity<Ratio>,
        /// Time to build and connect a site, where an order is larger than what the last one left ready.
        build_out: Quantity<Months>,
        /// Share of compute that customers have contracted beyond their present use for which clouds order capacity.
        contract_cover: Quantity<Share>,
    }
}

words! {
    /// Rule by which a vendor rations its output when orders exceed it.
    RationingRule {
        /// Every order is filled to the same part.
        Proportional = "proportional",
        /// Small orders are filled first.
        MaxMin = "max-min",
    }
}

record! {
    /// Rents: their logarithms revert to a mean that rises with utilisation.
    RentSpec {
        /// Contract rent at the start.
        contract: Quantity<UsdPerHour>,
        /// Spot rent at the start.
        spot: Quantity<UsdPerHour>,
        /// Speed of reversion of the contract rent.
        contract_speed: Quantity<PerMonth>,
        /// Speed of reversion of the spot rent.
        spot_speed: Quantity<PerMonth>,
        /// Volatility of the contract rent per root month.
        contract_volatility: Quantity<Ratio>,
        /// Volatility of the spot rent per root month.
        spot_volatility: Quantity<Ratio>,
        /// Response of the log of rents to pressure: demand over capacity, less the planned utilisation.
        tightness: Quantity<Ratio>,
        /// Weight of a cloud's own tightness in its rents; the rest follows the tightness of all clouds together.
        local: Quantity<Share>,
        /// Pressure beyond which rents respond no further.
        pressure_max: Quantity<Ratio>,
        /// Decline of rents at constant tightness, from cheaper hardware.
        decline: Quantity<PerYear>,
    }
}

record! {
    /// Credibility of clouds as neutral platforms.
    TrustSpec {
        /// Share of the gap to the credibility at the start that is closed a month.
        recovery: Quantity<PerMonth>,
        /// Credibility lost a month per logit unit of observed steering.
        wear: Quantity<PerMonth>,
        /// Noise in observed steering, in logit units.
        observation_noise: Quantity<Logit>,
        /// Credibility earned a month by spending `earn_spend` on it, before it nears one.
        earn: Quantity<PerMonth>,
        /// Spending that earns `earn` a month.
        earn_spend: Quantity<UsdPerYear>,
        /// Increase of a cloud's spending on neutrality per unit of credibility by which its best rival leads, as a share.
        rivalry: Quantity<Ratio>,
        /// Half-life of perceived risk after an incident.
        risk_half_life: Quantity<Months>,
    }
}
