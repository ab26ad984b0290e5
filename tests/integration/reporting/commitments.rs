//! Formulas for backlog, stakes, concentration and circular money.

use super::*;
use tollway::market::rows::{BacklogRow, StakeRow};

/// Flows that pay for compute.
const COMPUTE: [Flow; 2] = [Flow::ServingCompute, Flow::TrainingCompute];

impl Run<'_> {
    /// Returns the money that one account paid another in flows of some kinds; zero if the payer has no account.
    fn between(&self, month: usize, payer: &str, payee: &str, kinds: &[Flow]) -> Usd {
        if !self.panel.accounts.iter().any(|name| name == payer) {
            return Usd::ZERO;
        }
        let (from, to) = (self.account(payer), self.account(payee));
        let lines = self.flows(month);
        let own = lines
            .filter(|line| line.payer == from && line.payee == to && kinds.contains(&line.kind));
        own.map(|line| line.usd).sum()
    }

    /// Returns true if a lab trades after the books of a month are closed.
    fn is_open_after(&self, lab: &str, month: usize) -> bool {
        self.trades(lab, month) && self.events(&["exit"], lab, month).is_empty()
    }

    /// Returns the amount due from a lab to a cloud in a month, which may lie behind the horizon, USD.
    fn due(&self, lab: &str, cloud: &str, month: usize) -> f64 {
        let calendar = &self.simulation.catalog.calendar;
        let bound = self.scenario().commitment.iter();
        bound
            .filter(|spec| spec.lab.text == lab && spec.cloud.text == cloud)
            .filter(|spec| {
                spec.kind
                    .is_none_or(|kind| kind == CommitmentKind::Purchase)
            })
            .map(|spec| {
                let from = calendar.time_of(spec.from.date);
                let years = (calendar.time_of(spec.until.date) - from).days() / 365.25;
                // A month is a twelfth of a year that ends with the calendar month. What falls due grows with the years.
                let end = (calendar.month_start(month + 1) - from).days() / 365.25;
                let amount = spec.amount.draw(&self.draws);
                let growth = spec.growth.as_ref().expect("no schedules in the baseline");
                let growth: f64 = 1.0 + growth.draw(&self.draws);
                let grown = |at: f64| growth.powf(at.clamp(0.0, years));
                amount * (grown(end) - grown(end - 1.0 / 12.0)) / (grown(years) - 1.0)
            })
            .sum()
    }

    /// Returns the sum of amounts due in months `from` to `until`, without the last.
    fn due_between(&self, lab: &str, cloud: &str, from: usize, until: usize) -> f64 {
        (from..until).map(|month| self.due(lab, cloud, month)).sum()
    }
}

/// Number of months after which no commitment of the baseline runs.
const FAR: usize = 150;

pub(super) fn backlog(run: &Run<'_>, check: &mut Check) {
    for (month, _, entity) in run.rows("backlog") {
        let (lab, cloud) = entity.split_once('|').expect("a lab and a cloud");
        let mut row = check.row(run, month, entity);
        let is_open = f64::from(u8::from(run.is_open_after(lab, month)));
        let next = month + 1;
        for (column, from, until) in [
            (BacklogRow::due_usd, month, next),
            (BacklogRow::backlog_usd, next, FAR),
            (BacklogRow::due_1_12_usd, next, next + 12),
            (BacklogRow::due_13_24_usd, next + 12, next + 24),
            (BacklogRow::due_25_36_usd, next + 24, next + 36),
            (BacklogRow::due_later_usd, next + 36, FAR),
        ] {
            let due = is_open * run.due_between(lab, cloud, from, until);
            row.near(column, due, 1e-9 * due + 1.0);
        }
        let paid = run.between(month, lab, cloud, &COMPUTE);
        let unused = run.between(month, lab, cloud, &[Flow::TakeOrPay]);
        row.money(BacklogRow::paid_usd, paid);
        row.money(BacklogRow::unused_usd, unused);
        let before = (month.checked_sub(1)).map_or(0.0, |before| {
            run.at(before, entity, BacklogRow::paid_to_date_usd)
        });
        let all = before + (paid + unused).to_f64();
        row.near(BacklogRow::paid_to_date_usd, all, 1.0);
    }
}

pub(super) fn stakes(run: &Run<'_>, check: &mut Check) {
    let scenario = run.scenario();
    let clouds = scenario.cloud.len();
    let node = |name: &str| {
        let mut nodes = run.entities("holders").iter();
        nodes.position(|other| other == name).expect("a holder")
    };
    let mut first = BTreeMap::new();
    for stake in &scenario.equity {
        let key = (stake.holder.text.as_str(), stake.firm.text.as_str());
        *first.entry(key).or_insert(0.0) += stake.cash_flow.draw(&run.draws);
    }
    for month in 0..run.months() {
        let holdings = run.holdings(month);
        for entity in run.entities("stakes") {
            let (holder, lab) = entity.split_once('|').expect("a holder and a lab");
            let cell = (node(holder), node(lab));
            let value = run.valuation(cell.1 - clouds, month);
            let mut row = check.row(run, month, entity);
            let payer = format!("equity:{holder}");
            let invested = run.between(month, &payer, lab, &[Flow::Equity]);
            row.money(StakeRow::invested_usd, invested);
            let start = first.get(&(holder, lab)).copied().unwrap_or(0.0);
            if let Some(holdings) = &holdings {
                let looked = look_through(holdings).expect("holdings have an end");
                row.equal(StakeRow::share, holdings[cell]);
                row.equal(StakeRow::lookthrough_share, looked[cell]);
                row.equal(StakeRow::value_usd, looked[cell] * value);
                row.equal(StakeRow::kept_share, ratio(holdings[cell], start));
            } else {
                row.bounded(StakeRow::share, 0.0, 1.0);
                row.bounded(StakeRow::lookthrough_share, 0.0, 1.0);
                row.bounded(StakeRow::value_usd, 0.0, value);
                row.bounded(StakeRow::kept_share, 0.0, ratio(1.0, start));
            }
        }
    }
}

/// Returns the name of the party whose equity a line carries.
fn investor<'a>(run: &'a Run<'_>, line: &FlowLine) -> Option<&'a str> {
    match line.origin {
        Origin::Equity(account) => run.panel.accounts[account.index()].strip_prefix("equity:"),
        _ => None,
    }
}

pub(super) fn clouds(run: &Run<'_>, check: &mut Check) {
    let scenario = run.scenario();
    let is_lab = |name: &str| scenario.lab.iter().any(|lab| lab.name.text == name);
    let strategic: BTreeSet<&str> = (scenario.cloud.iter().map(|x| x.name.text.as_str()))
        .chain(scenario.vendor.iter().map(|x| x.name.text.as_str()))
        .collect();
    for (month, _, cloud) in run.rows("clouds") {
        let account = run.account(cloud);
        let name = |account: AccountId| run.panel.accounts[account.index()].as_str();
        let got = run.flows(month).filter(|line| line.payee == account);
        let circle: Usd = got
            .filter(|line| is_lab(name(line.payer)))
            .filter(|line| investor(run, line).is_some_and(|who| strategic.contains(who)))
            .map(|line| line.usd)
            .sum();
        let bought = run.flows(month).filter(|line| line.payer == account);
        let looped: Usd = bought
            .filter(|line| line.kind == Flow::Silicon)
            .filter(|line| investor(run, line) == Some(name(line.payee)))
            .map(|line| line.usd)
            .sum();
        let customers = scenario.lab.iter().filter(|lab| {
            let owner = lab.owner.as_ref();
            owner.is_none_or(|owner| owner.text != cloud)
        });
        let largest = customers
            .map(|lab| run.between(month, &lab.name.text, cloud, &Flow::ALL))
            .max();
        let owed: f64 = (scenario.lab.iter())
            .map(|lab| lab.name.text.as_str())
            .filter(|lab| run.is_open_after(lab, month))
            .map(|lab| run.due_between(lab, cloud, month + 1, FAR))
            .sum();
        let mut row = check.row(run, month, cloud);
        row.money(CloudRow::strategic_circular_usd, circle);
        row.money(CloudRow::vendor_circular_usd, looped);
        let revenue = row.value(CloudRow::ai_revenue_usd);
        let largest = largest.expect("labs").to_f64();
        row.equal(CloudRow::largest_customer_share, ratio(largest, revenue));
        row.near(CloudRow::backlog_usd, owed, 1e-9 * owed + 1.0);
    }
}

pub(super) fn hosts(run: &Run<'_>, check: &mut Check) {
    for (month, _, entity) in run.rows("hosts") {
        let (lab, cloud) = entity.split_once('|').expect("a lab at a cloud");
        let paid = run.between(month, lab, cloud, &Flow::ALL).to_f64();
        let revenue = run.at(month, cloud, CloudRow::ai_revenue_usd);
        let mut row = check.row(run, month, entity);
        row.equal(HostRow::revenue_share, ratio(paid, revenue));
    }
}

pub(super) fn vendors(run: &Run<'_>, check: &mut Check) {
    for (month, _, vendor) in run.rows("vendors") {
        let account = run.account(vendor);
        let got = run.flows(month).filter(|line| line.payee == account);
        let looped: Usd = got
            .filter(|line| investor(run, line) == Some(vendor))
            .map(|line| line.usd)
            .sum();
        check
            .row(run, month, vendor)
            .money(VendorRow::circular_usd, looped);
    }
}

pub(super) fn market(run: &Run<'_>, check: &mut Check) {
    for month in 0..run.months() {
        let revenue = run.sum(month, CloudRow::ai_revenue_usd);
        let same = run.sum(month, CloudRow::circular_usd);
        let any = run.sum(month, CloudRow::strategic_circular_usd);
        let looped = run.sum(month, CloudRow::vendor_circular_usd);
        let silicon = run.sum(month, VendorRow::revenue_usd);
        let owed = run.sum(month, BacklogRow::backlog_usd);
        let mut row = check.row(run, month, "market");
        row.near(MarketRow::circular_usd, same, 1e-3);
        row.near(MarketRow::strategic_circular_usd, any, 1e-3);
        row.equal(MarketRow::strategic_circular_share, ratio(any, revenue));
        row.near(MarketRow::vendor_circular_usd, looped, 1e-3);
        row.near(
            MarketRow::vendor_circular_share,
            ratio(looped, silicon),
            1e-9,
        );
        row.near(MarketRow::backlog_usd, owed, 1.0);
        // A cloud's own equity is part of all strategic equity.
        row.bounded(MarketRow::strategic_circular_usd, same, revenue);
    }
}
