//! Which observations are readings of which trend.

/// A kind of series; the noises of a kind are estimated together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Revenue of labs.
    Lab,
    /// Revenue of clouds.
    Cloud,
    /// Capital expenditure of the owners of clouds.
    Capex,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Lab, Self::Cloud, Self::Capex];

    /// The list of scenarios, the keys of level and slope, and the ending of the name of their correlation.
    pub(super) const fn keys(self) -> (&'static str, &'static str, &'static str, &'static str) {
        match self {
            Self::Lab => ("lab", "run_rate", "growth", ""),
            Self::Cloud => ("cloud", "revenue", "revenue_growth", "-revenue"),
            Self::Capex => ("cloud", "capex_run_rate", "capex_run_rate_growth", "-capex"),
        }
    }

    /// The keys of the noises of level and slope in `[trend]`.
    pub(super) const fn noises(self) -> (&'static str, &'static str) {
        match self {
            Self::Lab => ("lab_level", "lab_slope"),
            Self::Cloud => ("cloud_level", "cloud_slope"),
            Self::Capex => ("capex_level", "capex_slope"),
        }
    }
}

/// Way in which a value is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Billions of dollars a year, at the end of the period.
    Level,
    /// Billions of dollars in the period.
    Flow,
    /// Per cent over the period a year earlier.
    Growth,
}

impl Form {
    /// The unit of the observations.
    pub(super) const fn unit(self) -> &'static str {
        match self {
            Self::Level => "USD bn/yr",
            Self::Flow => "USD bn",
            Self::Growth => "%",
        }
    }
}

/// One metric of one entity as readings of a trend.
pub(super) struct Line {
    pub(super) kind: Kind,
    /// The lab or cloud of scenarios.
    pub(super) of: &'static str,
    pub(super) entity: &'static str,
    pub(super) metric: &'static str,
    pub(super) form: Form,
}

const fn line(
    kind: Kind,
    of: &'static str,
    (entity, metric): (&'static str, &'static str),
    form: Form,
) -> Line {
    Line {
        kind,
        of,
        entity,
        metric,
        form,
    }
}

/// All lines. Capital expenditure is that paid in cash: Amazon reports it under two names, Microsoft apart from
/// finance leases.
pub(super) const LINES: [Line; 18] = [
    line(Kind::Lab, "openai", ("OpenAI", "run_rate"), Form::Level),
    line(Kind::Lab, "openai", ("OpenAI", "revenue"), Form::Flow),
    line(
        Kind::Lab,
        "anthropic",
        ("Anthropic", "run_rate"),
        Form::Level,
    ),
    line(Kind::Lab, "anthropic", ("Anthropic", "revenue"), Form::Flow),
    line(Kind::Lab, "xai", ("xAI", "run_rate"), Form::Level),
    line(Kind::Lab, "mistral", ("Mistral", "run_rate"), Form::Level),
    line(Kind::Cloud, "aws", ("AWS", "revenue"), Form::Flow),
    line(
        Kind::Cloud,
        "azure",
        ("Microsoft", "azure_revenue"),
        Form::Flow,
    ),
    line(
        Kind::Cloud,
        "azure",
        ("Microsoft", "azure_growth_yoy"),
        Form::Growth,
    ),
    line(
        Kind::Cloud,
        "azure",
        ("Microsoft", "azure_growth_yoy_cc"),
        Form::Growth,
    ),
    line(
        Kind::Cloud,
        "google",
        ("Google Cloud", "revenue"),
        Form::Flow,
    ),
    line(
        Kind::Cloud,
        "oracle",
        ("Oracle", "oci_iaas_revenue"),
        Form::Flow,
    ),
    line(
        Kind::Cloud,
        "neocloud",
        ("CoreWeave", "revenue"),
        Form::Flow,
    ),
    line(Kind::Capex, "neocloud", ("CoreWeave", "capex"), Form::Flow),
    line(
        Kind::Capex,
        "aws",
        ("Amazon", "capex|cash_capex"),
        Form::Flow,
    ),
    line(
        Kind::Capex,
        "azure",
        ("Microsoft", "capex_cash_ppe"),
        Form::Flow,
    ),
    line(Kind::Capex, "google", ("Alphabet", "capex"), Form::Flow),
    line(Kind::Capex, "oracle", ("Oracle", "capex"), Form::Flow),
];
