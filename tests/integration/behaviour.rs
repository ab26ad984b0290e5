//! Actors answer to what they see: two runs that differ only in a state to which an actor answers differ in its action.

mod integrators {
    use crate::common::{mean, simulate, with_overlay};
    use tollway::ensemble::Ensemble;

    const RUN: [&str; 3] = ["run.enterprises=300", "run.replications=2", "months=14"];

    /// Clouds by their place in the scenario's list, from 1.
    const AWS: f64 = 1.0;
    const AZURE: f64 = 2.0;

    fn run(policy: &str, others: &str) -> Ensemble {
        let policies = ["integrators", "cloud-partners"]
            .map(|name| format!("[[integrator]]\nname = \"{name}\"\npolicy = \"{policy}\"\n"));
        simulate(&with_overlay(
            "baseline",
            &(policies.concat() + others),
            &RUN,
        ))
    }

    fn fee(run: &Ensemble, month: usize) -> f64 {
        mean(run, "integrators", "integrators", "fee", month)
    }

    fn attached(run: &Ensemble) -> f64 {
        mean(run, "integrators", "cloud-partners", "attached_cloud", 13)
    }

    const FAST: &str = "[[integrator]]\nname = \"integrators\"\ngrowth = { value = 0.3, unit = \"per_year\", class = \"assumed\" }\n";

    #[test]
    fn the_fee_of_an_integrator_that_reviews_answers_to_its_reach() {
        let slow = run("reviewing", "");
        let fast = run("reviewing", FAST);
        assert!(fee(&fast, 13) > fee(&slow, 13) + 0.002);
        // A fixed fee stays, whatever the reach.
        for fixed in [run("fixed", ""), run("fixed", FAST)] {
            assert!((fee(&fixed, 13) - 0.15).abs() < 1e-12);
        }
    }

    #[test]
    fn an_integrator_that_reviews_attaches_itself_to_the_cloud_that_its_customers_prefer() {
        // Where OpenAI sells nearly everything itself, AWS leads Azure by far.
        let share = |channel: &str, value: f64| {
            format!(
                "[[channel]]\nname = \"{channel}\"\nshare = {{ value = {value:.2}, unit = \"share\", class = \"assumed\" }}\n"
            )
        };
        let at_aws = share("openai-azure", 0.02) + &share("openai-direct", 0.91);
        assert!((attached(&run("reviewing", "")) - AZURE).abs() < 1e-12);
        assert!((attached(&run("reviewing", &at_aws)) - AWS).abs() < 1e-12);
        assert!((attached(&run("fixed", &at_aws)) - AZURE).abs() < 1e-12);
    }
}
