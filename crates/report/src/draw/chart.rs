//! A chart with two axes.

use crate::text::{escape, put};

const WIDTH: f64 = 340.0;
const HEIGHT: f64 = 250.0;
/// The room for the axes.
const LEFT: f64 = 52.0;
const BOTTOM: f64 = 40.0;
const TOP: f64 = 10.0;
const RIGHT: f64 = 12.0;
/// The steps between the marks of an axis.
const STEPS: usize = 4;

/// A chart: axes and what is drawn between them.
#[derive(Debug)]
pub(crate) struct Chart<'a> {
    /// The heading.
    pub(crate) title: &'a str,
    /// What the chart says, for readers and for those who cannot see it.
    pub(crate) summary: String,
    pub(crate) x_label: &'a str,
    pub(crate) y_label: &'a str,
    /// The ends of the axes.
    pub(crate) x: (f64, f64),
    pub(crate) y: (f64, f64),
    pub(crate) layers: Vec<Layer>,
    /// The classes and the names of what a legend explains.
    pub(crate) legend: Vec<(&'static str, &'a str)>,
}

/// Something drawn in a chart, in the units of its axes. The class selects the colour.
#[derive(Debug)]
pub(crate) enum Layer {
    /// A line through points.
    Line {
        class: &'static str,
        points: Vec<(f64, f64)>,
    },
    /// The area between two lines, as x, low and high.
    Band {
        class: &'static str,
        points: Vec<(f64, f64, f64)>,
    },
    /// Bars from the horizontal axis, each from x to x, with its height.
    Bars {
        class: &'static str,
        bars: Vec<(f64, f64, f64)>,
    },
}

impl Chart<'_> {
    /// Appends the chart as a figure.
    pub(crate) fn render(&self, page: &mut String) {
        put!(
            page,
            "<figure class=\"chart\"><svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}: {}\">",
            escape(self.title),
            escape(&self.summary)
        );
        self.render_axes(page);
        for layer in &self.layers {
            self.render_layer(page, layer);
        }
        put!(
            page,
            "</svg><figcaption><strong>{}</strong> {}",
            escape(self.title),
            escape(&self.summary)
        );
        for (class, name) in &self.legend {
            put!(
                page,
                " <span class=\"key\"><span class=\"swatch {class}\"></span> {}</span>",
                escape(name)
            );
        }
        page.push_str("</figcaption></figure>\n");
    }

    fn render_axes(&self, page: &mut String) {
        let (bottom, right) = (HEIGHT - BOTTOM, WIDTH - RIGHT);
        for step in 0..=STEPS {
            let share = step as f64 / STEPS as f64;
            let (x, y) = (at(self.x, share), at(self.y, share));
            let (px, py) = (self.place_x(x), self.place_y(y));
            put!(
                page,
                "<path class=\"grid\" d=\"M{px:.1} {TOP}V{bottom}M{LEFT} {py:.1}H{right}\"/>\
                 <text class=\"tick\" x=\"{px:.1}\" y=\"{ty:.1}\" text-anchor=\"middle\">{}</text>\
                 <text class=\"tick\" x=\"{tx:.1}\" y=\"{by:.1}\" text-anchor=\"end\">{}</text>",
                format_tick(x),
                format_tick(y),
                ty = bottom + 14.0,
                tx = LEFT - 5.0,
                by = py + 4.0,
            );
        }
        put!(
            page,
            "<text class=\"tick\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">{}</text>\
             <text class=\"tick\" transform=\"translate(11 {my:.1}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
            escape(self.x_label),
            escape(self.y_label),
            x = f64::midpoint(LEFT, right),
            y = HEIGHT - 8.0,
            my = f64::midpoint(TOP, bottom),
        );
    }

    fn render_layer(&self, page: &mut String, layer: &Layer) {
        match layer {
            Layer::Line { class, points } => {
                put!(page, "<polyline class=\"line {class}\" points=\"");
                for (x, y) in points {
                    self.render_point(page, *x, *y);
                }
                page.push_str("\"/>");
            }
            Layer::Band { class, points } => {
                put!(page, "<polygon class=\"{class}\" points=\"");
                // Along the lower line and back along the upper one.
                for (x, low, _) in points {
                    self.render_point(page, *x, *low);
                }
                for (x, _, high) in points.iter().rev() {
                    self.render_point(page, *x, *high);
                }
                page.push_str("\"/>");
            }
            Layer::Bars { class, bars } => {
                for (from, to, height) in bars {
                    let (left, top) = (self.place_x(*from), self.place_y(*height));
                    put!(
                        page,
                        "<rect class=\"{class}\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>",
                        self.place_x(*to) - left,
                        self.place_y(self.y.0) - top
                    );
                }
            }
        }
    }

    fn render_point(&self, page: &mut String, x: f64, y: f64) {
        put!(page, "{:.1} {:.1} ", self.place_x(x), self.place_y(y));
    }

    fn place_x(&self, x: f64) -> f64 {
        LEFT + share_of(self.x, x) * (WIDTH - LEFT - RIGHT)
    }

    fn place_y(&self, y: f64) -> f64 {
        HEIGHT - BOTTOM - share_of(self.y, y) * (HEIGHT - BOTTOM - TOP)
    }
}

/// The value at a share of a range.
fn at((low, high): (f64, f64), share: f64) -> f64 {
    low + share * (high - low)
}

/// The share of a range at which a value lies; values outside lie at its ends.
fn share_of((low, high): (f64, f64), value: f64) -> f64 {
    if high > low {
        ((value - low) / (high - low)).clamp(0.0, 1.0)
    } else {
        0.5
    }
}

fn format_tick(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        "0".to_owned()
    } else if (0.01..10_000.0).contains(&size) {
        // Two significant digits, three from 1 on, without zeros at the end.
        let digits = usize::from(size >= 1.0) + 1;
        format!("{}", format!("{value:.digits$e}").parse().unwrap_or(value))
    } else {
        format!("{value:.0e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(layers: Vec<Layer>) -> String {
        let mut page = String::new();
        Chart {
            title: "A <b>",
            summary: "rises".to_owned(),
            x_label: "x",
            y_label: "y",
            x: (0.0, 1.0),
            y: (0.0, 2.0),
            layers,
            legend: vec![("normal", "normal frames")],
        }
        .render(&mut page);
        page
    }

    #[test]
    fn lines_bands_and_bars_keep_to_the_axes() {
        let page = chart(vec![
            Layer::Line {
                class: "main",
                points: vec![(0.0, 0.0), (1.0, 2.0), (5.0, 9.0)],
            },
            Layer::Band {
                class: "band",
                points: vec![(0.0, 0.0, 1.0), (1.0, 1.0, 2.0)],
            },
            Layer::Bars {
                class: "normal",
                bars: vec![(0.0, 0.5, 1.0)],
            },
        ]);
        assert!(
            page.contains("class=\"line main\" points=\"52.0 210.0 328.0 10.0 328.0 10.0 \""),
            "{page}"
        );
        assert!(
            page.contains(
                "class=\"band\" points=\"52.0 210.0 328.0 110.0 328.0 10.0 52.0 110.0 \""
            ),
            "{page}"
        );
        assert!(
            page.contains(
                "class=\"normal\" x=\"52.0\" y=\"110.0\" width=\"138.0\" height=\"100.0\""
            ),
            "{page}"
        );
        assert!(page.contains("aria-label=\"A &lt;b&gt;: rises\""));
    }

    #[test]
    fn ticks_are_short() {
        let ticks = [0.0, 0.25, 1.0 / 3.0, 12.0, 1e-5, -0.5].map(format_tick);
        assert_eq!(ticks, ["0", "0.25", "0.33", "12", "1e-5", "-0.5"]);
    }

    #[test]
    fn a_range_of_one_value_is_drawn_in_its_middle() {
        assert_eq!(share_of((2.0, 2.0), 2.0), 0.5);
    }
}
