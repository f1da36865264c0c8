use anyhow::Result;
use oddframe::baseline::{
    FrameDifference, FrameDifferenceSettings, TypicalFrame, TypicalFrameSettings,
};
use oddframe::core::{FrameSource, Labels, ScoreTable};
use oddframe::frames::BadFrameReplacer;
use oddframe::metrics::evaluate;
use oddframe::pipeline::{Data, Reaction, Truth};
use oddframe::score::AnyPool;

use super::{Progress, as_sources, fit_and_open, post_process, score_baselines};

/// The results of an experiment: the documented value and the measured one of each system, and the change
/// from the first row.
///
/// The documented values are average precisions on frames that are not public. Their order can be compared with the
/// measured one, their values cannot.
pub(crate) struct Table<'a> {
    data: &'a Data,
    labels: Option<Labels>,
    truth: Truth,
    /// The videos that the baselines score, where they are not the test videos of the data.
    repaired: Option<Vec<&'a dyn FrameSource>>,
    rows: Vec<Row>,
}

struct Row {
    name: String,
    documented: String,
    measured: Option<Measured>,
    reaction: Reaction,
}

/// How well scores agree with the labels.
#[derive(Clone, Copy)]
struct Measured {
    micro_auc: f64,
    average_precision: f64,
}

impl<'a> Table<'a> {
    pub(crate) fn new(data: &'a Data, progress: &mut Progress) -> Result<Self> {
        let known = data.labels()?;
        if let Some(note) = known.as_ref().and_then(|known| known.assumption.as_deref()) {
            eprintln!("note: {note}");
        }
        let labels = known.map(|known| known.labels);
        Ok(Self {
            data,
            labels,
            truth: data.truth(progress)?,
            repaired: None,
            rows: Vec::new(),
        })
    }

    /// Lets the baselines score these repaired videos, as the systems of the experiment do.
    pub(crate) fn with_repaired(self, videos: Vec<&'a dyn FrameSource>) -> Self {
        Self {
            repaired: Some(videos),
            ..self
        }
    }

    /// Adds a row; `documented` is the documented value, or in a word what the document says.
    pub(crate) fn add_row(
        &mut self,
        name: &str,
        documented: &str,
        scores: &ScoreTable,
    ) -> Result<()> {
        let labels = self.labels.as_ref();
        let found = labels.map(|labels| evaluate(scores, labels)).transpose()?;
        self.rows.push(Row {
            name: name.to_owned(),
            documented: documented.to_owned(),
            measured: found.map(|found| Measured {
                micro_auc: found.micro_auc,
                average_precision: found.ap,
            }),
            reaction: Reaction::of(scores, labels, &self.truth)?,
        });
        Ok(())
    }

    /// Adds the two systems without a network, which every other system has to beat, and prints the table.
    pub(crate) fn print(mut self) -> Result<()> {
        let networks = self.rows.len();
        self.add_baselines()?;
        let width = self
            .rows
            .iter()
            .map(|row| row.name.chars().count())
            .max()
            .unwrap_or(0);
        println!("\n{}", self.data.name());
        println!("{:width$}  documented  measured AP  change  micro AUC", "");
        let first = self.rows.first().and_then(|row| row.measured);
        for (
            place,
            Row {
                name,
                documented,
                measured,
                ..
            },
        ) in self.rows.iter().enumerate()
        {
            let Some(Measured {
                micro_auc,
                average_precision,
            }) = measured
            else {
                println!("{name:width$}  {documented:>10}  (no labels)");
                continue;
            };
            // The change is that of the experiment's own systems.
            let change = match first {
                Some(first) if place > 0 && place < networks => {
                    format!(
                        "{:+.1}%",
                        (average_precision / first.average_precision - 1.0) * 100.0
                    )
                }
                _ => String::new(),
            };
            println!(
                "{name:width$}  {documented:>10}  {average_precision:>11.4}  {change:>6}  {micro_auc:>9.4}"
            );
        }
        self.print_reactions(width);
        Ok(())
    }

    fn add_baselines(&mut self) -> Result<()> {
        let pool: AnyPool = "topk(patch=16, stride=16, k=1)".parse()?;
        let difference = FrameDifferenceSettings {
            pool,
            ..FrameDifferenceSettings::default()
        };
        let typical = TypicalFrameSettings {
            pool,
            ..TypicalFrameSettings::default()
        };
        // A recipe that repairs frames trains on replaced videos. Elsewhere the training has read every frame
        // already.
        let normal: Vec<_> = self
            .data
            .train()?
            .into_iter()
            .map(BadFrameReplacer::new)
            .collect();
        let normal = as_sources(&normal);
        let mut scorers = [
            fit_and_open(&FrameDifference::new(difference)?, &normal)?,
            fit_and_open(&TypicalFrame::new(typical)?, &normal)?,
        ];
        let test = match self.repaired.take() {
            Some(videos) => videos,
            None => self.data.test()?,
        };
        let names = [
            "no network: difference from the frame before",
            "no network: distance to the mean frame",
        ];
        for (name, scores) in names.into_iter().zip(score_baselines(&test, &mut scorers)?) {
            self.add_row(
                name,
                "-",
                &post_process("gaussian(sigma=3) per video", &scores)?,
            )?;
        }
        Ok(())
    }

    /// Prints what each score reacts to, where the damaged frames are known.
    fn print_reactions(&self, width: usize) {
        if !self
            .rows
            .iter()
            .any(|row| row.reaction.noise.is_some() || row.reaction.flip.is_some())
        {
            return;
        }
        println!("\nAUC of each score as a detector of");
        println!(
            "{:width$}  the anomaly  noise   a flip  the anomaly among intact frames",
            ""
        );
        for Row { name, reaction, .. } in &self.rows {
            let Reaction {
                anomaly,
                noise,
                flip,
                intact,
                ..
            } = *reaction;
            let [anomaly, noise, flip, intact] = [anomaly, noise, flip, intact].map(format_auc);
            println!("{name:width$}  {anomaly:>11}  {noise:>5}  {flip:>7}  {intact:>12}");
        }
    }
}

fn format_auc(value: Option<f64>) -> String {
    value.map_or("-".to_owned(), |value| format!("{value:.3}"))
}
