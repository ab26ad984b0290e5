//! Simulated time as integers, dates, and the calendar of reporting months.

use std::fmt;
use std::ops::{Add, Sub};

use crate::base::units::DAYS_PER_MONTH;

/// A point in simulated time: microseconds since the scenario's start date, 00:00 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimTime(i64);

/// A length of simulated time in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(i64);

const MICROS_PER_DAY: i64 = 86_400_000_000;
/// Months of mean length in a microsecond.
#[expect(clippy::cast_precision_loss, reason = "a day has 37 bits")]
const MONTHS_PER_MICRO: f64 = 1.0 / (MICROS_PER_DAY as f64 * DAYS_PER_MONTH);

impl SimTime {
    /// The start of the scenario.
    pub const START: Self = Self(0);
    /// Later than every event.
    pub const NEVER: Self = Self(i64::MAX);

    /// The time `micros` microseconds after the start.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Midnight at the start of day `day`, counted from zero.
    #[must_use]
    pub const fn from_days(day: i64) -> Self {
        Self(day * MICROS_PER_DAY)
    }

    /// Microseconds since the start.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Days since the start, with their fraction.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "120 months are 3e14 microseconds, below 2^53"
    )]
    pub fn days(self) -> f64 {
        self.0 as f64 / MICROS_PER_DAY as f64
    }

    /// Months of mean length since the start, with their fraction.
    #[must_use]
    pub fn months(self) -> f64 {
        (self - Self::START).months()
    }
}

impl Span {
    /// No time.
    pub const ZERO: Self = Self(0);
    /// One day.
    pub const DAY: Self = Self(MICROS_PER_DAY);

    /// A span of `micros` microseconds.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// A span of `days` days, rounded to the microsecond and capped at a thousand years.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "capped well below 2^63"
    )]
    pub fn from_days(days: f64) -> Self {
        let micros = days.min(365_250.0) * MICROS_PER_DAY as f64;
        Self((micros + 0.5_f64.copysign(micros)) as i64)
    }

    /// The length in microseconds.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The length in days.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "spans of a run stay below 2^53 microseconds"
    )]
    pub fn days(self) -> f64 {
        self.0 as f64 / MICROS_PER_DAY as f64
    }

    /// The length in months of mean length.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "spans of a run stay below 2^53 microseconds"
    )]
    pub fn months(self) -> f64 {
        self.0 as f64 * MONTHS_PER_MICRO
    }
}

impl Add<Span> for SimTime {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub for SimTime {
    type Output = Span;
    fn sub(self, earlier: Self) -> Span {
        Span(self.0 - earlier.0)
    }
}

/// A calendar date, ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: i32,
    month: u8,
    day: u8,
}

impl Date {
    /// The date; none if the Gregorian calendar has no such day.
    #[must_use]
    pub fn new(year: i32, month: u8, day: u8) -> Option<Self> {
        let is_valid = (1..=12).contains(&month) && day >= 1 && day <= days_in_month(year, month);
        is_valid.then_some(Self { year, month, day })
    }

    /// Reads `YYYY-MM-DD`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        if year.len() != 4 || month.len() != 2 || day.len() != 2 {
            return None;
        }
        Self::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
    }

    /// Days since 1970-01-01 (Howard Hinnant's civil-calendar arithmetic).
    #[must_use]
    pub fn days_since_epoch(self) -> i64 {
        let year = i64::from(self.year) - i64::from(self.month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let shifted_month = (i64::from(self.month) + 9) % 12;
        let day_of_year = (153 * shifted_month + 2) / 5 + i64::from(self.day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * 146_097 + day_of_era - 719_468
    }

    /// The date `months` months later: this day of that month, or its last day.
    #[must_use]
    pub fn plus_months(self, months: u32) -> Self {
        let index = i64::from(self.year) * 12 + i64::from(self.month) - 1 + i64::from(months);
        let year = i32::try_from(index.div_euclid(12)).expect("scenario years fit 32 bits");
        let month = u8::try_from(index.rem_euclid(12) + 1).expect("a month is 1 to 12");
        Self {
            year,
            month,
            day: self.day.min(days_in_month(year, month)),
        }
    }

    /// True on the first day of a month.
    #[must_use]
    pub const fn is_first_of_month(self) -> bool {
        self.day == 1
    }

    /// True on the last day of a month.
    #[must_use]
    pub fn is_last_of_month(self) -> bool {
        self.day == days_in_month(self.year, self.month)
    }

    /// The month as `YYYY-MM`.
    #[must_use]
    pub fn year_month(self) -> String {
        format!("{:04}-{:02}", self.year, self.month)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

fn days_in_month(year: i32, month: u8) -> u8 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn time_since(start: Date, date: Date) -> SimTime {
    SimTime::from_days(date.days_since_epoch() - start.days_since_epoch())
}

fn month_start(start: Date, month: usize) -> SimTime {
    let month = u32::try_from(month).unwrap_or(u32::MAX / 2);
    time_since(start, start.plus_months(month))
}

/// Converts between dates, simulated time and reporting months.
///
/// Reporting month `m` runs from `m` to `m + 1` months after the start date.
#[derive(Clone, Debug)]
pub struct Calendar {
    start: Date,
    months: usize,
    end: SimTime,
}

impl Calendar {
    /// A calendar that starts on `start` and runs for `months` months.
    #[must_use]
    pub fn new(start: Date, months: usize) -> Self {
        Self {
            start,
            months,
            end: month_start(start, months),
        }
    }

    /// The number of reporting months.
    #[must_use]
    pub const fn months(&self) -> usize {
        self.months
    }

    /// The start date.
    #[must_use]
    pub const fn start(&self) -> Date {
        self.start
    }

    /// The time at which reporting month `month` begins and the previous month ends.
    #[must_use]
    pub fn month_start(&self, month: usize) -> SimTime {
        month_start(self.start, month)
    }

    /// The end of the horizon.
    #[must_use]
    pub const fn end(&self) -> SimTime {
        self.end
    }

    /// Midnight at the start of `date`; negative before the scenario starts.
    #[must_use]
    pub fn time_of(&self, date: Date) -> SimTime {
        time_since(self.start, date)
    }

    /// The name of reporting month `month` as `YYYY-MM`: the calendar month that holds most of it.
    #[must_use]
    pub fn month_name(&self, month: usize) -> String {
        let shift = usize::from(self.start.day > 15);
        self.start
            .plus_months(u32::try_from(month + shift).unwrap_or(u32::MAX / 2))
            .year_month()
    }

    /// The names of all reporting months.
    #[must_use]
    pub fn month_names(&self) -> Vec<String> {
        (0..self.months()).map(|at| self.month_name(at)).collect()
    }

    /// The calendar date at `time`.
    #[must_use]
    pub fn date_of(&self, time: SimTime) -> Date {
        let days = self.start.days_since_epoch() + time.micros().div_euclid(MICROS_PER_DAY);
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = u8::try_from(day_of_year - (153 * shifted_month + 2) / 5 + 1)
            .expect("a day is 1 to 31");
        let month = u8::try_from(if shifted_month < 10 {
            shifted_month + 3
        } else {
            shifted_month - 9
        })
        .expect("a month is 1 to 12");
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Date {
            year: i32::try_from(year).expect("scenario years fit 32 bits"),
            month,
            day,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_turn_into_each_other() {
        let calendar = Calendar::new(Date::new(2026, 3, 31).unwrap(), 36);
        for day in 0..4_000 {
            let time = SimTime::from_days(day);
            assert_eq!(calendar.time_of(calendar.date_of(time)), time);
        }
        assert_eq!(
            calendar.date_of(SimTime::from_days(287)).to_string(),
            "2027-01-12"
        );
    }

    #[test]
    fn a_month_is_named_for_the_calendar_month_that_holds_most_of_it() {
        let calendar = Calendar::new(Date::new(2026, 3, 31).unwrap(), 36);
        assert_eq!(calendar.month_name(0), "2026-04");
        assert_eq!(calendar.month_name(35), "2029-03");
        assert_eq!(calendar.month_start(1), SimTime::from_days(30));
    }

    #[test]
    fn impossible_dates_are_refused() {
        assert_eq!(Date::parse("2026-02-29"), None);
        assert_eq!(Date::parse("2026-13-01"), None);
        assert_eq!(Date::parse("26-1-1"), None);
        assert!(Date::parse("2028-02-29").is_some());
    }
}
