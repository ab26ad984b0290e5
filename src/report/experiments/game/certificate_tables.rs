//! Tables of a certificate of stability.

use super::certificate::Certificate;
use super::stance_words;
use crate::experiments::game::certificate::Actor;
use crate::experiments::game::judge::{Gain, Judged};
use crate::report::tables::frames::{Cells, Frame};

impl Certificate<'_> {
    /// One row an actor.
    pub(super) fn actors(self) -> Frame {
        let rows = self.rows();
        let text = |of: &dyn Fn(&Actor, &Judged) -> String| {
            Cells::Text(
                rows.iter()
                    .map(|(actor, judged)| of(actor, judged))
                    .collect(),
            )
        };
        let number = |of: &dyn Fn(&Judged) -> f64| {
            Cells::Number(rows.iter().map(|(_, judged)| of(judged)).collect())
        };
        let mut columns = vec![
            ("actor".to_owned(), text(&|actor, _| actor.name.clone())),
            (
                "verdict".to_owned(),
                text(&|_, judged| stance_words(judged.stance).to_owned()),
            ),
            (
                "best_deviation".to_owned(),
                text(&|actor, j| actor.deviations[j.best].name.clone()),
            ),
            ("gain_usd".to_owned(), number(&|j| j.gain().mean)),
            ("gain_half_width_usd".to_owned(), number(&|j| j.gain().half)),
            ("share".to_owned(), number(&|j| j.gain().share)),
            ("share_low".to_owned(), number(&|j| j.gain().range.0)),
            ("share_high".to_owned(), number(&|j| j.gain().range.1)),
            ("value_usd".to_owned(), number(&|j| j.value.mean)),
            ("revenue_usd".to_owned(), number(&|j| j.revenue.mean)),
        ];
        for (at, multiple) in self.plan.multiples.iter().enumerate().skip(1) {
            let best = move |judged: &Judged| {
                let gains = judged.gains.iter().map(|gains| gains[at].share);
                gains.fold(f64::NEG_INFINITY, f64::max)
            };
            columns.push((format!("best_share_at_multiple_{multiple}"), number(&best)));
        }
        let count = |judged: &Judged| i64::try_from(judged.replications).unwrap_or(i64::MAX);
        let counts = rows.iter().map(|(_, judged)| count(judged));
        columns.push(("replications".to_owned(), Cells::Whole(counts.collect())));
        Frame::new("actors", columns)
    }

    /// One row a deviation and terminal multiple.
    pub(super) fn gains(self) -> Frame {
        let rows: Vec<(&Actor, usize, f64, Gain)> = (self.deviations().into_iter())
            .flat_map(|(actor, judged, at)| {
                let gains = self.plan.multiples.iter().zip(&judged.gains[at]);
                gains
                    .skip(1)
                    .map(move |(multiple, gain)| (actor, at, *multiple, *gain))
            })
            .collect();
        let deviation = |row: &(&Actor, usize, f64, Gain)| row.0.deviations[row.1].name.clone();
        let number =
            |of: &dyn Fn(&Gain) -> f64| Cells::Number(rows.iter().map(|row| of(&row.3)).collect());
        let columns = vec![
            (
                "actor",
                Cells::Text(rows.iter().map(|row| row.0.name.clone()).collect()),
            ),
            (
                "deviation",
                Cells::Text(rows.iter().map(deviation).collect()),
            ),
            (
                "edits",
                Cells::Text(
                    rows.iter()
                        .map(|row| row.0.deviations[row.1].words())
                        .collect(),
                ),
            ),
            (
                "multiple",
                Cells::Number(rows.iter().map(|row| row.2).collect()),
            ),
            ("gain_usd", number(&|gain| gain.mean)),
            ("gain_half_width_usd", number(&|gain| gain.half)),
            ("share", number(&|gain| gain.share)),
            ("share_low", number(&|gain| gain.range.0)),
            ("share_high", number(&|gain| gain.range.1)),
        ];
        Frame::new("gains", columns)
    }
}
