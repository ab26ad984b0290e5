//! Contracts bind from their dates.

use tollway::ensemble::Ensemble;
use tollway::ledger::Flow;

use crate::common::{mean, simulate, with_overlay};

const RUN: [&str; 3] = ["run.enterprises=600", "run.replications=4", "months=30"];

/// Returns the channel share that a lab pays a cloud in a month, USD, mean over replications.
fn channel_share(ensemble: &Ensemble, lab: &str, cloud: &str, month: u16) -> f64 {
    let account = |name: &str| {
        ensemble
            .accounts
            .iter()
            .position(|account| account == name)
            .unwrap()
    };
    let (from, to) = (account(lab), account(cloud));
    let flows = &ensemble.mean.as_ref().unwrap().flows;
    let of_month = flows
        .iter()
        .filter(|(line, _)| line.month == month && line.kind == Flow::ChannelShare);
    of_month
        .filter(|(line, _)| {
            tollway::base::ids::Id::index(line.payer) == from
                && tollway::base::ids::Id::index(line.payee) == to
        })
        .map(|(_, usd)| usd)
        .sum()
}

#[test]
fn an_exclusive_right_takes_other_clouds_offers_off_sale_and_their_users_move() {
    let overlay = r#"
        [[exclusivity]]
        name = "anthropic-on-aws-only"
        lab = "anthropic"
        cloud = "aws"
        runtime = "stateless"
        from = 2026-10-01
    "#;
    let bound = simulate(&with_overlay("baseline", overlay, &RUN));
    let free = simulate(&with_overlay("baseline", "", &RUN));
    let google = |run: &Ensemble, month| channel_share(run, "anthropic", "google", month);
    assert_eq!(
        google(&bound, 4).to_bits(),
        google(&free, 4).to_bits(),
        "runs are equal before the right begins"
    );
    // Migrations take up to a year and sometimes fail, so that some are still under way two years later.
    assert!(
        google(&bound, 29) < 0.2 * google(&free, 29),
        "users leave offers that are no longer sold"
    );
    assert!(
        google(&bound, 29) < google(&bound, 16),
        "users keep leaving"
    );
    let aws = |run: &Ensemble| channel_share(run, "anthropic", "aws", 29);
    assert!(
        aws(&bound) > aws(&free),
        "some users move to the cloud that has the right"
    );
}

#[test]
fn a_channel_opens_on_its_date() {
    let overlay = r#"
        [[channel]]
        name = "openai-google-stateful"
        lab = "openai"
        cloud = "google"
        runtime = "stateful"
        share = { value = 0.0, unit = "share", class = "assumed" }
        from = 2027-01-01
        [[exclusivity]]
        name = "aws-openai-stateful"
        until = 2026-12-31
        [[channel_share]]
        name = "openai-google"
        lab = "openai"
        cloud = "google"
        books = "lab"
        share = { value = 0.3, unit = "share", class = "assumed" }
        base = "revenue"
    "#;
    let run = simulate(&with_overlay("baseline", overlay, &RUN));
    assert_eq!(channel_share(&run, "openai", "google", 7), 0.0);
    assert!(channel_share(&run, "openai", "google", 20) > 0.0);
}

#[test]
fn a_new_lab_enters_on_its_date_at_one_cloud_and_later_everywhere() {
    let overlay = r#"
        [[entry]]
        name = "third-lab"
        probability = { value = 1.0, unit = "share", class = "assumed" }
        date = { value = 9.0, unit = "months", class = "assumed" }
        capability = { value = 0.2, unit = "logit", class = "assumed" }
        multi_home = { value = 6.0, unit = "months", class = "assumed" }
    "#;
    let run = simulate(&with_overlay("baseline", overlay, &RUN));
    let usage = |month| mean(&run, "labs", "new-entrant", "usage_usd", month);
    assert_eq!(usage(7), 0.0);
    assert!(usage(29) > usage(14) && usage(14) > 0.0);
    let sold_at = |month| {
        ["aws", "azure", "google", "oracle", "neocloud"]
            .iter()
            .filter(|cloud| channel_share(&run, "new-entrant", cloud, month) > 0.0)
            .count()
    };
    assert_eq!(sold_at(7), 0);
    // Each of the four replications draws a home cloud.
    assert!((1..=4).contains(&sold_at(13)), "{}", sold_at(13));
    assert_eq!(sold_at(29), 5);
}
