//! Draws charts as pictures, SVG and PNG, with one typeface and one set of colours.
//!
//! Texts are measured with the typeface ([`text`]), and cut or wrapped where they do not fit, so that none overlap.

mod bars;
mod heat;
mod months;
pub mod text;

use std::sync::{Arc, OnceLock};

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use resvg::usvg;

use crate::report::charts::{Body, Chart, Colour};

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), String>;

/// Colours that colour-blind readers can tell apart: those of Okabe and Ito (2008) without yellow, which is faint on paper, then
/// two greys, an indigo and a dark green. `web/figure.js` uses the same colours.
pub const COLOURS: [RGBColor; 10] = [
    RGBColor(0, 114, 178),
    RGBColor(230, 159, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(213, 94, 0),
    RGBColor(138, 138, 138),
    RGBColor(51, 34, 136),
    RGBColor(185, 185, 185),
    RGBColor(17, 119, 51),
];
const INK: RGBColor = RGBColor(34, 34, 34);
const SOFT: RGBColor = RGBColor(90, 90, 90);
const FAINT: RGBColor = RGBColor(225, 225, 225);
const FONT: &str = "Roboto";
const WIDTH: i32 = 1280;
const MARGIN: i32 = 28;
/// Heights of title and subtitle at the top, and of the source at the bottom, pixels.
const HEAD: i32 = 84;
const FOOT: i32 = 34;

/// The bytes of a chart as SVG and as PNG.
pub type Pictures = [Vec<u8>; 2];

/// Draws a chart; `source` is the line at its foot, which names the run or experiment.
///
/// # Errors
/// The message of the drawing library.
pub fn draw(chart: &Chart, source: &str) -> Result<Pictures, String> {
    let svg = svg(chart, source)?;
    let png = rasterise(&svg)?;
    Ok([svg.into_bytes(), png])
}

/// Draws a chart as SVG.
///
/// # Errors
/// The message of the drawing library.
pub fn svg(chart: &Chart, source: &str) -> Result<String, String> {
    let mut svg = String::new();
    let height = HEAD + FOOT + height(&chart.body);
    {
        let size = (WIDTH.unsigned_abs(), height.unsigned_abs());
        let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        root.fill(&WHITE).map_err(said)?;
        let wide = WIDTH - 2 * MARGIN;
        let line = |at: i32, size: i32, words: &str, style: TextStyle<'_>| {
            root.draw(&Text::new(
                text::fitted(words, size, wide),
                (MARGIN, at),
                style,
            ))
            .map_err(said)
        };
        line(18, 27, &chart.title, bold(27))?;
        line(52, 17, &chart.subtitle, plain(17, SOFT))?;
        line(height - 26, 13, source, plain(13, SOFT))?;
        let body = root.margin(HEAD, FOOT, 16, 16);
        match &chart.body {
            Body::Months {
                before,
                months,
                panels,
            } => {
                let axis = months::Axis { before, months };
                months::draw(&body, &chart.body, panels, &axis)?;
            }
            Body::Bars { numbers, bars } => bars::bars(&body, *numbers, bars)?,
            Body::Tornado {
                numbers,
                middle,
                swings,
            } => bars::tornado(&body, *numbers, *middle, swings)?,
            Body::Waterfall {
                numbers,
                whole,
                steps,
            } => bars::waterfall(&body, *numbers, whole, steps)?,
            Body::Heat {
                numbers,
                x,
                y,
                rows,
            } => heat::draw(&body, *numbers, x, y, rows)?,
        }
        root.present().map_err(said)?;
    }
    Ok(svg)
}

/// The height of the content of a chart, pixels.
fn height(body: &Body) -> i32 {
    let rows = |count: usize| i32::try_from(count).unwrap_or(i32::MAX / 100);
    match body {
        Body::Months { panels, .. } => months::height(rows(panels.len())),
        Body::Bars { bars, .. } => bars::height(rows(bars.len())),
        Body::Tornado { swings, .. } => bars::height(rows(swings.len()) + 1),
        Body::Waterfall { steps, .. } => bars::height(rows(steps.len()) + 1),
        Body::Heat { rows: all, .. } => heat::height(rows(all.len())),
    }
}

fn colour(at: Colour) -> RGBColor {
    COLOURS[at % COLOURS.len()]
}

fn plain(size: i32, colour: RGBColor) -> TextStyle<'static> {
    (FONT, size).into_font().color(&colour)
}

fn bold(size: i32) -> TextStyle<'static> {
    let font = (FONT, size).into_font().style(FontStyle::Bold);
    font.color(&INK)
}

fn anchored(style: &TextStyle<'static>, h: HPos, v: VPos) -> TextStyle<'static> {
    style.clone().pos(Pos::new(h, v))
}

/// Writes a text at a point: its left end, right end or middle, at half its height.
fn write(
    area: &Area<'_>,
    words: &str,
    at: (i32, i32),
    style: &TextStyle<'static>,
    h: HPos,
) -> Drawn {
    let style = anchored(style, h, VPos::Center);
    area.draw(&Text::new(words.to_owned(), at, style))
        .map_err(said)
}

fn fill(area: &Area<'_>, from: (i32, i32), to: (i32, i32), style: ShapeStyle) -> Drawn {
    area.draw(&Rectangle::new([from, to], style)).map_err(said)
}

fn rule(area: &Area<'_>, from: (i32, i32), to: (i32, i32), style: ShapeStyle) -> Drawn {
    area.draw(&PathElement::new(vec![from, to], style))
        .map_err(said)
}

#[expect(clippy::cast_possible_truncation, reason = "pixels of a picture")]
fn pixels(length: f64) -> i32 {
    libm::round(length) as i32
}

fn fonts() -> Arc<usvg::fontdb::Database> {
    static FONTS: OnceLock<Arc<usvg::fontdb::Database>> = OnceLock::new();
    Arc::clone(FONTS.get_or_init(|| {
        let mut fonts = usvg::fontdb::Database::new();
        fonts.load_font_data(text::REGULAR.to_vec());
        fonts.load_font_data(text::BOLD.to_vec());
        fonts.set_sans_serif_family(FONT);
        Arc::new(fonts)
    }))
}

fn tree(svg: &str) -> Result<usvg::Tree, String> {
    let options = usvg::Options {
        fontdb: fonts(),
        font_family: FONT.to_owned(),
        ..usvg::Options::default()
    };
    usvg::Tree::from_str(svg, &options).map_err(|error| error.to_string())
}

fn rasterise(svg: &str) -> Result<Vec<u8>, String> {
    let tree = tree(svg)?;
    let size = tree.size().to_int_size();
    let mut picture =
        resvg::tiny_skia::Pixmap::new(size.width(), size.height()).ok_or("a chart has a size")?;
    let place = resvg::tiny_skia::Transform::identity();
    resvg::render(&tree, place, &mut picture.as_mut());
    picture.encode_png().map_err(|error| error.to_string())
}

/// Faults of a picture: text outside it, and text that overlaps other text.
///
/// # Errors
/// A picture that cannot be read.
pub fn overlaps(svg: &str) -> Result<Vec<String>, String> {
    let tree = tree(svg)?;
    let mut texts = Vec::new();
    gather(tree.root(), &mut texts);
    let (width, height) = (tree.size().width(), tree.size().height());
    let mut faults = Vec::new();
    for (at, (words, one)) in texts.iter().enumerate() {
        if one.left() < 0.0 || one.top() < 0.0 || one.right() > width || one.bottom() > height {
            faults.push(format!("`{words}` is outside the picture"));
        }
        for (others, other) in &texts[at + 1..] {
            let is_over = one.left() < other.right()
                && other.left() < one.right()
                && one.top() < other.bottom()
                && other.top() < one.bottom();
            if is_over {
                faults.push(format!("`{words}` and `{others}` overlap"));
            }
        }
    }
    Ok(faults)
}

fn gather(group: &usvg::Group, texts: &mut Vec<(String, usvg::Rect)>) {
    for node in group.children() {
        match node {
            usvg::Node::Text(text) => {
                let words: String = text.chunks().iter().map(usvg::TextChunk::text).collect();
                texts.push((words, text.abs_bounding_box()));
            }
            usvg::Node::Group(inner) => gather(inner, texts),
            _ => {}
        }
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "`map_err` passes errors by value"
)]
fn said<E: std::error::Error + Send + Sync>(error: DrawingAreaErrorKind<E>) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_have_the_same_colours() {
        let hex = |RGBColor(r, g, b): &RGBColor| format!("\"#{r:02x}{g:02x}{b:02x}\"");
        let ours: Vec<String> = COLOURS.iter().map(hex).collect();
        let figure = include_str!("../../../../web/figure.js");
        assert!(figure.contains(&format!("[{}]", ours.join(", "))));
        let shades: Vec<String> = (0..5)
            .map(|at| hex(&heat::shade(f64::from(at) / 4.0)))
            .collect();
        let script = include_str!("../../../../web/drawing.js");
        assert!(script.contains(&format!("[{}]", shades.join(", "))));
    }

    #[test]
    fn texts_on_texts_and_texts_outside_are_found() {
        let text = |x: i32, words: &str| {
            format!(
                "<text x=\"{x}\" y=\"30\" font-family=\"Roboto\" font-size=\"14\">{words}</text>"
            )
        };
        let faults = |texts: &str| {
            let picture = format!(
                "<svg width=\"200\" height=\"60\" xmlns=\"http://www.w3.org/2000/svg\">{texts}</svg>"
            );
            overlaps(&picture).expect("a picture")
        };
        let apart = format!("{}{}", text(5, "left"), text(100, "right"));
        assert!(faults(&apart).is_empty());
        let over = format!("{}{}", text(5, "left"), text(20, "right"));
        assert_eq!(faults(&over), ["`left` and `right` overlap"]);
        assert_eq!(
            faults(&text(180, "outside")),
            ["`outside` is outside the picture"]
        );
    }
}
