//! Growth of demand: momentum at the start, monthly noise, and the ceiling of spend.

use crate::base::ids::{Id, LabId};
use crate::base::rng::{Purpose, Stream, key_of};
use crate::base::time::SimTime;
use crate::economics::diffusion::{bass_growth, trend_step};
use crate::market::World;
use crate::market::state::growth::{Deviation, Momentum};
use crate::scenario::quantity::Draws;

/// Lowest growth of a lab that counts when its part of new work is set, a month: a lab that shrinks still wins some.
const LEAST_GROWTH: f64 = 0.005;

impl World<'_> {
    /// Returns the growth of enterprise spend that adoption and new work of customers bring at the start, a month.
    fn growth_by_new_work(&self) -> f64 {
        let p = &self.parameters;
        let all: f64 = p.segments.iter().map(|segment| segment.spend_share).sum();
        let mut growth = p.demand.new_work;
        for segment in &p.segments {
            for (task, share) in p.tasks.iter().zip(&segment.task_share) {
                let adoption = bass_growth(task.innovation, task.imitation, segment.adopted) / 12.0;
                growth += segment.spend_share / all * share * adoption;
            }
        }
        growth
    }

    /// Returns the growth of tokens per workload at the start, a month: the mean over tasks by spend.
    fn growth_of_tasks(&self) -> f64 {
        let p = &self.parameters;
        let all: f64 = p.segments.iter().map(|segment| segment.spend_share).sum();
        let mut growth = 0.0;
        for segment in &p.segments {
            for (task, share) in p.tasks.iter().zip(&segment.task_share) {
                growth += segment.spend_share / all * share * task.growth;
            }
        }
        growth
    }

    /// Sets the momentum of the market and of the labs whose growth the scenario states, and the pull of each lab on new
    /// work, from enterprise spend by lab at the start.
    ///
    /// A lab that grows faster than the market wins more of new work than it has of old. What that leaves unexplained is
    /// its momentum. Labs without a stated growth grow as the market does.
    pub(in crate::market) fn start_growth(&mut self, spend: &[f64], draws: &Draws) {
        let labs = self.scenario.lab.len();
        let stated: Vec<Option<f64>> = (self.scenario.lab.iter())
            .map(|lab| lab.growth.as_ref().map(|growth| growth.draw(draws)))
            .collect();
        if self.parameters.ceiling.is_finite() {
            self.state.growth.clock = Some([0.0, self.growth_left(spend.iter().sum())]);
        }
        let growth = &mut self.state.growth;
        growth.labs = vec![Deviation::default(); labs];
        growth.lab_momentum = vec![Momentum::default(); labs];
        let known = (spend.iter().zip(&stated)).filter_map(|(usd, growth)| Some((usd, (*growth)?)));
        let sum: f64 = known.clone().map(|(usd, _)| usd).sum();
        let (by_tasks, by_new_work) = (self.growth_of_tasks(), self.growth_by_new_work());
        if sum <= 0.0 {
            self.state.growth.market_rate = by_tasks + by_new_work;
            return;
        }
        let market = known.map(|(usd, growth)| usd / sum * growth).sum::<f64>();
        self.state.growth.market_rate = market;
        let trend = self.parameters.trend;
        let unexplained = market - by_tasks - by_new_work;
        self.state.growth.market_momentum = Momentum {
            growth: unexplained,
            half_life: trend.market_half_life,
        };
        for (lab, growth) in stated.iter().enumerate() {
            let Some(growth) = *growth else { continue };
            let pull = growth.max(LEAST_GROWTH) / market.max(LEAST_GROWTH);
            self.state.pull[lab] = libm::log(pull);
            self.state.growth.lab_momentum[lab] = Momentum {
                growth: growth - by_tasks - by_new_work * pull - unexplained,
                half_life: trend.lab_half_life,
            };
        }
    }

    /// Returns the part of growth that the ceiling of spend leaves at a yearly spend, USD.
    fn growth_left(&self, yearly: f64) -> f64 {
        (1.0 - yearly / self.parameters.ceiling).max(0.0)
    }

    /// Publishes the factors on weights by which labs pull new work: full at the start, halved with each half-life.
    pub(in crate::market) fn update_pull(&mut self, time: SimTime) {
        let half_life = self.parameters.choice.flow_half_life;
        let left = if half_life > 0.0 {
            libm::exp2(-time.months() / half_life)
        } else {
            0.0
        };
        for (factor, pull) in self.view.pull.iter_mut().zip(&self.state.pull) {
            *factor = libm::exp(pull * left);
        }
    }

    /// Draws the coming month's deviations from the paths of growth: of the market, and of each lab against it. The labs'
    /// have mean zero over last month's enterprise spend.
    pub fn step_growth(&mut self, month: usize, time: SimTime) {
        let trend = self.parameters.trend;
        let months = (time - self.state.growth.since).months();
        if let Some([passed, _]) = self.state.growth.clock {
            let speed = self.growth_left(self.state.spend_last_month * 12.0);
            let before = self.state.growth.months(time);
            self.state.growth.clock = Some([before.max(passed), speed]);
        }
        let growth = &mut self.state.growth;
        growth.since = time;
        let noises = [trend.market_level, trend.market_slope];
        let mut stream = self.streams.stream(Purpose::Growth, month as u64, 0);
        stray(
            &mut growth.market,
            noises,
            trend.market_half_life,
            months,
            &mut stream,
        );
        let noises = [trend.lab_level, trend.lab_slope];
        for index in 0..growth.labs.len() {
            let key = key_of(self.catalog_name(index));
            let ordinal = u32::try_from(month).unwrap_or(u32::MAX);
            let mut stream = self.streams.stream(Purpose::Growth, key, ordinal + 1);
            let deviation = &mut self.state.growth.labs[index];
            stray(deviation, noises, trend.lab_half_life, months, &mut stream);
        }
        self.centre_labs();
        self.update_pull(time);
    }

    fn catalog_name(&self, lab: usize) -> &str {
        self.lab_name(LabId::from_index(lab))
    }

    /// Takes the mean over last month's enterprise spend out of the labs' slopes.
    fn centre_labs(&mut self) {
        let all: f64 = self.state.lab_usage.iter().sum();
        if all <= 0.0 {
            return;
        }
        let mean = |of: &dyn Fn(&Deviation) -> f64| -> f64 {
            let labs = self.state.growth.labs.iter().zip(&self.state.lab_usage);
            labs.map(|(lab, usd)| of(lab) * usd / all).sum()
        };
        let (slope, rate) = (mean(&|lab| lab.slope), mean(&|lab| lab.rate));
        for lab in &mut self.state.growth.labs {
            lab.slope -= slope;
            lab.rate -= rate;
        }
    }
}

/// Moves a deviation to the start of the next month: its slope fades and gets noise, and so does its level.
fn stray(
    deviation: &mut Deviation,
    [level, slope]: [f64; 2],
    half_life: f64,
    months: f64,
    stream: &mut Stream,
) {
    deviation.level += deviation.rate * months;
    let noise = [level * stream.normal(), slope * stream.normal()];
    (deviation.slope, deviation.rate) = trend_step(deviation.slope, half_life, noise);
}
