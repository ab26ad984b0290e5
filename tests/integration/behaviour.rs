//! Actors that answer to the state of the market: pairs of runs in which only that state differs.

use tollway::ensemble::Ensemble;

use crate::common::{mean, simulate, with_overlay};

const RUN: [&str; 3] = ["run.enterprises=300", "run.replications=4", "months=18"];

fn run(overlay: &str) -> Ensemble {
    simulate(&with_overlay("baseline", overlay, &RUN))
}

fn sum(run: &Ensemble, table: &str, entity: &str, measure: &str) -> f64 {
    (0..18)
        .map(|month| mean(run, table, entity, measure, month))
        .sum()
}

fn share(value: f64) -> String {
    format!("{{ value = {value}, unit = \"share\", class = \"assumed\" }}")
}

#[test]
fn a_cloud_charges_by_its_share_of_spend_or_follows_a_rival() {
    let fee = |policy: &str, own: f64, rival: f64| {
        let overlay = format!(
            "[[router]]\nname = \"aws-router\"\npricing = \"{policy}\"\nspend_share = {}\n\
             [[router]]\nname = \"azure-router\"\ntake_rate = {rival}\n\
             [[router]]\nname = \"google-router\"\ntake_rate = {rival}\n\
             [[router]]\nname = \"independent\"\ntake_rate = {rival}\n\
             [pricing]\nfee_max = {}\n",
            share(own),
            share(0.9),
            rival = share(rival)
        );
        mean(&run(&overlay), "routers", "aws-router", "take_rate", 17)
    };
    let (small, large) = (
        fee("best-response", 0.02, 0.05),
        fee("best-response", 0.2, 0.05),
    );
    assert!(small > 0.0 && large > small, "{small} {large}");
    let (lean, dear) = (
        fee("follow-the-frontier", 0.05, 0.02),
        fee("follow-the-frontier", 0.05, 0.08),
    );
    assert!((dear - lean - 0.06).abs() < 0.02, "{lean} {dear}");
}

#[test]
fn a_cloud_steers_less_where_regulators_look() {
    let steering = |strength: f64| {
        let overlay = format!(
            "[regulation]\nstrength = {{ value = {strength}, unit = \"ratio\", class = \"assumed\" }}\n\
             [[router]]\nname = \"google-router\"\nsteering_policy = \"incentive\"\n"
        );
        sum(&run(&overlay), "routers", "google-router", "steering")
    };
    let (calm, strict) = (steering(0.0), steering(5.0));
    assert!(calm > 0.0 && strict < calm, "{calm} {strict}");
}

#[test]
fn a_cloud_spends_on_neutrality_while_a_rival_leads_or_bars_it() {
    let credible = |credibility: f64| {
        let overlay = format!(
            "[[cloud]]\nname = \"aws\"\ncredibility = {}\n",
            share(credibility)
        );
        sum(&run(&overlay), "clouds", "azure", "neutrality_usd")
    };
    assert!(credible(0.95) > credible(0.2));
    let answer = r#"
        [[cloud]]
        name = "google"
        [cloud.answer]
        policy = "neutrality"
        size = { value = 1.0, unit = "ratio", class = "assumed" }
        delay = { value = 0.0, unit = "months", class = "assumed" }
    "#;
    let ends = |until: &str| {
        let right = format!(
            "[[exclusivity]]\nname = \"aws-openai-stateful\"\nremove = true\n[[exclusivity]]\nname = \"azure-openai-api\"\nuntil = {until}\n"
        );
        sum(
            &run(&format!("{answer}{right}")),
            "clouds",
            "google",
            "neutrality_usd",
        )
    };
    assert!(ends("2032-12-31") > 1.1 * ends("2026-09-01"));
}

#[test]
fn a_lab_moves_its_compute_to_where_it_is_owned_and_served() {
    let part = |run: &Ensemble, host: &str| mean(run, "hosts", host, "share", 17);
    let free = run("");
    // A fifth of Azure's fleet is out for a year: training there falls short.
    let short = run(r#"
        [[shock]]
        name = "azure-out"
        kind = "outage"
        date = 2026-06-01
        duration = { value = 12.0, unit = "months", class = "assumed" }
        size = { value = 0.5, unit = "ratio", class = "assumed" }
        cloud = "azure"
    "#);
    assert!(part(&short, "openai|azure") < part(&free, "openai|azure"));
    // Amazon's conditional tranche is paid at once, or never.
    let paid = |probability: f64| {
        format!(
            "[[tranche]]\nname = \"aws-openai-contingent\"\nfrom = 2026-04-02\nuntil = 2026-04-30\nprobability = {}\n\
                 [finance]\nhost_ownership = {{ value = 20.0, unit = \"logit\", class = \"assumed\" }}\n",
            share(probability)
        )
    };
    let (yes, no) = (run(&paid(1.0)), run(&paid(0.0)));
    assert!(part(&yes, "openai|aws") > part(&no, "openai|aws"));
    // A cloud that a lab did not use at the start is a host only where it sells the lab's models.
    assert!(part(&free, "anthropic|azure") > 0.0);
    assert_eq!(part(&free, "anthropic|small").to_bits(), 0);
}

#[test]
fn a_rival_answers_a_deal_and_only_a_deal() {
    let answer = r#"
        [[cloud]]
        name = "azure"
        [cloud.answer]
        policy = "match-investment"
        size = { value = 0.5, unit = "ratio", class = "assumed" }
        delay = { value = 2.0, unit = "months", class = "assumed" }
    "#;
    let deal = |probability: f64| {
        format!(
            "{answer}[[tranche]]\nname = \"aws-openai-contingent\"\nfrom = 2026-04-02\nuntil = 2026-04-30\nprobability = {}\n",
            share(probability)
        )
    };
    let invested = |overlay: &str| sum(&run(overlay), "stakes", "azure|anthropic", "invested_usd");
    let (with, without) = (invested(&deal(1.0)), invested(&deal(0.0)));
    assert!(with > without + 10e9, "half of 35 bn: {with} {without}");
    // Amazon, which holds a stake in Anthropic, would answer a deal of Microsoft with another lab, but no answer.
    let ready = "[[cloud]]\nname = \"aws\"\n[cloud.answer]\npolicy = \"match-investment\"\nsize = { value = 1.0, unit = \"ratio\", class = \"assumed\" }\ndelay = { value = 0.0, unit = \"months\", class = \"assumed\" }\n";
    let by_amazon = |overlay: &str| sum(&run(overlay), "clouds", "aws", "invested_usd");
    let both = format!("{}{ready}", deal(1.0));
    let (alone, ready) = (by_amazon(&deal(1.0)), by_amazon(&both));
    assert_eq!(alone.to_bits(), ready.to_bits());
}

#[test]
fn investors_stop_at_their_limit_and_refuse_what_burns() {
    let kept = |limit: f64| {
        let overlay = format!(
            "[[equity]]\nname = \"azure-in-openai\"\nlimit = {}\n",
            share(limit)
        );
        sum(&run(&overlay), "stakes", "azure|openai", "invested_usd")
    };
    assert_eq!(kept(0.231).to_bits(), 0, "it holds 23.1 % already");
    assert!(kept(0.9) > 0.0);
    let debt = |training: f64| {
        let overlay = format!(
            "[[lab]]\nname = \"openai\"\ntraining_growth = {{ value = {training}, unit = \"per_year\", class = \"assumed\" }}\n"
        );
        let run = run(&overlay);
        mean(&run, "labs", "openai", "valuation_usd", 17)
    };
    assert!(debt(4.0) < debt(0.0), "burn lowers value");
}

#[test]
fn a_follower_moves_with_the_lab_that_leads() {
    let mistral = |factor: f64| {
        let leaders = ["openai", "anthropic", "google-deepmind"].map(|lab| {
            format!("[[event]]\nname = \"step-{lab}\"\ndate = 2026-06-01\nkind = \"price-step\"\nsubject = \"{lab}\"\nvalue = {{ value = {factor}, unit = \"ratio\", class = \"assumed\" }}\n")
        });
        let follower = "[[lab]]\nname = \"mistral\"\npricing = \"follow-the-frontier\"\n";
        mean(
            &run(&(leaders.concat() + follower)),
            "labs",
            "mistral",
            "price_index",
            17,
        )
    };
    let (present, lower) = (mistral(1.0), mistral(0.5));
    assert!(lower < present, "{lower} {present}");
}

#[test]
fn a_vendor_raises_its_price_in_a_shortage() {
    let premium = |size: f64| {
        let overlay = format!(
            "[[shock]]\nname = \"short\"\nkind = \"packaging\"\ndate = 2026-06-01\nduration = {{ value = 12.0, unit = \"months\", class = \"assumed\" }}\nsize = {{ value = {size}, unit = \"ratio\", class = \"assumed\" }}\n"
        );
        mean(&run(&overlay), "vendors", "nvidia", "premium", 8)
    };
    assert!(premium(0.8) > premium(0.01));
}

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
