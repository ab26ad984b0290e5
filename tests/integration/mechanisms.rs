//! Mechanisms can be switched off: then all tables but the mechanism's own measures are identical to the byte.
#![allow(
    clippy::format_collect,
    reason = "tests read files, count, and compare names that they know"
)]

use tollway::ensemble::Ensemble;

use crate::common::{mean, paired, scenario, simulate, values, with_overlay};

const RUN: [&str; 3] = ["run.enterprises=300", "run.replications=3", "months=14"];

fn run(overlay: &str) -> Ensemble {
    simulate(&with_overlay("baseline", overlay, &RUN))
}

/// Asserts that two runs have identical bits in every table, except in the measures `owned` by the mechanism.
pub(crate) fn assert_same(left: &Ensemble, right: &Ensemble, owned: &[&str]) {
    for (left, right) in left
        .tables
        .iter()
        .flatten()
        .zip(right.tables.iter().flatten())
    {
        let names = |table: &tollway::panel::Table| {
            let measures = table.measures.iter();
            measures.map(|m| m.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!((left.name, names(left)), (right.name, names(right)));
        assert_eq!(left.entities, right.entities);
        let width = left.measures.len();
        for (index, (a, b)) in left.values.iter().zip(&right.values).enumerate() {
            let measure = left.measures[index % width].name.as_str();
            if !owned.contains(&measure) {
                let entity = &left.entities[index / width % left.entities.len()];
                assert_eq!(
                    a.to_bits(),
                    b.to_bits(),
                    "{} {entity} {measure} in month {}: {a} against {b}",
                    left.name,
                    index / width / left.entities.len()
                );
            }
        }
    }
}

pub(crate) fn differ(left: &Ensemble, right: &Ensemble) -> bool {
    left.tables != right.tables
}

fn zero(unit: &str) -> String {
    format!("{{ value = 0.0, unit = \"{unit}\", class = \"assumed\" }}")
}

#[test]
fn regulation_at_zero_strength_is_no_regulation() {
    let off = run(&format!("[regulation]\nstrength = {}", zero("ratio")));
    // A case that is open at the start stays on record.
    assert_same(&off, &run("regulation = { remove = true }"), &["attention"]);
    assert!(differ(&off, &run("")));
}

#[test]
fn an_order_factor_of_one_is_none_and_a_smaller_one_orders_less() {
    let factor = |value: f64| {
        run(&format!(
            "[[cloud]]\nname = \"aws\"\norder_factor = {{ value = {value:.1}, unit = \"ratio\", class = \"assumed\" }}"
        ))
    };
    let without = run("");
    assert_same(&without, &factor(1.0), &[]);
    let capacity = |run: &Ensemble| mean(run, "clouds", "aws", "capacity_h100e", 13);
    assert!(capacity(&factor(0.7)) < capacity(&without));
}

#[test]
fn incidents_at_zero_strength_are_no_incidents() {
    let off = run(&format!("[incident]\nstrength = {}", zero("ratio")));
    assert_same(&off, &run("incident = { remove = true }"), &[]);
    assert!(differ(&off, &run("")));
}

#[test]
fn openness_without_worth_is_none() {
    let tasks = ["automation", "planning", "agents"];
    let small: String = tasks
        .iter()
        .map(|t| format!("{t} = {}\n", zero("logit")))
        .collect();
    let off = run(&format!(
        "[openness]\nworth = {}\nattention = {{ value = 1.0, unit = \"ratio\", class = \"assumed\" }}\n[openness.small]\n{small}",
        zero("logit")
    ));
    let none = run("openness = { remove = true }");
    assert_same(&off, &none, &["open_gap", "parity_tasks"]);
    assert!(differ(&off, &run("")));
}

#[test]
fn stateful_terms_of_zero_are_none() {
    let off = run(&format!(
        "[stateful]\npremium = {}\noverhead = {}\npenalty = {}",
        zero("share"),
        zero("share"),
        zero("logit")
    ));
    assert_same(&off, &run("stateful = { remove = true }"), &["agent_score"]);
    assert!(differ(&off, &run("")));
}

#[test]
fn photonics_that_save_and_cost_nothing_are_none() {
    let off = run(&format!(
        "[photonics]\npower_saving = {}\ncapex_share = {}",
        zero("share"),
        zero("share")
    ));
    assert_same(
        &off,
        &run("photonics = { remove = true }"),
        &["optical_share"],
    );
}

/// Overlay in which OpenAI and Anthropic price by best response, and Google keeps its prices.
const BEST_RESPONSE: &str = "[[lab]]\nname = \"openai\"\npricing = \"best-response\"\n[[lab]]\nname = \"anthropic\"\npricing = \"best-response\"\n[[lab]]\nname = \"google-deepmind\"\npricing = \"fixed\"\n";

#[test]
fn prices_that_never_adjust_are_list_prices_that_hold() {
    // Labs that step by schedule hold their prices in both.
    let held_too = ["mistral", "xai", "amazon-nova"]
        .map(|lab| format!("[[lab]]\nname = \"{lab}\"\npricing = \"fixed\"\n"))
        .concat();
    let off = run(&format!(
        "{BEST_RESPONSE}{held_too}[pricing]\nadjustment = {}",
        zero("share")
    ));
    let held = simulate(&with_overlay(
        "list-prices-hold",
        "pricing = { remove = true }",
        &RUN,
    ));
    // Stakes count in prices only under `[pricing]`.
    assert_same(&off, &held, &["stake_pressure"]);
    assert!(differ(&off, &run(BEST_RESPONSE)));
}

#[test]
fn a_price_factor_scales_list_prices_and_one_is_none() {
    let factor = |value: &str| {
        run(&format!(
            "[[lab]]\nname = \"openai\"\npricing = \"fixed\"\nprice_factor = {{ value = {value}, unit = \"ratio\", class = \"assumed\" }}"
        ))
    };
    let held = run("[[lab]]\nname = \"openai\"\npricing = \"fixed\"");
    assert_same(&factor("1.0"), &held, &[]);
    let cheaper = factor("0.7");
    for month in [0, 13] {
        let index = mean(&cheaper, "labs", "openai", "price_index", month);
        assert!((index - 0.7).abs() < 1e-12, "{index}");
        let sold = |run: &Ensemble| mean(run, "labs", "openai", "mtok", month);
        assert!(sold(&cheaper) > sold(&held));
        // Followers do not take a leader's factor into account.
        let follower = |run: &Ensemble| mean(run, "labs", "mistral", "price_index", month);
        assert_eq!(follower(&cheaper).to_bits(), follower(&held).to_bits());
    }
}

#[test]
fn attention_rises_with_prices_and_only_where_they_rise() {
    let labs: String = (scenario("baseline", &[]).scenario.lab.iter())
        .map(|lab| {
            format!(
                "[[lab]]\nname = \"{}\"\npricing = \"fixed\"\n",
                lab.name.text
            )
        })
        .collect();
    let with = |elasticity: &str, fee: &str| {
        run(&format!(
            "{labs}[choice]\nprice_attention = {{ value = {elasticity}, unit = \"elasticity\", class = \"assumed\" }}\n\
             [[router]]\nname = \"aws-router\"\ntake_rate = {{ value = {fee}, unit = \"share\", class = \"assumed\" }}"
        ))
    };
    assert_same(&with("0.0", "0.0"), &with("4.0", "0.0"), &[]);
    // At a high fee, users who look around more often leave the router.
    let fee = |run: &Ensemble| mean(run, "routers", "aws-router", "fee_usd", 13);
    let (captive, alert) = (with("0.0", "0.5"), with("4.0", "0.5"));
    assert!(
        fee(&alert) < 0.9 * fee(&captive),
        "{} {}",
        fee(&alert),
        fee(&captive)
    );
}

#[test]
fn rents_of_one_market_move_together() {
    let with = |local: &str| {
        run(&format!(
            "[rent]\nlocal = {{ value = {local}, unit = \"share\", class = \"assumed\" }}"
        ))
    };
    let rent =
        |run: &Ensemble, cloud: &str| mean(run, "clouds", cloud, "rent_contract_usd_per_h", 13);
    let (one, own) = (with("0.0"), with("1.0"));
    assert!((rent(&one, "aws") - rent(&one, "azure")).abs() < 1e-12);
    assert!((rent(&own, "aws") - rent(&own, "azure")).abs() > 1e-3);
}

#[test]
fn clouds_build_for_contracts() {
    let with = |cover: &str| {
        run(&format!(
            "[supply]\ncontract_cover = {{ value = {cover}, unit = \"share\", class = \"assumed\" }}"
        ))
    };
    let (none, all) = (with("0.0"), with("1.0"));
    let of = |run: &Ensemble, measure: &str| mean(run, "clouds", "oracle", measure, 13);
    assert!(of(&all, "capacity_h100e") > of(&none, "capacity_h100e"));
    assert!(of(&all, "undelivered_usd") < of(&none, "undelivered_usd"));
}

#[test]
fn silicon_costs_more_in_a_shortage_only() {
    let with = |response: &str, growth: &str| {
        run(&format!(
            "[supply]\nchip_growth = {{ value = {growth}, unit = \"per_year\", class = \"assumed\" }}\n\
             [[vendor]]\nname = \"nvidia\"\npremium_response = {{ value = {response}, unit = \"elasticity\", class = \"assumed\" }}"
        ))
    };
    let premium = |run: &Ensemble| {
        let months = 0..14;
        let of = |month| mean(run, "vendors", "nvidia", "premium", month);
        months.map(of).fold(0.0, f64::max)
    };
    assert!((premium(&with("0.0", "-0.9")) - 1.0).abs() < 1e-15);
    assert!((premium(&with("0.5", "9.0")) - 1.0).abs() < 1e-15);
    assert!(premium(&with("0.5", "-0.9")) > 1.0);
}

#[test]
fn rounds_fail_only_where_there_is_a_risk() {
    let with = |failure: &str, depth: &str| {
        // Little cash, so that labs raise money from the start.
        run(&format!(
            "[finance]\nround_failure = {{ value = {failure}, unit = \"share\", class = \"assumed\" }}\n\
             market_depth = {{ value = {depth}, unit = \"usd_per_year\", class = \"assumed\" }}\n\
             merger = {{ value = 0.0, unit = \"share\", class = \"assumed\" }}\n\
             [[tranche]]\nname = \"aws-openai-contingent\"\nremove = true\n\
             [[lab]]\nname = \"openai\"\ncash = {{ value = 10e9, unit = \"usd\", class = \"assumed\" }}"
        ))
    };
    let raised = |run: &Ensemble| -> f64 {
        (0..14)
            .map(|month| mean(run, "labs", "openai", "equity_raised_usd", month))
            .sum()
    };
    let never = raised(&with("0.0", "10e12"));
    assert!(never > 0.0);
    let (refused, poor) = (raised(&with("1.0", "10e12")), raised(&with("0.0", "0.0")));
    assert!(refused < 0.01 * never, "{refused} {never}");
    assert!(poor < never, "{poor} {never}");
}

#[test]
fn finance_without_rounds_terms_and_moves_is_none() {
    let nothing =
        "tranche = [{ name = \"aws-openai-contingent\", remove = true }]\ncommitment = [\n"
            .to_owned()
            + &[
                "openai-azure-250",
                "openai-oracle-300",
                "openai-aws-38",
                "openai-aws-100",
                "anthropic-azure-30",
                "anthropic-google-50",
            ]
            .map(|name| format!("{{ name = \"{name}\", remove = true }},\n"))
            .concat()
            + "]\n";
    let off = run(&format!(
        "{nothing}[finance]\nrunway = {}\ndistress = {}\nceiling = {}\ndependence = {}\nhost_sensitivity = {}",
        zero("months"),
        zero("months"),
        zero("share"),
        zero("share"),
        zero("logit")
    ));
    let none = run(&format!("{nothing}finance = {{ remove = true }}"));
    // Valuation and runway of labs belong to the mechanism.
    assert_same(
        &off,
        &none,
        &[
            "valuation_usd",
            "runway_months",
            "stakes_value_usd",
            "value_usd",
        ],
    );
    assert!(differ(&off, &run("")));
}

#[test]
fn commitments_of_nothing_are_none() {
    let names = ["openai-aws-38", "openai-aws-100"];
    let zeros = names.map(|name| {
        format!(
            "[[commitment]]\nname = \"{name}\"\namount = {}\n",
            zero("usd")
        )
    });
    let removed = names.map(|name| format!("[[commitment]]\nname = \"{name}\"\nremove = true\n"));
    assert_same(&run(&zeros.concat()), &run(&removed.concat()), &[]);
}

#[test]
fn hosts_of_no_response_stay_and_answers_of_nothing_are_none() {
    let still = run(&format!("[finance]\nhost_sensitivity = {}", zero("logit")));
    for host in [
        "openai|azure",
        "openai|oracle",
        "anthropic|aws",
        "anthropic|google",
    ] {
        let at = |month| mean(&still, "hosts", host, "share", month);
        assert_eq!(at(0).to_bits(), at(13).to_bits(), "{host}");
    }
    let answer = |cloud: &str, policy: &str| {
        format!(
            "[[cloud]]\nname = \"{cloud}\"\n[cloud.answer]\npolicy = \"{policy}\"\nsize = {}\ndelay = {}\n",
            zero("ratio"),
            zero("months")
        )
    };
    let answers = answer("azure", "match-investment") + &answer("google", "neutrality");
    assert_same(&run(&answers), &run(""), &[]);
}

#[test]
fn a_schedule_of_equal_years_is_no_growth() {
    let term = "[[commitment]]\nname = \"openai-oracle-300\"\nuntil = 2031-12-31\n";
    let level = run(&format!("{term}growth = {}", zero("per_year")));
    let part = "{ value = 0.2, unit = \"share\", class = \"assumed\" }";
    let years = run(&format!(
        "[[commitment]]\nname = \"openai-oracle-300\"\ngrowth = {{ remove = true }}\nschedule = [{part}, {part}, {part}, {part}, {part}]\n"
    ));
    let due = |run: &Ensemble| mean(run, "backlog", "openai|oracle", "due_usd", 11);
    assert!((due(&level) / due(&years) - 1.0).abs() < 1e-9);
}

#[test]
fn credits_of_nothing_are_none() {
    let credit = "[[credit]]\nname = \"aws-startup-credits\"\n";
    let off = run(&format!("{credit}share = {}", zero("share")));
    assert_same(&off, &run(&format!("{credit}remove = true")), &[]);
}

#[test]
fn a_lab_that_never_enters_is_a_lab_that_enters_too_late() {
    let entry = "[[entry]]\nname = \"third-lab\"\n";
    let off = run(&format!("{entry}probability = {}", zero("share")));
    let late = run(&format!(
        "{entry}probability = {{ value = 1.0, unit = \"share\", class = \"assumed\" }}\ndate = {{ value = 99.0, unit = \"months\", class = \"assumed\" }}"
    ));
    assert_same(&off, &late, &[]);
}

#[test]
fn integrators_that_take_save_and_attach_nothing_are_out_of_reach() {
    let names = ["integrators", "cloud-partners"];
    let quiet = names.map(|name| {
        format!(
            "[[integrator]]\nname = \"{name}\"\nfee = {}\nsaving = {}\nattachment = {}\n",
            zero("share"),
            zero("share"),
            zero("logit")
        )
    });
    let segments = [
        "ai-native",
        "software",
        "finance",
        "health",
        "public",
        "industry",
        "small-business",
    ];
    let reach: String = segments
        .iter()
        .map(|s| format!("{s} = {}\n", zero("share")))
        .collect();
    let absent =
        names.map(|name| format!("[[integrator]]\nname = \"{name}\"\n[integrator.reach]\n{reach}"));
    assert_same(
        &run(&quiet.concat()),
        &run(&absent.concat()),
        &["bundle_share", "fee", "reach"],
    );
}

#[test]
fn without_seats_only_their_own_line_and_the_origin_of_money_change() {
    let names = ["m365-copilot", "github-copilot"];
    let none = run(&names
        .map(|name| format!("[[seats]]\nname = \"{name}\"\nremove = true\n"))
        .concat());
    let empty =
        names.map(|name| format!("[[seats]]\nname = \"{name}\"\nseats = {}\n", zero("count")));
    assert_same(&run(&empty.concat()), &none, &[]);
    assert_same(
        &run(""),
        &none,
        &[
            "seats_usd",
            "seats_profit_usd",
            "customer_funded_share",
            "circular_usd",
            "circular_share",
            "circular_cash_usd",
            "strategic_circular_usd",
            "strategic_circular_share",
            "vendor_circular_usd",
            "vendor_circular_share",
            "lookthrough_revenue_usd",
        ],
    );
}

#[test]
fn an_integrator_that_reviews_without_moving_is_fixed() {
    let reviews = |terms: &str| {
        let text = ["integrators", "cloud-partners"].map(|name| {
            format!("[[integrator]]\nname = \"{name}\"\npolicy = \"reviewing\"\n{terms}")
        });
        run(&text.concat())
    };
    let still = format!(
        "adjustment = {}\nloyalty = {{ value = 1.0, unit = \"share\", class = \"assumed\" }}\n",
        zero("share")
    );
    assert_same(&reviews(&still), &run(""), &[]);
    assert!(differ(&reviews(""), &run("")));
}

#[test]
fn steering_by_incentive_with_nothing_to_choose_is_no_steering() {
    let routers = ["aws-router", "azure-router", "google-router"];
    let off = routers.map(|name| {
        format!(
            "[[router]]\nname = \"{name}\"\nsteering_policy = \"incentive\"\nsteering_max = {}\n",
            zero("logit")
        )
    });
    assert_same(&run(&off.concat()), &run(""), &[]);
}

#[test]
fn a_mandate_that_never_binds_changes_nothing() {
    let law: String = ["eu-commission", "uk-cma", "us-ftc"]
        .iter()
        .flat_map(|regulator| {
            [("neutral-routing", ""), ("fee-parity", ""), ("fee-cap", "level = { value = 0.9, unit = \"share\", class = \"assumed\" }\n")]
                .map(|(instrument, level)| {
                    format!(
                        "[[remedy]]\nname = \"{regulator}-law-{instrument}\"\nregulator = \"{regulator}\"\ninstrument = \"{instrument}\"\nfrom = 2026-08-01\n{level}"
                    )
                })
        })
        .collect();
    // No router steers, exempts its own models or takes nine tenths. No case is opened, so that nobody learns of one.
    let calm = format!("[regulation]\nstrength = {}\n", zero("ratio"));
    let (with, without) = (run(&format!("{calm}{law}")), run(&calm));
    assert_same(&with, &without, &["remedies"]);
    assert!(
        mean(&with, "market", "market", "remedies", 13) > 8.0,
        "the law is in force"
    );
}

#[test]
fn a_mandate_binds_where_it_is_law_and_nowhere_else() {
    let steer: String = ["aws-router", "azure-router", "google-router"]
        .map(|name| format!("[[router]]\nname = \"{name}\"\nsteering = {{ value = 2.0, unit = \"logit\", class = \"assumed\" }}\n"))
        .concat();
    let law = |regulators: &[&str]| -> String {
        regulators
            .iter()
            .map(|name| format!("[[remedy]]\nname = \"{name}-neutral\"\nregulator = \"{name}\"\ninstrument = \"neutral-routing\"\nfrom = 2026-08-01\n"))
            .collect()
    };
    let calm = format!("[regulation]\nstrength = {}\n", zero("ratio"));
    let own = |run: &Ensemble, month| mean(run, "market", "market", "first_party_share", month);
    let free = run(&format!("{calm}{steer}"));
    let europe = run(&format!("{calm}{steer}{}", law(&["eu-commission"])));
    let three = run(&format!(
        "{calm}{steer}{}",
        law(&["eu-commission", "uk-cma", "us-ftc"])
    ));
    assert_eq!(
        own(&free, 3).to_bits(),
        own(&three, 3).to_bits(),
        "runs are equal before the law"
    );
    assert!(own(&three, 13) < own(&europe, 13) && own(&europe, 13) < own(&free, 13));
    // The rest of the world has no such law, so some steering remains.
    let neutral = mean(&three, "market", "market", "first_party_share", 13)
        - mean(&three, "clouds", "google", "neutral_first_party_share", 13);
    assert!(neutral.abs() < 0.5, "{neutral}");
}

#[test]
fn trouble_raises_risk_and_moves_customers() {
    let sets = ["run.enterprises=800", "run.replications=12", "months=12"];
    let (calm, wave) = (
        simulate(&scenario("no-incidents", &sets)),
        simulate(&scenario("incident-wave", &sets)),
    );
    let rate = |run: &Ensemble| -> Vec<f64> {
        (0..12).fold(vec![0.0; 12], |sum, month| {
            let rates = values(run, "market", "market", "model_switch_rate", month);
            sum.iter().zip(rates).map(|(a, b)| a + b / 12.0).collect()
        })
    };
    let (gap, error) = paired(&rate(&wave), &rate(&calm));
    assert!(gap > 3.0 * error, "{gap}, error {error}");
    assert!(mean(&wave, "labs", "anthropic", "perceived_risk", 11) > 0.0);
    assert_eq!(mean(&calm, "labs", "anthropic", "perceived_risk", 11), 0.0);
}

#[test]
fn a_lab_that_nobody_funds_gets_into_distress_and_comes_to_an_end() {
    let sets = ["run.enterprises=300", "run.replications=6", "months=24"];
    let cut = simulate(&scenario("funding-stop", &sets));
    let distressed = mean(&cut, "labs", "openai", "is_distressed", 23);
    let closed = mean(&cut, "labs", "openai", "is_closed", 23);
    assert!(distressed + closed > 0.8, "{distressed} {closed}");
    assert!(closed < 1.0, "some labs are acquired");
    for (replication, usage) in values(&cut, "labs", "openai", "usage_usd", 23)
        .iter()
        .enumerate()
    {
        let is_closed = values(&cut, "labs", "openai", "is_closed", 23)[replication] > 0.5;
        let start = values(&cut, "labs", "openai", "usage_usd", 1)[replication];
        assert!(
            !is_closed || *usage < start,
            "customers of a closed lab have moved: {usage} of {start}"
        );
        // The commitments of a closed lab have ended.
        let was_closed = values(&cut, "labs", "openai", "is_closed", 22)[replication] > 0.5;
        let unused = values(&cut, "labs", "openai", "take_or_pay_usd", 23)[replication];
        // An open lab may use all that it has committed to, for training.
        assert!(!was_closed || unused == 0.0, "{unused}");
    }
}

#[test]
fn prices_in_every_replication_solve_their_conditions() {
    let run = run(BEST_RESPONSE);
    for residual in values(&run, "market", "market", "price_residual", 13) {
        assert!(
            residual > 0.0 && residual < tollway::economics::pricing::RESIDUAL,
            "{residual}"
        );
    }
}

#[test]
fn each_price_policy_of_a_router_moves_its_fee_to_its_target() {
    let fee = |policy: &str| {
        let run = run(&format!(
            "[[router]]\nname = \"aws-router\"\npricing = \"{policy}\"\n[[router]]\nname = \"azure-router\"\ntake_rate = {{ value = 0.04, unit = \"share\", class = \"assumed\" }}\n[[router]]\nname = \"google-router\"\ntake_rate = {{ value = 0.04, unit = \"share\", class = \"assumed\" }}"
        ));
        mean(&run, "routers", "aws-router", "take_rate", 13)
    };
    // Four reviews from a fee of zero close fifteen sixteenths of the gap.
    let closed = 15.0 / 16.0;
    assert_eq!(fee("fixed"), 0.0);
    assert!((fee("cost-plus") - closed * 0.005).abs() < 1e-9);
    assert!((fee("follow-the-frontier") - closed * 0.04).abs() < 1e-9);
    assert!(
        (fee("best-response") - closed * 0.15).abs() < 1e-9,
        "few users would leave, so the cap binds"
    );
    // The policy lands for a year; then one review of its harvest has closed half of the gap.
    assert!(
        (fee("land-then-harvest") - 0.5 * 0.15).abs() < 1e-9,
        "{}",
        fee("land-then-harvest")
    );
}
