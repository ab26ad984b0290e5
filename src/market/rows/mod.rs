//! Observation of a month: one typed row a table. Each file declares a row with the unit and meaning of its measures,
//! and fills it by name.

mod backlog;
mod clouds;
mod concentration;
mod customers;
mod holders;
mod integrators;
mod labs;
mod lock_in;
mod market;
mod observed;
mod offers;
mod panel;
mod regulators;
mod routers;
mod segments;
mod stakes;
mod switching;
mod vendors;

use crate::base::time::SimTime;
use crate::market::World;
use crate::panel::{FlowLine, Panel};

pub use backlog::BacklogRow;
pub use clouds::CloudRow;
pub use holders::HolderRow;
pub use integrators::IntegratorRow;
pub use labs::LabRow;
pub use market::MarketRow;
pub use observed::{Observed, Parts};
pub use offers::{HostRow, ModelRow, OfferRow};
pub use panel::{DeclaredTable, declared, panel};
pub use regulators::RegulatorRow;
pub use routers::RouterRow;
pub use segments::SegmentRow;
pub use stakes::StakeRow;
pub use switching::SwitchingRow;
pub use vendors::VendorRow;

/// Returns a part over the whole; 0 / 0 evaluates to 0.
fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

/// Sums over clouds that other rows need.
#[derive(Default)]
struct CloudSums {
    /// AI revenue by cloud, USD.
    revenue: Vec<f64>,
    /// Gross profit by cloud, USD.
    gross_profit: Vec<f64>,
    /// Circular revenue of all clouds, USD.
    circular: f64,
    /// Revenue of all clouds that labs paid with any strategic investor's equity, USD.
    strategic: f64,
    /// Sales of silicon that were paid with the vendor's own equity, by vendor, USD.
    vendor_loops: Vec<f64>,
    /// Labs' payments by cloud and lab, USD.
    by_lab: Vec<Vec<f64>>,
    /// Backlog of labs by cloud, USD.
    backlog: Vec<f64>,
}

/// Enterprise use of labs, which the rows of labs and of the market need.
struct Usage {
    /// Enterprise spend on each lab's models, USD.
    usd: Vec<f64>,
    /// Enterprise spend on all models, USD.
    total: f64,
    /// Lock-in by lab, inferred from prices and shares.
    lock_in: Vec<lock_in::LabLockIn>,
}

impl World<'_> {
    /// Adds the rows of the month that ends at `time` to the panel, and starts the next month.
    pub fn observe(&mut self, panel: &mut Panel, observed: &Observed, month: usize, time: SimTime) {
        let parts = observed.parts(month);
        let clouds = self.observe_clouds(panel, month, time);
        let usage = self.observe_labs(panel, month, time, parts);
        self.observe_models(panel, month);
        self.observe_offers(panel, month);
        self.observe_hosts(panel, month, &clouds);
        let running = self.observe_segments(panel, month, time, parts);
        self.observe_market(panel, (month, time), &clouds, &usage, &running);
        self.observe_vendors(panel, month, &clouds);
        self.observe_integrators(panel, month);
        self.observe_regulators(panel, month);
        self.observe_holders(panel, month, &clouds);
        self.observe_stakes(panel, month);
        self.state.finance.invested.fill(0.0);
        observed.blank(panel, month);
        if parts.has(Parts::FLOWS) {
            self.observe_flows(panel, month);
        }
        self.books.ledger.close_month();
        panel.reviewed += self.books.activity.reviewed;
        panel.decisions += self.books.activity.decisions;
        panel.handled += self.books.activity.events;
        self.books.tally = crate::market::state::tally::Tally::new(
            &self.parameters.dims,
            self.catalog.lanes.len(),
            self.state.routers.len(),
        );
        self.books.activity = crate::market::state::Activity::new(&self.parameters.dims);
        for cloud in &mut self.state.clouds {
            cloud.watch = crate::market::state::actors::Watch::default();
        }
    }

    fn observe_flows(&self, panel: &mut Panel, month: usize) {
        let month = u16::try_from(month).expect("at most 120 months");
        let lines = self.books.ledger.month().into_iter();
        panel
            .flows
            .extend(lines.map(|((payer, payee, kind, origin), usd)| FlowLine {
                month,
                payer,
                payee,
                kind,
                origin,
                usd,
            }));
    }

    /// Returns the number of days in a reporting month.
    pub(in crate::market) fn days_of(&self, month: usize) -> f64 {
        let calendar = &self.catalog.calendar;
        (calendar.month_start(month + 1) - calendar.month_start(month)).days()
    }
}
