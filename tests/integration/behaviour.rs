//! Actors answer to what they see: two runs that differ only in a state to which an actor answers differ in its action.

mod integrators {
    use crate::common::{mean, scenario, simulate};
    use tollway::ensemble::Ensemble;

    const RUN: [&str; 3] = ["run.enterprises=300", "run.replications=2", "months=14"];

    /// Clouds by their place in the scenario's list, from 1.
    const AWS: f64 = 1.0;
    const AZURE: f64 = 2.0;

    fn run(policy: &str, others: &[&str]) -> Ensemble {
        let policies = ["integrators", "cloud-partners"]
            .map(|name| format!("integrator.{name}.policy={policy}"));
        let policies = policies.iter().map(String::as_str);
        let sets: Vec<&str> = RUN
            .into_iter()
            .chain(policies)
            .chain(others.iter().copied())
            .collect();
        simulate(&scenario("baseline", &sets))
    }

    fn fee(run: &Ensemble, month: usize) -> f64 {
        mean(run, "integrators", "integrators", "fee", month)
    }

    fn attached(run: &Ensemble) -> f64 {
        mean(run, "integrators", "cloud-partners", "attached_cloud", 13)
    }

    #[test]
    fn the_fee_of_an_integrator_that_reviews_answers_to_its_reach() {
        let fast = ["integrator.integrators.growth=0.3"];
        assert!(fee(&run("reviewing", &fast), 13) > fee(&run("reviewing", &[]), 13) + 0.002);
        // A fixed fee stays, whatever the reach.
        for fixed in [run("fixed", &[]), run("fixed", &fast)] {
            assert!((fee(&fixed, 13) - 0.15).abs() < 1e-12);
        }
    }

    #[test]
    fn an_integrator_that_reviews_attaches_itself_to_the_cloud_that_its_customers_prefer() {
        // One lab at a time sells most of its models at one cloud, and little of them itself.
        let at_azure = [
            "channel.openai-azure.share=0.92",
            "channel.openai-direct.share=0.01",
        ];
        let at_aws = [
            "channel.anthropic-aws.share=0.865",
            "channel.anthropic-google.share=0.01",
            "channel.anthropic-direct.share=0.01",
        ];
        assert!((attached(&run("reviewing", &at_azure)) - AZURE).abs() < 1e-12);
        assert!((attached(&run("reviewing", &at_aws)) - AWS).abs() < 1e-12);
        assert!((attached(&run("fixed", &at_aws)) - AZURE).abs() < 1e-12);
    }
}
