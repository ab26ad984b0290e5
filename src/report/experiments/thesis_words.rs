//! Findings of an audit of theses, in words.

use crate::experiments::thesis::{BreakEven, EXPLAINED, Finding, Verdict};
use crate::report::text::number_format::{figure, whole_percent as percent};

pub(super) fn region(finding: &Finding) -> String {
    let Some(region) = &finding.region else {
        return String::new();
    };
    let sides: Vec<String> = region
        .sides
        .iter()
        .map(|side| match (side.above, side.below) {
            (Some(above), Some(below)) => {
                format!("{} from {} to {}", side.path, figure(above), figure(below))
            }
            (Some(above), None) => format!("{} above {}", side.path, figure(above)),
            (_, below) => format!("{} below {}", side.path, figure(below.unwrap_or(f64::NAN))),
        })
        .collect();
    format!(
        "{} ({} of failures, {} of the box fails)",
        sides.join(", "),
        percent(region.coverage),
        percent(region.density)
    )
}

/// The interval of a probability; a share of resamples has none.
pub(super) fn interval(finding: &Finding, to: &str) -> String {
    let (low, high) = finding.interval;
    if low.is_finite() {
        format!("{}{to}{}", percent(low), percent(high))
    } else {
        "resamples".to_owned()
    }
}

pub(super) fn turned(finding: &Finding) -> String {
    let Some(flip) = &finding.flip else {
        return String::new();
    };
    let moves: Vec<String> = flip
        .moves
        .iter()
        .map(|one| {
            format!(
                "{} {:+.1} sd (median {} to {})",
                one.path,
                one.by,
                figure(one.medians.0),
                figure(one.medians.1)
            )
        })
        .collect();
    format!("{}: {}", moves.join(" with "), percent(flip.probability))
}

/// Inputs that a verdict turns on, or the market.
pub(super) fn turns_on(finding: &Finding) -> String {
    if finding.verdict == Verdict::NotExpressible {
        return String::new();
    }
    let mut paths: Vec<&str> = Vec::new();
    if let Some(assumed) = &finding.assumed {
        let explained = finding
            .break_even
            .iter()
            .filter(|scan| scan.explained >= EXPLAINED);
        let named = explained.flat_map(|scan| &scan.paths);
        let found = assumed.paths.iter().map(String::as_str);
        paths.extend(found);
        if paths.is_empty() {
            paths.extend(named.map(String::as_str));
        }
        if paths.is_empty() {
            return "fixed inputs: no replication differs".to_owned();
        }
        return paths.join(", ");
    }
    let named = finding.break_even.iter().filter(|scan| scan.at.is_some());
    paths.extend(named.flat_map(|scan| scan.paths.iter().map(String::as_str)));
    if let Some(flip) = &finding.flip {
        paths.extend(flip.moves.iter().map(|one| one.path.as_str()));
    }
    if let Some(region) = &finding.region {
        paths.extend(region.sides.iter().map(|side| side.path.as_str()));
    }
    let mut once: Vec<&str> = Vec::new();
    for path in paths {
        if !once.contains(&path) {
            once.push(path);
        }
    }
    if once.is_empty() {
        "market".to_owned()
    } else {
        once.join(", ")
    }
}

/// The break-even value of the input that a claim names.
pub(super) fn break_even(finding: &Finding) -> String {
    let Some(scan) = &finding.break_even else {
        return String::new();
    };
    let BreakEven {
        paths,
        present,
        range,
        at,
        turns,
        explained,
        ..
    } = scan;
    let value = match at {
        Some((low, high)) => format!("{} to {}", figure(*low), figure(*high)),
        None => format!("none in {} to {}", figure(range.0), figure(range.1)),
    };
    let again = if *turns > 1 {
        format!(", the nearest of {turns}")
    } else {
        String::new()
    };
    let explained = if explained.is_finite() {
        format!("; explains {}", percent(*explained))
    } else {
        String::new()
    };
    format!(
        "{} (now {}): {value}{again}{explained}",
        paths.join(", "),
        figure(*present)
    )
}
