//! Designations: duties bind the designated cloud alone, in one jurisdiction, from their date, and fines follow revenue.

use tollway::base::ids::{CloudId, Id};
use tollway::base::rng::Streams;
use tollway::base::time::SimTime;
use tollway::ensemble::Ensemble;
use tollway::market::customers::switching_stakes::Customer;
use tollway::market::state::designation::{DesignationStep, Standing};
use tollway::market::{Context, World};
use tollway::simulation::Simulation;

use crate::common::{mean, scenario, simulate, with_overlay};

const RUN: [&str; 3] = ["run.enterprises=300", "run.replications=3", "months=14"];

/// Returns edits with which no regulator takes up a case, so that runs differ in designations alone.
fn calm() -> String {
    let causes = ["concentration", "steering", "capital", "incident", "size"];
    let zero = "{ value = 0.0, unit = \"share\", class = \"assumed\" }";
    ["eu-commission", "uk-cma", "us-ftc"]
        .map(|name| {
            let causes = causes.map(|cause| format!("cause.{cause} = {zero}\n"));
            format!("[[regulator]]\nname = \"{name}\"\n{}", causes.concat())
        })
        .concat()
}

const STEERING: &str =
    "router.aws-router.steering=2 router.azure-router.steering=2 router.google-router.steering=2";

/// Edits that designate AWS in May 2026 with duties in force in July 2026, and that leave Azure alone.
const AWS: &str = "designation.dma-aws.probability=1 designation.dma-aws.decision=6 designation.dma-aws.compliance=2 designation.dma-azure.probability=0";

fn run(edits: &[&str]) -> Ensemble {
    run_with("", edits)
}

fn run_with(overlay: &str, edits: &[&str]) -> Ensemble {
    let sets: Vec<&str> = RUN
        .into_iter()
        .chain(edits.iter().flat_map(|edits| edits.split(' ')))
        .collect();
    simulate(&with_overlay("baseline", &(calm() + overlay), &sets))
}

/// Builds the market of the first replication at its start, and hands it to `work`.
fn with_market(edits: &[&str], work: impl FnOnce(World<'_>)) {
    let sets: Vec<&str> = RUN
        .into_iter()
        .chain(edits.iter().flat_map(|edits| edits.split(' ')))
        .collect();
    let loaded = scenario("baseline", &sets);
    let simulation = Simulation::of(&loaded);
    work(World::new(
        simulation.scenario,
        &simulation.catalog,
        simulation.enterprises,
        simulation.window(),
        &simulation.draws(0),
        Streams::new(simulation.seed, 0),
    ));
}

fn place(names: impl IntoIterator<Item = String>, name: &str) -> usize {
    names
        .into_iter()
        .position(|other| other == name)
        .expect("a name of the baseline")
}

fn cloud(world: &World<'_>, name: &str) -> CloudId {
    let names = world.scenario.cloud.iter().map(|x| x.name.text.clone());
    CloudId::from_index(place(names, name))
}

fn jurisdiction(world: &World<'_>, name: &str) -> usize {
    let names = world
        .scenario
        .jurisdiction
        .iter()
        .map(|x| x.name.text.clone());
    place(names, name)
}

#[test]
fn an_investigation_that_cannot_designate_changes_only_the_count_of_cases() {
    let never = run(&["designation.dma-aws.probability=0 designation.dma-azure.probability=0"]);
    let without = ["dma-aws", "dma-azure"]
        .map(|name| format!("[[designation]]\nname = \"{name}\"\nremove = true\n"));
    let removed = run_with(&without.concat(), &[]);
    let mut differ = false;
    for (left, right) in (never.tables.iter().flatten()).zip(removed.tables.iter().flatten()) {
        let width = left.measures.len();
        for (index, (a, b)) in left.values.iter().zip(&right.values).enumerate() {
            let measure = left.measures[index % width].name.as_str();
            differ |= a != b;
            assert!(
                (left.name, measure) == ("regulators", "cases") || a.to_bits() == b.to_bits(),
                "{} {measure}: {a} against {b}",
                left.name
            );
        }
    }
    assert!(differ, "the investigations are on record");
    assert_eq!(mean(&never, "regulators", "eu-commission", "cases", 0), 2.0);
    assert_eq!(mean(&never, "clouds", "aws", "is_designated", 13), 0.0);
}

#[test]
fn a_designation_is_a_state_of_its_cloud_and_its_mean_a_probability() {
    let run = run(&[AWS]);
    let designated = |cloud, month| mean(&run, "clouds", cloud, "is_designated", month);
    assert_eq!([designated("aws", 0), designated("aws", 3)], [0.0, 1.0]);
    assert_eq!(designated("azure", 13), 0.0);
    assert_eq!(
        mean(&run, "regulators", "eu-commission", "remedies", 13),
        1.0
    );
}

#[test]
fn without_cases_there_is_no_designation() {
    let run = run(&[AWS, "regulation.strength=0"]);
    assert_eq!(mean(&run, "clouds", "aws", "is_designated", 13), 0.0);
    assert_eq!(mean(&run, "regulators", "eu-commission", "cases", 13), 0.0);
}

/// Returns the cost drivers of leaving of each running workload, with its jurisdiction and the cloud of its offer.
fn stakes(world: &World<'_>, time: SimTime) -> Vec<(usize, Option<CloudId>, [f64; 4])> {
    let dims = world.parameters.dims;
    let mut found = Vec::new();
    for part in &world.state.population {
        let workloads = part.workloads.chunks_exact(dims.slots());
        for (enterprise, workloads) in part.enterprises.iter().zip(workloads) {
            let customer = Customer::new(enterprise, time, world.scene());
            for (slot, workload) in workloads.iter().enumerate() {
                let task = slot / dims.all_pieces();
                let (_, stakes) = customer.spend_and_stakes(workload, task);
                let offer = tollway::base::ids::OfferId::from_index(usize::from(workload.offer));
                found.push((
                    usize::from(enterprise.jurisdiction),
                    world.catalog.offers[offer].cloud,
                    [
                        stakes.egress_months,
                        stakes.commitment_months,
                        stakes.state_months,
                        stakes.policy_months,
                    ],
                ));
            }
        }
    }
    found
}

#[test]
fn duties_lower_the_cost_of_leaving_the_designated_cloud_and_no_other() {
    with_market(&[AWS], |mut world| {
        let (aws, eu) = (cloud(&world, "aws"), jurisdiction(&world, "eu"));
        let index = place(
            world
                .scenario
                .designation
                .iter()
                .map(|x| x.name.text.clone()),
            "dma-aws",
        );
        let time = SimTime::START;
        let before = stakes(&world, time);
        world.on_designation(Context::START, index, DesignationStep::InForce);
        let after = stakes(&world, time);
        assert_eq!(
            world.state.regulation.designations[index].standing,
            Standing::Bound
        );
        let mut freed = [0.0; 4];
        for ((place, of, was), (_, _, is)) in before.iter().zip(&after) {
            if (*place, *of) == (eu, Some(aws)) {
                assert_eq!(is[..2], [0.0, 0.0]);
                for ((was, is), freed) in was.iter().zip(is).zip(&mut freed) {
                    *freed += was - is;
                }
                assert!((is[2] - 0.2 * was[2]).abs() < 1e-12);
                assert!((is[3] - 0.2 * was[3]).abs() < 1e-12);
            } else {
                assert_eq!(was, is);
            }
        }
        assert!(
            freed[0] > 0.0 && freed[1] > 0.0 && freed[2] > 0.0,
            "{freed:?}"
        );
    });
}

#[test]
fn a_duty_of_neutral_routing_binds_one_router_in_one_jurisdiction() {
    let impose = |world: &mut World<'_>| {
        for index in 0..world.scenario.designation.len() {
            if world.scenario.designation[index].cloud.text == "aws" {
                world.on_designation(Context::START, index, DesignationStep::InForce);
            }
        }
    };
    with_market(&[AWS, STEERING], |mut world| {
        assert_eq!(world.regimes().0.len(), 1);
        impose(&mut world);
        let (regimes, of) = world.regimes();
        let [eu, us] = ["eu", "us"].map(|name| regimes[of[jurisdiction(&world, name)]]);
        let [aws, azure] = ["aws", "azure"].map(|name| Some(cloud(&world, name)));
        assert!(eu.forbids_steering(aws) && !eu.forbids_steering(azure));
        assert!(!eu.forbids_steering(None) && !us.forbids_steering(aws));
    });
    // A duty that requires what already happens creates no regime.
    with_market(&[AWS], |mut world| {
        impose(&mut world);
        assert_eq!(world.regimes().0.len(), 1);
    });
}

#[test]
fn the_router_of_a_designated_cloud_is_neutral_from_the_date_of_its_duties() {
    let (free, bound) = (
        run(&[AWS, STEERING, "designation.dma-aws.probability=0"]),
        run(&[AWS, STEERING, "designation.dma-aws.breach=0"]),
    );
    let own =
        |run: &Ensemble, router, month| mean(run, "routers", router, "first_party_share", month);
    // Duties are in force in the middle of July 2026, that is in month 3 of the tables.
    for router in ["aws-router", "azure-router"] {
        assert_eq!(
            own(&free, router, 2).to_bits(),
            own(&bound, router, 2).to_bits(),
            "equal before the duties"
        );
    }
    let fall = |router| own(&free, router, 13) - own(&bound, router, 13);
    let (aws, azure) = (fall("aws-router"), fall("azure-router"));
    assert!(aws > 0.003 && azure.abs() < 0.2 * aws, "{aws}, {azure}");
}

#[test]
fn a_fine_that_is_likely_enough_ends_steering_by_incentive() {
    let incentive =
        "router.azure-router.steering_policy=incentive router.azure-router.steering_max=2";
    let steering = |probability: &str, breach: &str| {
        let azure = format!(
            "designation.dma-azure.probability={probability} designation.dma-azure.breach={breach} designation.dma-azure.fine=0.1"
        );
        let run = run(&[incentive, &azure]);
        // At the end of October 2026 no duty is in force yet.
        mean(&run, "clouds", "azure", "steering", 6)
    };
    let free = steering("0", "0.9");
    assert!(free > 0.0, "{free}");
    assert_eq!(
        steering("1", "0").to_bits(),
        free.to_bits(),
        "without a breach there is no fine"
    );
    assert!(steering("1", "0.9") < 1e-12);
}
