//! Flows: the kinds of payments.

/// A kind of payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Flow {
    /// Enterprise spend on a model, booked by its lab.
    ModelUsage,
    /// Enterprise spend on a lab's model, booked by the cloud that sells it.
    Resale,
    /// Enterprise spend on a cloud's own models.
    FirstParty,
    /// Enterprise spend on open weights that a cloud hosts.
    OpenHosting,
    /// A router's fee.
    RoutingFee,
    /// The share of a sale that the seller of a model pays the other side of the channel.
    ChannelShare,
    /// Compute that serves tokens, paid by the lab that books the sale.
    ServingCompute,
    /// Compute for training.
    TrainingCompute,
    /// Accelerators rented to run open weights.
    SelfHostRental,
    /// Data moved out of a cloud.
    Egress,
    /// Committed spend forfeited by leaving.
    Forfeited,
    /// Labour of integrators.
    Integration,
    /// Labour of own staff.
    Labour,
    /// Consumer and other revenue of labs.
    OtherRevenue,
    /// Accelerators bought.
    Silicon,
    /// Sites and networks bought.
    Construction,
    /// Power and space.
    Energy,
    /// Staff and other costs of labs and routers.
    Overhead,
    /// Equity paid in.
    Equity,
    /// Money lent to a lab that cannot pay.
    Loan,
    /// Committed compute that a lab pays for without using it.
    TakeOrPay,
    /// Refunds for outages.
    SlaCredit,
    /// An integrator's fee for models with operations.
    BundleFee,
    /// Spending of clouds on credibility as neutral platforms.
    Neutrality,
    /// Interest on a lab's debt.
    Interest,
    /// A cloud's credit to a lab for committed compute that it did not deliver.
    DeliveryCredit,
    /// Fines for breach of the duties of a designated cloud.
    Fine,
    /// Seats of a cloud's own AI products.
    Seats,
}

impl Flow {
    /// Flows that count as AI revenue of a cloud.
    pub const AI_REVENUE: [Self; 11] = [
        Self::RoutingFee,
        Self::Resale,
        Self::ChannelShare,
        Self::OpenHosting,
        Self::ServingCompute,
        Self::TrainingCompute,
        Self::FirstParty,
        Self::SelfHostRental,
        Self::Egress,
        Self::Forfeited,
        Self::TakeOrPay,
    ];

    /// All kinds, in order.
    pub const ALL: [Self; 28] = [
        Self::ModelUsage,
        Self::Resale,
        Self::FirstParty,
        Self::OpenHosting,
        Self::RoutingFee,
        Self::ChannelShare,
        Self::ServingCompute,
        Self::TrainingCompute,
        Self::SelfHostRental,
        Self::Egress,
        Self::Forfeited,
        Self::Integration,
        Self::Labour,
        Self::OtherRevenue,
        Self::Silicon,
        Self::Construction,
        Self::Energy,
        Self::Overhead,
        Self::Equity,
        Self::Loan,
        Self::TakeOrPay,
        Self::SlaCredit,
        Self::BundleFee,
        Self::Neutrality,
        Self::Interest,
        Self::DeliveryCredit,
        Self::Fine,
        Self::Seats,
    ];

    /// The name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ModelUsage => "model_usage",
            Self::Resale => "resale",
            Self::FirstParty => "first_party",
            Self::OpenHosting => "open_hosting",
            Self::RoutingFee => "routing_fee",
            Self::ChannelShare => "channel_share",
            Self::ServingCompute => "serving_compute",
            Self::TrainingCompute => "training_compute",
            Self::SelfHostRental => "selfhost_rental",
            Self::Egress => "egress",
            Self::Forfeited => "forfeited",
            Self::Integration => "integration",
            Self::Labour => "labour",
            Self::OtherRevenue => "other_revenue",
            Self::Silicon => "silicon",
            Self::Construction => "construction",
            Self::Energy => "energy",
            Self::Overhead => "overhead",
            Self::Equity => "equity",
            Self::Loan => "loan",
            Self::TakeOrPay => "take_or_pay",
            Self::SlaCredit => "sla_credit",
            Self::BundleFee => "bundle_fee",
            Self::Neutrality => "neutrality",
            Self::Interest => "interest",
            Self::DeliveryCredit => "delivery_credit",
            Self::Fine => "fine",
            Self::Seats => "seats",
        }
    }
}
