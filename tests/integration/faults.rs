//! Bad input: all faults are reported at once, each with its place and its remedy.

use std::path::Path;

use tollway::scenario::{BASELINE, Request, load};

fn faults(text: &str) -> String {
    faults_of(text.as_bytes(), &[])
}

fn faults_of(bytes: &[u8], sets: &[&str]) -> String {
    let folder = temp_dir::TempDir::new().unwrap();
    let file = folder.path().join("edit.toml");
    std::fs::write(&file, bytes).unwrap();
    let request = Request {
        file: Some(file),
        overlays: Vec::new(),
        sets: sets.iter().map(ToString::to_string).collect(),
        ..Request::default()
    };
    let text = load(&request).expect_err("a fault").to_string();
    text.replace(&format!("{}/", folder.path().display()), "")
}

const HEAD: &str = "name = \"edit\"\ntitle = \"an edit\"\nextends = \"baseline\"\n";

fn edit(body: &str) -> String {
    faults(&format!("{HEAD}{body}"))
}

#[test]
fn an_unknown_key_is_shown_with_its_nearest_name() {
    assert_eq!(
        edit("\n[[router]]\nname = \"aws-router\"\ntake_rat = 0.05\n"),
        "error: unknown key `take_rat`
 --> edit.toml:7:1
  |
7 | take_rat = 0.05
  | ^^^^^^^^
  = help: did you mean `take_rate`?

1 fault; nothing was run and nothing was written"
    );
}

#[test]
fn every_fault_is_found_in_one_pass() {
    let text = edit(
        r#"
[[router]]
name = "aws-router"
take_rate = { value = 1.5, unit = "share", class = "assumed" }
[[router]]
name = "google-router"
take_rate = { value = 0.05, unit = "percent", class = "assumed" }
[[router]]
name = "azure-router"
cloud = "azuer"
[[model]]
name = "openai-mid"
price_in = { value = "dear", unit = "usd_per_mtok", class = "assumed" }
[[cloud]]
name = "aws"
credibility = 0.5
"#,
    );
    for (message, line) in [
        (
            "`router.aws-router.take_rate` is 1.5, outside the range of a share",
            "edit.toml:7:13",
        ),
        ("has the wrong unit `percent`", "edit.toml:10:36"),
        ("unknown cloud `azuer`", "edit.toml:13:9"),
        (
            "`model.openai-mid.price_in.value` must be a number, not text",
            "edit.toml:16:22",
        ),
        ("needs a number with unit and class", "edit.toml:19:15"),
    ] {
        assert!(text.contains(message), "{message} in\n{text}");
        assert!(text.contains(line), "{line} in\n{text}");
    }
    assert!(text.contains("the allowed range is 0 to 1"));
    assert!(text.contains("5 faults"), "{text}");
}

#[test]
fn an_unknown_entity_is_shown_with_its_nearest_name() {
    let text = edit("\n[[router]]\nname = \"azure-router\"\ncloud = \"azuer\"\n");
    assert!(
        text.contains("unknown cloud `azuer`") && text.contains("edit.toml:7:9"),
        "{text}"
    );
    assert!(text.contains("did you mean `azure`?"));
}

#[test]
fn two_exclusive_rights_are_both_cited() {
    assert_eq!(
        edit(
            "\n[[exclusivity]]\nname = \"google-too\"\nlab = \"openai\"\ncloud = \"google\"\nruntime = \"stateful\"\nfrom = 2026-06-01\n"
        ),
        format!(
            "error: `aws-openai-stateful` and `google-too` are exclusive to two clouds at once
 --> edit.toml:6:8
  |
6 | name = \"google-too\"
  |        ^^^^^^^^^^^^
    --> baseline:{line}:8
     |
{line} | name = \"aws-openai-stateful\"
     |        ^^^^^^^^^^^^^^^^^^^^^ the other exclusive right
  = help: end one before the other begins, or change its runtime or tiers

1 fault; nothing was run and nothing was written",
            line = line_of("name = \"aws-openai-stateful\"")
        )
    );
}

fn line_of(text: &str) -> usize {
    tollway::scenario::BASELINE
        .lines()
        .position(|line| line == text)
        .unwrap()
        + 1
}

#[test]
fn a_date_outside_the_horizon_is_a_fault() {
    let shock = "\n[[shock]]\nname = \"late\"\nkind = \"supply-cut\"\ndate = 2031-01-01\nduration = { value = 3.0, unit = \"months\", class = \"assumed\" }\nsize = { value = 0.5, unit = \"ratio\", class = \"assumed\" }\n";
    let text = edit(shock);
    assert!(
        text.contains("a shock on 2031-01-01 lies outside the horizon"),
        "{text}"
    );
    assert!(text.contains("the scenario runs from 2026-03-31 to 2029-03-31"));
}

#[test]
fn a_horizon_outside_1_to_120_months_is_a_fault() {
    for months in ["0", "121", "-3"] {
        let text = faults_of(HEAD.as_bytes(), &[&format!("months={months}")]);
        assert!(
            text.contains("write a whole number from 1 to 120"),
            "{text}"
        );
        assert!(text.contains("--> --set:1:8"), "{text}");
    }
}

#[test]
fn a_name_defined_twice_is_a_fault() {
    let text = edit("\n[[router]]\nname = \"mine\"\n[[router]]\nname = \"mine\"\n");
    assert!(text.contains("`mine` is defined twice"), "{text}");
    assert!(
        text.contains("edit.toml:8:8") && text.contains("edit.toml:6:8"),
        "{text}"
    );
}

#[test]
fn a_cycle_of_extends_is_a_fault() {
    let folder = temp_dir::TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("a.toml"), "extends = \"b.toml\"\n").unwrap();
    std::fs::write(path("b.toml"), "extends = \"a.toml\"\n").unwrap();
    let text = load(&Request {
        file: Some(path("a.toml")),
        ..Request::default()
    })
    .unwrap_err()
    .to_string();
    assert!(text.contains("`extends` forms a cycle"), "{text}");
    assert!(text.contains("b.toml:1:11"), "{text}");
}

#[test]
fn an_impossible_correlation_matrix_is_a_fault() {
    let text = edit(
        "\n[[correlation]]\nname = \"impossible\"\ninputs = [\"task.coding.growth\", \"task.agents.growth\", \"task.chat.growth\"]\nmatrix = [[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]]\n",
    );
    assert!(
        text.contains("no numbers can have the correlations of `impossible`"),
        "{text}"
    );
}

#[test]
fn a_missing_file_is_a_fault_where_it_is_named() {
    let text = faults("name = \"edit\"\nextends = \"nowhere.toml\"\n");
    assert!(
        text.contains("cannot read nowhere.toml") && text.contains("edit.toml:2:11"),
        "{text}"
    );
    let text = load(&Request {
        file: Some(Path::new("no/such.toml").to_path_buf()),
        ..Request::default()
    })
    .unwrap_err()
    .to_string();
    assert!(
        text.starts_with("error: cannot read no/such.toml"),
        "{text}"
    );
}

#[test]
fn encodings_that_are_not_plain_utf8_are_faults() {
    let text = faults_of(b"\xef\xbb\xbfname = \"edit\"\n", &[]);
    assert!(
        text.contains("starts with a byte-order mark")
            && text.contains("save it as UTF-8 without BOM"),
        "{text}"
    );
    let text = faults_of(b"name = \"caf\xe9\"\n", &[]);
    assert!(
        text.contains("the file is not UTF-8") && text.contains("edit.toml:1:12"),
        "{text}"
    );
}

#[test]
fn broken_toml_is_shown_at_its_place() {
    let text = faults("name = \"edit\"\ntitle = \n");
    assert!(
        text.contains("invalid TOML") && text.contains("edit.toml:2:"),
        "{text}"
    );
}

#[test]
fn an_edit_of_an_unknown_name_suggests_the_nearest() {
    let text = faults_of(HEAD.as_bytes(), &["router.aws-ruoter.take_rate=0.1"]);
    assert_eq!(
        text,
        "error: cannot set `aws-ruoter`: no such key or entry
 --> --set:1:8
  |
1 | router.aws-ruoter.take_rate=0.1
  |        ^^^^^^^^^^
  = help: did you mean `aws-router`?

1 fault; nothing was run and nothing was written"
    );
}

#[test]
fn measured_numbers_need_a_source() {
    let text = edit(
        "\n[[router]]\nname = \"aws-router\"\ntake_rate = { value = 0.05, unit = \"share\", class = \"measured\" }\n",
    );
    assert!(
        text.contains("is not assumed, so it needs a source"),
        "{text}"
    );
}

#[test]
fn divisors_must_be_above_zero() {
    for edit in [
        "cloud.aws.capacity=0",
        "choice.review_interval=0",
        "price_class.low.sensitivity=-1",
    ] {
        let text = faults_of(HEAD.as_bytes(), &[edit]);
        assert!(
            text.contains("must be above 0") && text.contains("--> --set:1:"),
            "{text}"
        );
    }
}

#[test]
fn bounds_that_cross_or_are_too_wide_say_so() {
    for (edit, message) in [
        (
            "supply.budget_max=0.1",
            "`supply.budget_max` is below `supply.budget_min`",
        ),
        (
            "supply.budget_min=3.5",
            "`supply.budget_max` is below `supply.budget_min`",
        ),
        (
            "demand.tenure_max=121",
            "`demand.tenure_max` is above 120 months",
        ),
    ] {
        let text = faults_of(HEAD.as_bytes(), &[edit]);
        assert!(text.contains(message), "{text}");
    }
}

#[test]
fn an_invalid_distribution_says_what_is_missing() {
    for (edit, message) in [
        (
            "{ dist = \"pert\", low = 0.3, mode = 0.1, high = 0.5, unit = \"share\", class = \"assumed\" }",
            "low, mode and high in rising order",
        ),
        (
            "{ dist = \"beta\", a = 2.0, low = 0.0, high = 0.5, unit = \"share\", class = \"assumed\" }",
            "a beta distribution needs a, b, low, high",
        ),
        (
            "{ dist = \"gaussian\", mean = 0.1, unit = \"share\", class = \"assumed\" }",
            "expected one of `normal`",
        ),
        (
            "{ value = 0.1, dist = \"normal\", unit = \"share\", class = \"assumed\" }",
            "has both a value and a distribution",
        ),
        (
            "{ dist = \"discrete\", values = [0.1, 0.2], weights = [1.0], unit = \"share\", class = \"assumed\" }",
            "as many non-negative weights as values",
        ),
    ] {
        let text = faults_of(
            HEAD.as_bytes(),
            &[&format!("router.aws-router.take_rate={edit}")],
        );
        assert!(text.contains(message), "{message} in\n{text}");
    }
}

#[test]
fn a_tranche_without_a_trigger_date_is_a_fault() {
    let text = edit(
        "\n[[tranche]]\nname = \"loose\"\nholder = \"aws\"\nlab = \"openai\"\namount = { value = 1e9, unit = \"usd\", class = \"assumed\" }\ntrigger = \"firm\"\nuntil = 2027-01-01\n",
    );
    assert_eq!(
        text,
        "error: tranche `loose` has no trigger date
 --> edit.toml:6:8
  |
6 | name = \"loose\"
  |        ^^^^^^^
  = help: add `from`: when it is paid, or from when its condition can be met

1 fault; nothing was run and nothing was written"
    );
}

#[test]
fn a_condition_without_a_chance_is_a_fault() {
    let text = edit(
        "\n[[tranche]]\nname = \"loose\"\nholder = \"aws\"\nlab = \"openai\"\namount = { value = 1e9, unit = \"usd\", class = \"assumed\" }\ntrigger = \"ipo\"\nfrom = 2026-06-01\nuntil = 2027-01-01\n",
    );
    assert!(
        text.contains("does not state the chance of its condition")
            && text.contains("edit.toml:6:8"),
        "{text}"
    );
}

#[test]
fn holdings_above_the_whole_are_a_fault() {
    let text = edit(
        "\n[[equity]]\nname = \"too-much\"\nholder = \"google\"\nfirm = \"openai\"\ncash_flow = { value = 0.5, unit = \"share\", class = \"assumed\" }\ncontrol = { value = 0.0, unit = \"share\", class = \"assumed\" }\n",
    );
    assert!(
        text.contains("stakes in `openai` sum to 1.459 of its cash flows"),
        "{text}"
    );
    assert!(
        text.contains("edit.toml:9:13") && text.contains("sum to at most 1"),
        "{text}"
    );
    // The faulty edit is named even if other edits follow it.
    let text = edit(
        "\n[[equity]]\nname = \"azure-in-openai\"\ncontrol = { value = 0.9, unit = \"share\", class = \"assumed\" }\n",
    );
    assert!(
        text.contains("of its control") && text.contains("edit.toml:7:11"),
        "{text}"
    );
}

#[test]
fn holdings_in_a_circle_without_an_end_are_a_fault() {
    let stake = |name: &str, holder: &str, firm: &str| {
        format!(
            "\n[[equity]]\nname = \"{name}\"\nholder = \"{holder}\"\nfirm = \"{firm}\"\ncash_flow = {{ value = 1.0, unit = \"share\", class = \"assumed\" }}\ncontrol = {{ value = 0.0, unit = \"share\", class = \"assumed\" }}\n"
        )
    };
    let text = edit(&(stake("there", "oracle", "small") + &stake("back", "small", "oracle")));
    assert!(
        text.contains("I - C is singular") && text.contains("edit.toml:13:8"),
        "{text}"
    );
}

#[test]
fn a_take_or_pay_without_a_term_is_a_fault() {
    let text = edit(
        "\n[[commitment]]\nname = \"endless\"\nlab = \"openai\"\ncloud = \"aws\"\namount = { value = 1e9, unit = \"usd\", class = \"assumed\" }\nfrom = 2026-06-01\n",
    );
    assert!(
        text.contains("`commitment.endless` is missing the key `until`"),
        "{text}"
    );
    assert!(
        text.contains("edit.toml:5:1") && text.contains("add `until`"),
        "{text}"
    );
}

#[test]
fn a_schedule_that_does_not_add_up_is_a_fault() {
    let with = |schedule: &str, until: &str| {
        faults(&edit(&format!(
            "\n[[commitment]]\nname = \"new\"\nlab = \"openai\"\ncloud = \"aws\"\namount = {{ value = 1e9, unit = \"usd\", class = \"assumed\" }}\nfrom = 2026-06-01\nuntil = {until}\n{schedule}",
        )))
    };
    let shares = |parts: &[f64]| {
        let parts: Vec<String> = parts
            .iter()
            .map(|part| format!("{{ value = {part}, unit = \"share\", class = \"assumed\" }}"))
            .collect();
        format!("schedule = [{}]\n", parts.join(", "))
    };
    let text = with(&shares(&[0.2, 0.3, 0.4]), "2029-05-31");
    assert!(
        text.contains("the schedule of `new` adds up to 0.900 of its amount"),
        "{text}"
    );
    let text = with(&shares(&[0.5, 0.5]), "2029-05-31");
    assert!(
        text.contains("the schedule of `new` has 2 years, its term 3"),
        "{text}"
    );
    let text = with("", "2029-05-31");
    assert!(
        text.contains("does not say when its amount falls due"),
        "{text}"
    );
    let growth = "growth = { value = 0.1, unit = \"per_year\", class = \"assumed\" }\n";
    let text = with(
        &format!("{growth}{}", shares(&[0.2, 0.3, 0.5])),
        "2029-05-31",
    );
    assert!(text.contains("has both `growth` and `schedule`"), "{text}");
}

#[test]
fn a_stake_above_its_limit_is_a_fault() {
    let text = faults(&edit(
        "\n[[equity]]\nname = \"google-in-anthropic\"\nlimit = { value = 0.1, unit = \"share\", class = \"assumed\" }\n",
    ));
    assert!(
        text.contains("`google-in-anthropic` holds more than its limit"),
        "{text}"
    );
}

#[test]
fn an_answer_of_a_cloud_that_has_none_is_a_fault() {
    let with = |cloud: &str, policy: &str| {
        faults(&edit(&format!(
            "\n[[cloud]]\nname = \"{cloud}\"\n[cloud.answer]\npolicy = \"{policy}\"\nsize = {{ value = 1.0, unit = \"ratio\", class = \"assumed\" }}\ndelay = {{ value = 0.0, unit = \"months\", class = \"assumed\" }}\n"
        )))
    };
    let text = with("oracle", "match-investment");
    assert!(
        text.contains("which holds no stake in a lab that no cloud owns"),
        "{text}"
    );
    let text = with("oracle", "neutrality");
    assert!(
        text.contains("which has no channel that a rival's exclusive right bars"),
        "{text}"
    );
}

#[test]
fn a_regulator_without_a_jurisdiction_is_a_fault() {
    let text = edit("\n[[regulator]]\nname = \"nowhere\"\n");
    assert!(
        text.contains("`regulator.nowhere` is missing the key `jurisdiction`"),
        "{text}"
    );
    let text = edit("\n[[regulator]]\nname = \"uk-cma\"\njurisdiction = \"uc\"\n");
    assert!(
        text.contains("unknown jurisdiction `uc`") && text.contains("edit.toml:7:16"),
        "{text}"
    );
    assert!(text.contains("did you mean `us`?"), "{text}");
}

#[test]
fn a_remedy_outside_the_horizon_is_a_fault() {
    let text = edit(
        "\n[[remedy]]\nname = \"late\"\nregulator = \"uk-cma\"\ninstrument = \"neutral-routing\"\nfrom = 2035-01-01\n",
    );
    assert!(
        text.contains("a remedy on 2035-01-01 lies outside the horizon"),
        "{text}"
    );
    assert!(
        text.contains("edit.toml:9:8") && text.contains("from 2026-03-31 to 2029-03-31"),
        "{text}"
    );
}

/// Returns the text of a designation of a cloud by the UK's regulator, with a date and duties.
fn designation(cloud: &str, opened: &str, decision: f64, duties: &str) -> String {
    let share =
        |name: &str| format!("{name} = {{ value = 0.1, unit = \"share\", class = \"assumed\" }}\n");
    let months = |name: &str, value: f64| {
        format!("{name} = {{ value = {value:.1}, unit = \"months\", class = \"assumed\" }}\n")
    };
    format!(
        "\n[[designation]]\nname = \"uk-{cloud}-{opened}\"\nregulator = \"uk-cma\"\ncloud = \"{cloud}\"\nopened = {opened}\n{}{}{}{}{}{}{duties}",
        months("decision", decision),
        share("probability"),
        months("compliance", 6.0),
        share("breach"),
        months("non_compliance", 12.0),
        share("fine"),
    )
}

const DUTY: &str = "neutral_routing = true\n";

#[test]
fn a_designation_outside_the_horizon_is_a_fault() {
    let text = edit(&designation("aws", "2029-03-31", 12.0, DUTY));
    assert!(
        text.contains("a designation on 2029-03-31 lies outside the horizon")
            && text.contains("edit.toml:9:10")
            && text.contains("from 2026-03-31 to 2029-03-31"),
        "{text}"
    );
    let text = edit(&designation("aws", "2028-06-01", 12.0, DUTY));
    assert!(
        text.contains("a designation outside the horizon: `uk-aws-2028-06-01` is decided on 2029-06-01 at the earliest")
            && text.contains("edit.toml:10:12")
            && text.contains("open it earlier, shorten `decision`, or remove it"),
        "{text}"
    );
}

#[test]
fn a_designation_without_a_duty_is_a_fault() {
    let none = "neutral_routing = false\nportability = { value = 0.0, unit = \"share\", class = \"assumed\" }\n";
    for duties in ["", none] {
        let text = edit(&designation("aws", "2027-01-01", 12.0, duties));
        assert!(
            text.contains(
                "designation `uk-aws-2027-01-01` would change nothing: it imposes no duty"
            ) && text.contains("edit.toml:6:8")
                && text.contains("add neutral_routing = true"),
            "{text}"
        );
    }
}

#[test]
fn two_designations_of_one_cloud_by_one_regulator_are_a_fault() {
    let two = ["2027-01-01", "2027-02-01"].map(|opened| designation("google", opened, 12.0, DUTY));
    let text = edit(&two.concat());
    assert!(
        text.contains("`uk-cma` investigates `google` twice")
            && text.contains("the first investigation")
            && text.contains("remove one of the two"),
        "{text}"
    );
    assert_eq!(text.matches("error:").count(), 1, "{text}");
    // An investigation into another cloud is another one. (A key that is unknown makes the text fail.)
    let apart = ["google", "aws"].map(|cloud| designation(cloud, "2027-01-01", 12.0, DUTY));
    let text = edit(&format!("{}oops = 1\n", apart.concat()));
    assert!(!text.contains("twice"), "{text}");
}

#[test]
fn a_price_policy_for_an_actor_without_a_price_is_a_fault() {
    for (body, why, line) in [
        (
            "\n[[router]]\nname = \"enterprise-run\"\npricing = \"best-response\"\n",
            "an enterprise-run router takes no fee",
            "edit.toml:6:8",
        ),
        (
            "\n[[cloud]]\nname = \"oracle\"\npricing = \"scheduled\"\n",
            "a hosting margin has no drift to schedule",
            "edit.toml:6:8",
        ),
        (
            "\n[[lab]]\nname = \"mistral\"\npricing = \"follow-the-frontier\"\n\
             [[model]]\nname = \"mistral-mid\"\nremove = true\n[[model]]\nname = \"mistral-small\"\nremove = true\n",
            "it sells no model",
            "baseline:",
        ),
        (
            "\npricing = { remove = true }\n",
            "reacts with its price, and there is no [pricing]",
            "baseline:",
        ),
    ] {
        let text = edit(body);
        assert!(text.contains(why), "{why} in\n{text}");
        assert!(text.contains(line), "{text}");
    }
}

#[test]
fn an_integrator_that_reviews_its_fee_needs_customers_who_respond() {
    let text = edit(
        "\n[[integrator]]\nname = \"integrators\"\npolicy = \"reviewing\"\nfee_sensitivity = { value = 0.0, unit = \"logit\", class = \"assumed\" }\n",
    );
    assert!(
        text.contains("`integrators` reviews its fee, and no customer responds to it")
            && text.contains("edit.toml:6:8")
            && text.contains("give it a `fee_sensitivity` above 0")
            && text.contains("1 fault"),
        "{text}"
    );
}

#[test]
fn labs_get_at_most_all_of_what_seats_earn() {
    let text = edit(
        "\n[[seats]]\nname = \"m365-copilot\"\n[seats.lab_share]\nopenai = { value = 0.95, unit = \"share\", class = \"assumed\" }\n",
    );
    assert!(
        text.contains("labs get 1.040 of the revenue of `m365-copilot`")
            && text.contains("edit.toml:6:8")
            && text.contains("sum to at most 1")
            && text.contains("1 fault"),
        "{text}"
    );
}

/// Returns copies of the entry `name` of a list of the baseline, each under another name.
fn copies(list: &str, name: &str, count: usize) -> String {
    let start = format!("[[{list}]]\nname = \"{name}\"\n");
    let from = BASELINE.find(&start).unwrap();
    let length = BASELINE[from + 2..].find("\n[[").unwrap() + 3;
    let entry = &BASELINE[from..from + length];
    let copy = |number: usize| {
        let renamed = entry.replace(&format!("\"{name}\""), &format!("\"{name}-{number}\""));
        renamed.replace("cloud = \"aws\"", &format!("cloud = \"aws-{number}\""))
    };
    (0..count).map(copy).collect()
}

#[test]
fn a_market_that_is_too_large_is_a_fault() {
    let text = edit(&copies("integrator", "integrators", 254));
    assert!(
        text.contains("the market has 256 of `integrator`")
            && text.contains("at most 255 are possible"),
        "{text}"
    );
    let text = edit(&(copies("cloud", "aws", 30) + &copies("channel", "openai-aws", 30)));
    assert!(
        text.contains("enterprises choose among 42 nests")
            && text.contains("at most 32 are possible"),
        "{text}"
    );
}

#[test]
fn a_lab_states_its_level_in_one_way() {
    let share = "{ value = 0.99, unit = \"share\", class = \"assumed\" }";
    let usd = "{ value = 1e9, unit = \"usd_per_year\", class = \"assumed\" }";
    let text = edit(&format!(
        "
[[lab]]
name = \"openai\"
spend_share = {share}
[[lab]]
name = \"mistral\"
run_rate = {{ remove = true }}
business_share = {{ remove = true }}
[[lab]]
name = \"anthropic\"
business_share = {{ remove = true }}
[[lab]]
name = \"xai\"
other_revenue = {usd}
other_growth = {{ value = 0.1, unit = \"per_month\", class = \"assumed\" }}
[[lab]]
name = \"google-deepmind\"
business_share = {share}
[[correlation]]
name = \"nowcast-mistral\"
remove = true
"
    ));
    for (message, place, remedy) in [
        (
            "`lab.openai` states a `run_rate` and a `spend_share`",
            "edit.toml:7:15",
            "state one of them; remove the other with { remove = true }",
        ),
        (
            "`lab.*.spend_share` sums to 1.",
            "edit.toml:7:15",
            "the shares are those of labs without a `run_rate`, and sum to less than 1",
        ),
        (
            "`lab.mistral` states neither a `run_rate` nor a `spend_share`",
            "edit.toml:9:8",
            "state its run rate with `business_share`, or its share of `demand.enterprise_spend`",
        ),
        (
            "`lab.anthropic` states a `run_rate` without a `business_share`",
            "baseline:",
            "add the share of the run rate that enterprises pay",
        ),
        (
            "`lab.xai.other_revenue` has no effect beside a `run_rate`",
            "edit.toml:17:17",
            "`business_share` says which part of the run rate is other revenue",
        ),
        (
            "`lab.xai` states `growth` and `other_growth`",
            "edit.toml:18:16",
            "`growth` is that of all its revenue",
        ),
        (
            "`lab.google-deepmind.business_share` has no effect without a `run_rate`",
            "edit.toml:21:18",
            "state a `run_rate` instead of `spend_share`",
        ),
    ] {
        for what in [message, place, remedy] {
            assert!(text.contains(what), "{what} in\n{text}");
        }
    }
    assert!(text.contains("7 faults"), "{text}");
}

#[test]
fn shares_of_spend_without_run_rates_sum_to_one() {
    let labs = ["openai", "anthropic", "mistral", "xai"].map(|lab| {
        format!(
            "[[lab]]\nname = \"{lab}\"\nrun_rate = {{ remove = true }}\nbusiness_share = {{ remove = true }}\n\
             spend_share = {{ value = 0.05, unit = \"share\", class = \"assumed\" }}\n"
        )
    });
    let text = edit(&labs.concat());
    assert!(text.contains("`lab.*.spend_share` sum"), "{text}");
}
