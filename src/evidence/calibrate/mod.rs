//! Calibration of free parameters to targets by the method of simulated moments, on common random numbers.

mod fit;
mod overlay;
mod targets;

use nalgebra::DVector;

use crate::ensemble::run_quietly;
use crate::scenario::{Faults, Loaded, Request, load};
use crate::simulation::Simulation;

pub use fit::{Fit, Fitted, Influence, fit};
pub use overlay::overlay;
pub use targets::{Moment, ParameterSpec, TargetSpec, TargetsSpec, read};

/// A calibration that is about to run.
#[derive(Debug)]
pub struct Calibration<'a> {
    /// The scenario before the fit.
    pub loaded: &'a Loaded,
    /// The request that loads it, to which edits are added.
    pub request: Request,
    /// Parameters and targets.
    pub spec: TargetsSpec,
}

/// Simulated moments with their standard errors.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// By target: mean over replications.
    pub mean: Vec<f64>,
    /// By target: standard error of the mean.
    pub error: Vec<f64>,
}

impl Calibration<'_> {
    /// The value of a parameter at a point of the unit cube.
    #[must_use]
    pub fn value(&self, parameter: usize, z: f64) -> f64 {
        let spec = &self.spec.parameter[parameter];
        spec.low + (spec.high - spec.low) * z
    }

    /// The request that loads the scenario at a point of the unit cube.
    fn request_at(&self, z: &[f64]) -> Request {
        let mut request = self.request.clone();
        for (index, z) in z.iter().enumerate() {
            let path = &self.spec.parameter[index].path.text;
            request
                .sets
                .push(format!("{path}={}", self.value(index, *z)));
        }
        request
    }

    /// Loads the scenario at both bounds of all parameters.
    ///
    /// # Errors
    /// Bounds that the scenario refuses.
    pub fn check_bounds(&self) -> Result<(), Faults> {
        for bound in [0.0, 1.0] {
            load(&self.request_at(&vec![bound; self.spec.parameter.len()]))?;
        }
        Ok(())
    }

    /// Simulates the moments at a point of the unit cube.
    ///
    /// # Errors
    /// Values that the scenario refuses, or the message of a broken invariant.
    pub fn evaluate(&self, z: &[f64]) -> Result<Moments, String> {
        let last = self
            .spec
            .target
            .iter()
            .map(|target| target.until.0)
            .max()
            .unwrap_or(1);
        let mut request = self.request_at(z);
        request.sets.push(format!("months={last}"));
        let loaded = load(&request).map_err(|faults| faults.to_string())?;
        let simulation = Simulation::of(&loaded);
        let replications = u32::try_from(self.spec.replications.0).unwrap_or(u32::MAX);
        let ensemble = run_quietly(&simulation, replications)?;
        let mut moments = Moments {
            mean: Vec::new(),
            error: Vec::new(),
        };
        for target in &self.spec.target {
            let parts: Vec<&str> = target.metric.text.split('/').collect();
            let month = |number: u64| {
                let month = usize::try_from(number - 1).expect("at most 120 months");
                ensemble.sample(parts[0], parts[1], parts[2], month)
            };
            #[expect(clippy::cast_precision_loss, reason = "at most 120 months")]
            let mut sample: Vec<f64> = match target.moment {
                Moment::Mean => {
                    let count = (target.until.0 - target.from.0 + 1) as f64;
                    let mut sum = vec![0.0; ensemble.replications()];
                    for number in target.from.0..=target.until.0 {
                        for (sum, value) in sum.iter_mut().zip(month(number)) {
                            *sum += value / count;
                        }
                    }
                    sum
                }
                Moment::Growth => {
                    let span = (target.until.0 - target.from.0) as f64;
                    month(target.from.0)
                        .iter()
                        .zip(month(target.until.0))
                        .map(|(first, last)| libm::pow(last / first, 1.0 / span) - 1.0)
                        .collect()
                }
            };
            let summary = crate::stats::Summary::of(&mut sample);
            #[expect(clippy::cast_precision_loss, reason = "few replications")]
            moments
                .error
                .push(summary.sd / libm::sqrt(summary.n as f64));
            moments.mean.push(summary.mean);
        }
        Ok(moments)
    }

    /// Deviations of moments from targets, in standard errors of the observations.
    #[must_use]
    pub fn residuals(&self, moments: &Moments) -> DVector<f64> {
        DVector::from_iterator(
            self.spec.target.len(),
            self.spec
                .target
                .iter()
                .zip(&moments.mean)
                .map(|(target, mean)| (mean - target.value) / target.error),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calibration(loaded: &Loaded) -> Calibration<'_> {
        let text = "replications = 2\npoints = 8\nstarts = 2\n\
            [[parameter]]\npath = \"choice.attention_model\"\nlow = 0.0\nhigh = 0.2\n\
            [[parameter]]\npath = \"lab.openai.cash\"\nlow = 0.0\nhigh = 10.0\n\
            [[target]]\nname = \"a\"\nmetric = \"market/market/spend_usd\"\nmoment = \"mean\"\nfrom = 1\nuntil = 1\nvalue = 3.0\nerror = 0.1\nsource = \"none\"\n\
            [[target]]\nname = \"b\"\nmetric = \"market/market/mtok\"\nmoment = \"growth\"\nfrom = 1\nuntil = 2\nvalue = 1.0\nerror = 0.1\nsource = \"none\"\n";
        Calibration {
            loaded,
            request: Request::default(),
            spec: read("targets.toml", text, loaded).unwrap_or_else(|faults| panic!("{faults}")),
        }
    }

    #[test]
    fn a_known_function_is_fitted_and_its_interval_is_the_textbooks() {
        let loaded = load(&Request::default()).unwrap();
        let calibration = calibration(&loaded);
        // m1 = 20 a, m2 = b / 5 + 0.1 (20 a - 3)^2: the targets are met at a = 0.15, b = 5.
        let found = fit(&calibration, |z| {
            let (a, b) = (calibration.value(0, z[0]), calibration.value(1, z[1]));
            let bend = 20.0 * a - 3.0;
            Ok(Moments {
                mean: vec![20.0 * a, b / 5.0 + 0.1 * bend * bend],
                error: vec![0.0; 2],
            })
        })
        .unwrap();
        assert!(found.chi_squared < 1e-6, "{found:?}");
        assert!((found.parameters[0].value - 0.15).abs() < 1e-4);
        assert!((found.parameters[1].value - 5.0).abs() < 1e-3);
        // The error of a is the error of its target over its slope: 0.1 / 20.
        assert!((found.parameters[0].half_width - 1.96 * 0.005).abs() < 1e-3);
        // The first target does not depend on the second parameter.
        assert!(found.influence[0][1].size.abs() < 1e-12 && found.influence[0][0].size > 3.9);
    }

    #[test]
    fn an_overlay_is_a_scenario() {
        let loaded = load(&Request::default()).unwrap();
        let calibration = calibration(&loaded);
        let found = fit(&calibration, |z| {
            Ok(Moments {
                mean: vec![4.0 * z[0], z[1]],
                error: vec![0.0; 2],
            })
        })
        .unwrap();
        let text = overlay(&loaded, "baseline", "calibrated", &found, "a test");
        let again = load(&Request {
            text: Some(("calibrated.toml".to_owned(), text.clone())),
            ..Request::default()
        })
        .unwrap_or_else(|faults| panic!("{faults}\n{text}"));
        assert!(
            text.contains("[choice]\nattention_model")
                && text.contains("[[lab]]\nname = \"openai\"\ncash"),
            "{text}"
        );
        assert_eq!(again.changes.len(), 2, "{:?}", again.changes);
    }

    #[test]
    fn wrong_targets_are_located() {
        let loaded = load(&Request::default()).unwrap();
        let text = "replications = 2\npoints = 8\nstarts = 2\n\
            [[parameter]]\npath = \"choice.atention_model\"\nlow = 0.0\nhigh = 0.2\n\
            [[parameter]]\npath = \"choice.review_interval\"\nlow = 0.3\nhigh = 0.2\n\
            [[target]]\nname = \"a\"\nmetric = \"market/market/spend\"\nmoment = \"mean\"\nfrom = 2\nuntil = 99\nvalue = 3.0\nerror = 0.0\nsource = \"none\"\n";
        let shown = read("targets.toml", text, &loaded)
            .expect_err("faults")
            .to_string();
        for what in [
            "did you mean `choice.attention_model`?",
            "no single value to fit",
            "not below the upper",
            "no metric `market/market/spend`",
            "month 99 of 36",
            "has no error",
            "cannot be told apart",
        ] {
            assert!(shown.contains(what), "{what}\n{shown}");
        }
        assert!(shown.contains("targets.toml:5:8"), "{shown}");
    }
}
