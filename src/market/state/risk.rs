//! Perceived risk, and what incidents took down.

use crate::ids::{CloudId, LabId};
use crate::time::SimTime;

/// Who has an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// A lab.
    Lab(LabId),
    /// A cloud.
    Cloud(CloudId),
}

/// A kind of incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum IncidentKind {
    /// The service is down.
    Outage = 0,
    /// Weights or data leak.
    Security = 1,
    /// A model fails in public.
    Failure = 2,
}

/// Perceived risk, and what was down.
#[derive(Clone, Debug, Default)]
pub struct Risk {
    /// Of labs.
    pub lab: Vec<f64>,
    /// Of clouds.
    pub cloud: Vec<f64>,
    /// When it was last brought forward.
    pub(in crate::market) time: SimTime,
    /// Days down times reach since the last settlement, by lab.
    pub lab_down: Vec<f64>,
    /// The same by cloud.
    pub cloud_down: Vec<f64>,
    /// Hours down times reach this month, by lab.
    pub lab_hours: Vec<f64>,
    /// The same by cloud.
    pub cloud_hours: Vec<f64>,
}

impl Risk {
    /// No risk is seen.
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

    /// Lets risk fade until `time`.
    pub fn fade(&mut self, time: SimTime, half_life_months: f64) {
        let months = (time - self.time).months();
        self.time = time;
        let kept = libm::exp2(-months / half_life_months.max(1e-3));
        for risk in self.lab.iter_mut().chain(&mut self.cloud) {
            *risk *= kept;
        }
    }
}
