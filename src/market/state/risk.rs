//! Perceived risk of labs and clouds, and the down time that incidents caused.

use crate::base::ids::{CloudId, LabId};
use crate::base::time::SimTime;

/// Provider that has an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// A lab.
    Lab(LabId),
    /// A cloud.
    Cloud(CloudId),
}

/// Kind of incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum IncidentKind {
    /// Outage: the service is down.
    Outage = 0,
    /// Security incident: weights or data leak.
    Security = 1,
    /// Failure of a model that makes headlines.
    Failure = 2,
}

/// Perceived risk of labs and clouds, and their down time; state.
#[derive(Clone, Debug, Default)]
pub struct Risk {
    /// Perceived risk of each lab, by lab.
    pub lab: Vec<f64>,
    /// Perceived risk of each cloud, by cloud.
    pub cloud: Vec<f64>,
    /// Time up to which perceived risk has faded.
    pub(in crate::market) time: SimTime,
    /// Days of down time since the last settlement, times the share of customers reached, by lab.
    pub lab_down: Vec<f64>,
    /// Days of down time since the last settlement, times the share of customers reached, by cloud.
    pub cloud_down: Vec<f64>,
    /// Hours of down time in the present month, times the share of customers reached, by lab.
    pub lab_hours: Vec<f64>,
    /// Hours of down time in the present month, times the share of customers reached, by cloud.
    pub cloud_hours: Vec<f64>,
}

impl Risk {
    /// Returns no perceived risk and no down time.
    #[must_use]
    pub fn new(labs: usize, clouds: usize) -> Self {
        Self {
            lab: vec![0.0; labs],
            cloud: vec![0.0; clouds],
            time: SimTime::START,
            lab_down: vec![0.0; labs],
            cloud_down: vec![0.0; clouds],
            lab_hours: vec![0.0; labs],
            cloud_hours: vec![0.0; clouds],
        }
    }

    /// Lets perceived risk fade until `time`.
    pub fn fade(&mut self, time: SimTime, half_life_months: f64) {
        let months = (time - self.time).months();
        self.time = time;
        let kept = libm::exp2(-months / half_life_months.max(1e-3));
        for risk in self.lab.iter_mut().chain(&mut self.cloud) {
            *risk *= kept;
        }
    }
}
