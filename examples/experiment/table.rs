use anyhow::Result;
use oddframe::baseline::{DifferenceEnergy, Typical, TypicalDistance};
use oddframe::core::{Detector, EdgePolicy, FrameScorer, FrameSource, PostStep, ScoreTable, Silent};
use oddframe::frames::{Filter, Prepare};
use oddframe::metrics::evaluate;
use oddframe::pipeline::{Data, Reaction};
use oddframe::post::Chain;
use oddframe::score::AnyPool;

/// What was documented, what is measured here, and what changed from the first row.
///
/// The documented values are average precisions on frames that are not public: their order can be compared, their
/// height cannot.
pub(crate) struct Table<'a> {
    data: &'a Data,
    /// What the systems with no network score, where it is not the test videos as they are.
    repaired: Option<Vec<&'a dyn FrameSource>>,
    rows: Vec<Row>,
}

struct Row {
    name: String,
    documented: String,
    /// Micro AUC and AP, where there are labels.
    measured: Option<(f64, f64)>,
    reaction: Reaction,
}

impl<'a> Table<'a> {
    pub(crate) fn new(data: &'a Data) -> Self {
        Self { data, repaired: None, rows: Vec::new() }
    }

    /// Lets the systems with no network score these repaired videos, as the others do.
    pub(crate) fn of_repaired(data: &'a Data, videos: Vec<&'a dyn FrameSource>) -> Self {
        Self { data, repaired: Some(videos), rows: Vec::new() }
    }

    /// Adds a row; `documented` is the document's value, or what it says in a word.
    pub(crate) fn row(&mut self, name: &str, documented: &str, scores: &ScoreTable) -> Result<()> {
        let labels = self.data.labels().map(|known| &known.labels);
        let measured = labels.map(|labels| evaluate(scores, labels)).transpose()?;
        self.rows.push(Row {
            name: name.to_owned(),
            documented: documented.to_owned(),
            measured: measured.map(|found| (found.micro_auc, found.ap)),
            reaction: Reaction::of(scores, labels, self.data.truth())?,
        });
        Ok(())
    }

    /// Adds the two systems with no network, which every other has to beat, and prints it all.
    pub(crate) fn print(mut self) -> Result<()> {
        let networks = self.rows.len();
        let look = Prepare::new(128, 128)?.with_filter(Filter::Antialiased);
        let pool: AnyPool = "topk(patch=16, stride=16, k=1)".parse()?;
        let train = self.data.train()?;
        let test = match self.repaired.take() {
            Some(videos) => videos,
            None => self.data.test()?,
        };
        let smooth: Chain = "gaussian(sigma=3) per video".parse()?;
        let difference = DifferenceEnergy::new(look, pool, EdgePolicy::Nearest).fit(&train, &mut Silent)?;
        let distance = TypicalDistance::new(look, pool, Typical::Mean).fit(&train, &mut Silent)?;
        for (name, mut scores) in [
            ("no network: difference to the frame before", difference.score_all(&test, &mut Silent)?),
            ("no network: distance to the mean frame", distance.score_all(&test, &mut Silent)?),
        ] {
            smooth.apply(&mut scores)?;
            self.row(name, "-", &scores)?;
        }
        let wide = self.rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0);
        println!("\n{}", self.data.name());
        println!("{:wide$}  documented  measured AP  change  micro AUC", "");
        let first = self.rows.first().and_then(|row| row.measured).map(|(_, ap)| ap);
        for (place, Row { name, documented, measured, .. }) in self.rows.iter().enumerate() {
            let Some((auc, ap)) = measured else {
                println!("{name:wide$}  {documented:>10}  (no labels)");
                continue;
            };
            let change = match first {
                Some(first) if place > 0 && place < networks => {
                    format!("{:+.1}%", (ap / first - 1.0) * 100.0)
                }
                _ => String::new(),
            };
            println!("{name:wide$}  {documented:>10}  {ap:>11.4}  {change:>6}  {auc:>9.4}");
        }
        self.print_reactions(wide);
        Ok(())
    }

    /// What each score reacts to, where the damage is known.
    fn print_reactions(&self, wide: usize) {
        let known = |row: &Row| row.reaction.noise.is_some() || row.reaction.flip.is_some();
        if !self.rows.iter().any(known) {
            return;
        }
        println!("\nAUC of each score as a detector of");
        println!("{:wide$}  the anomaly  noise   a flip  the anomaly, intact frames alone", "");
        let figure = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.3}"));
        for Row { name, reaction, .. } in &self.rows {
            let [anomaly, noise, flip, intact] =
                [reaction.anomaly, reaction.noise, reaction.flip, reaction.intact].map(figure);
            println!("{name:wide$}  {anomaly:>11}  {noise:>5}  {flip:>7}  {intact:>12}");
        }
    }
}
