//! How good the scores are: tables, ROC, precision and recall, the distribution of scores.

use oddframe_metrics::{
    BootstrapOptions, Error as MetricsError, Metric, Ranking, bootstrap, pr_band, roc_band,
};

use super::alarms::alarm_chart;
use super::table::render_table;
use crate::Error;
use crate::contents::Contents;
use crate::draw::{Chart, Layer};
use crate::text::put;

/// Resamples of a confidence band: enough for its two digits.
const RESAMPLES: usize = 300;
/// With more frames fewer resamples are drawn, so that a report takes seconds.
const RESAMPLED_FRAMES: usize = 30_000_000;
/// Points of a band.
const BAND_POINTS: usize = 61;
/// The most points of a curve: more than its width on a screen.
const CURVE_POINTS: usize = 400;
/// Bars of the histogram.
const BARS: usize = 40;

/// Appends the tables, and the curves where labels are known.
pub(crate) fn render_figures(page: &mut String, contents: &Contents<'_>) -> Result<(), Error> {
    let outcome = &contents.outcome;
    page.push_str(
        "<section id=\"figures\" aria-labelledby=\"figures-title\"><h2 id=\"figures-title\">How good the scores are</h2>\n",
    );
    if outcome.fused.figures.evaluation.is_none() {
        page.push_str("<p>There are no labels of both classes, so nothing is evaluated.</p>\n");
    }
    if let Some(flips) = &outcome.flips {
        put!(
            page,
            "<p>The flip repair flipped {} of {} test frames",
            flips.flipped,
            flips.frames
        );
        if let Some(report) = &flips.report {
            put!(page, ": {report}");
        }
        page.push_str(".</p>\n");
    }
    for table in outcome.text_tables() {
        render_table(page, &table);
    }
    if outcome.fused.figures.evaluation.is_some() {
        render_curves(page, contents)?;
    }
    page.push_str("</section>\n");
    Ok(())
}

fn render_curves(page: &mut String, contents: &Contents<'_>) -> Result<(), Error> {
    let videos: Vec<(&[bool], &[f64])> = contents
        .videos
        .iter()
        .filter_map(|video| Some((video.labels.as_deref()?, video.scores.values())))
        .collect();
    let labels: Vec<bool> = videos
        .iter()
        .flat_map(|(labels, _)| *labels)
        .copied()
        .collect();
    let scores: Vec<f64> = videos
        .iter()
        .flat_map(|(_, scores)| *scores)
        .copied()
        .collect();
    let ranking = Ranking::new(&labels, &scores)?;
    let resamples = (RESAMPLED_FRAMES / scores.len().max(1)).clamp(20, RESAMPLES);
    let options = BootstrapOptions::default()
        .with_resamples(resamples)
        .with_seed(contents.folder.record().seed);
    page.push_str("<div class=\"charts\">\n");
    roc_chart(&ranking, &videos, options)?.render(page);
    precision_chart(&ranking, &videos, options)?.render(page);
    if let Some(alarms) = alarm_chart(contents) {
        alarms.render(page);
    }
    histogram(&labels, &scores).render(page);
    page.push_str("</div>\n");
    Ok(())
}

fn roc_chart(
    ranking: &Ranking,
    videos: &[(&[bool], &[f64])],
    options: BootstrapOptions,
) -> Result<Chart<'static>, Error> {
    let curve: Vec<(f64, f64)> = ranking
        .roc_corners()
        .iter()
        .map(|point| (point.fpr, point.tpr))
        .collect();
    let tenth = curve
        .iter()
        .take_while(|(fpr, _)| *fpr <= 0.1)
        .last()
        .map_or(0.0, |(_, tpr)| *tpr);
    let band = optional(roc_band(videos, BAND_POINTS, options))?;
    let interval = optional(bootstrap(videos, Metric::RocAuc, options))?;
    let mut summary = format!("Area {:.4}", ranking.roc_auc());
    if let Some(interval) = interval {
        put!(
            &mut summary,
            ", with 95% confidence between {:.4} and {:.4} (whole videos drawn {} times)",
            interval.low,
            interval.high,
            interval.resamples
        );
    }
    put!(
        &mut summary,
        ". At most a tenth of the normal frames above the threshold: {:.0}% of the abnormal ones are.",
        100.0 * tenth
    );
    let mut layers = band_layer(band);
    layers.push(Layer::Line {
        class: "chance",
        points: vec![(0.0, 0.0), (1.0, 1.0)],
    });
    layers.push(Layer::Line {
        class: "main",
        points: thin_out(curve),
    });
    Ok(Chart {
        title: "ROC curve",
        summary,
        x_label: "normal frames called odd",
        y_label: "abnormal frames found",
        x: (0.0, 1.0),
        y: (0.0, 1.0),
        layers,
        legend: Vec::new(),
    })
}

fn precision_chart(
    ranking: &Ranking,
    videos: &[(&[bool], &[f64])],
    options: BootstrapOptions,
) -> Result<Chart<'static>, Error> {
    let curve = ranking.pr_curve();
    let curve = curve.iter().map(|point| (point.recall, point.precision));
    let rate = ranking.base_rate();
    let mut layers = band_layer(optional(pr_band(videos, BAND_POINTS, options))?);
    layers.push(Layer::Line {
        class: "chance",
        points: vec![(0.0, rate), (1.0, rate)],
    });
    layers.push(Layer::Line {
        class: "main",
        points: thin_out(curve.collect()),
    });
    Ok(Chart {
        title: "Precision and recall",
        summary: format!(
            "Average precision {:.4}; scores without information would have {rate:.4}, the share of abnormal frames.",
            ranking.average_precision()
        ),
        x_label: "abnormal frames found",
        y_label: "frames called odd that are abnormal",
        x: (0.0, 1.0),
        y: (0.0, 1.0),
        layers,
        legend: Vec::new(),
    })
}

/// The result of a bootstrap; none when there are too few videos for one.
fn optional<T>(result: Result<T, MetricsError>) -> Result<Option<T>, Error> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(MetricsError::TooFewVideos { .. } | MetricsError::NoResample { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn band_layer(band: Option<Vec<oddframe_metrics::BandPoint>>) -> Vec<Layer> {
    let band = band.into_iter().map(|band| Layer::Band {
        class: "band",
        points: band
            .iter()
            .map(|point| (point.x, point.low, point.high))
            .collect(),
    });
    band.collect()
}

/// Fewer points where a curve has more than a screen shows; the ends stay.
fn thin_out(points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    let step = points.len().div_ceil(CURVE_POINTS).max(1);
    let last = points.len().saturating_sub(1);
    let kept = points
        .into_iter()
        .enumerate()
        .filter(|(place, _)| place % step == 0 || *place == last);
    kept.map(|(_, point)| point).collect()
}

/// How the scores of normal and of abnormal frames are distributed. Each class adds up to 1, since abnormal frames are few.
fn histogram(labels: &[bool], scores: &[f64]) -> Chart<'static> {
    let (low, high) = scores
        .iter()
        .fold((f64::MAX, f64::MIN), |(low, high), score| {
            (low.min(*score), high.max(*score))
        });
    let width = (high - low) / BARS as f64;
    let mut counts = [[0_usize; BARS]; 2];
    for (abnormal, score) in labels.iter().zip(scores) {
        let bar = if width > 0.0 {
            (((score - low) / width) as usize).min(BARS - 1)
        } else {
            0
        };
        counts[usize::from(*abnormal)][bar] += 1;
    }
    let shares = counts.map(|counts| {
        let all = counts.iter().sum::<usize>().max(1) as f64;
        counts.map(|count| count as f64 / all)
    });
    let highest = shares.iter().flatten().copied().fold(0.0, f64::max);
    let bars = |class, shares: [f64; BARS]| Layer::Bars {
        class,
        bars: shares
            .iter()
            .enumerate()
            .filter(|(_, share)| **share > 0.0)
            .map(|(bar, share)| {
                let from = low + bar as f64 * width;
                (from, from + width, *share)
            })
            .collect(),
    };
    let [normal, abnormal] = shares;
    Chart {
        title: "Scores of normal and abnormal frames",
        summary: "The less the two overlap, the better the scores separate them. The bars of each class add up to 1."
            .to_owned(),
        x_label: "score",
        y_label: "share of the class",
        x: (low, high),
        y: (0.0, highest),
        layers: vec![bars("normal-bars", normal), bars("abnormal-bars", abnormal)],
        legend: vec![
            ("normal-bars", "normal frames"),
            ("abnormal-bars", "abnormal frames"),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_curve_is_thinned_out_and_keeps_its_ends() {
        let points: Vec<(f64, f64)> = (0..1001).map(|x| (f64::from(x), 0.0)).collect();
        let thin = thin_out(points);
        assert!(thin.len() <= CURVE_POINTS, "{}", thin.len());
        assert_eq!((thin[0].0, thin[thin.len() - 1].0), (0.0, 1000.0));
    }

    #[test]
    fn the_bars_of_each_class_add_up_to_one() {
        let chart = histogram(&[false, false, true], &[0.0, 1.0, 0.5]);
        for layer in &chart.layers {
            let Layer::Bars { bars, .. } = layer else {
                panic!("{layer:?}");
            };
            let sum: f64 = bars.iter().map(|bar| bar.2).sum();
            assert!((sum - 1.0).abs() < 1e-12);
        }
        assert_eq!(chart.y, (0.0, 1.0));
        // Scores that are all equal fill one bar.
        assert_eq!(histogram(&[false, true], &[2.0, 2.0]).x, (2.0, 2.0));
    }
}
