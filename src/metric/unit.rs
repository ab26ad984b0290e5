//! Units of metrics, as powers of base units, so that dollars are not added to tokens.

use std::collections::BTreeMap;

/// A unit: powers of base units, or none for a dimensionless number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unit(BTreeMap<String, i32>);

/// Names of dimensionless units.
const PLAIN: [&str; 4] = ["share", "ratio", "index", "count"];
/// Names of base units.
pub(super) const PARTS: [&str; 9] = [
    "usd", "mtok", "h100e", "logit", "points", "months", "year", "h", "code",
];

impl Unit {
    /// The dimensionless unit.
    #[must_use]
    pub fn plain() -> Self {
        Self::default()
    }

    /// Parses the name of a unit in the tables, such as `usd_per_mtok`; `None` for other words.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let mut unit = Self::plain();
        let (above, below) = match name.strip_prefix("per_") {
            Some(below) => ("count", Some(below)),
            None => match name.split_once("_per_") {
                Some((above, below)) => (above, Some(below)),
                None => (name, None),
            },
        };
        for (part, power) in [(Some(above), 1), (below, -1)] {
            let Some(part) = part else { continue };
            if PLAIN.contains(&part) {
                continue;
            }
            if !PARTS.contains(&part) {
                return None;
            }
            *unit.0.entry(part.to_owned()).or_default() += power;
        }
        Some(unit)
    }

    /// True if the unit is dimensionless.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.0.is_empty()
    }

    /// The unit of a product (`sign` 1) or quotient (-1).
    #[must_use]
    pub fn times(&self, other: &Self, sign: i32) -> Self {
        let mut powers = self.0.clone();
        for (part, power) in &other.0 {
            *powers.entry(part.clone()).or_default() += sign * power;
        }
        powers.retain(|_, power| *power != 0);
        Self(powers)
    }
}

impl std::fmt::Display for Unit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let side = |sign: i32| {
            let parts = self.0.iter().filter(|(_, power)| power.signum() == sign);
            let named: Vec<String> = parts
                .map(|(part, power)| match power.abs() {
                    1 => part.clone(),
                    power => format!("{part}^{power}"),
                })
                .collect();
            named.join(" ")
        };
        let (above, below) = (side(1), side(-1));
        match (above.is_empty(), below.is_empty()) {
            (true, true) => f.write_str("no unit"),
            (false, true) => f.write_str(&above),
            (true, false) => write!(f, "1/{below}"),
            (false, false) => write!(f, "{above}/{below}"),
        }
    }
}
