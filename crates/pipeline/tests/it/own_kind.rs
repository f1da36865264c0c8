//! A program adds a kind of its own, and a recipe names it.

use oddframe_core::{
    Delay, Error, FrameInput, FrameScore, FrameSource, ModelFolder, Observer, Origin, PixelFormat,
    PreparedFrame, Reason, Rect, ScoredBox, Scorer, Settled, Silent, StreamInfo, System,
};
use oddframe_pipeline::{Data, Recipe, Registry, RunFolder, Runner};
use tempfile::tempdir;

use crate::common::{engine, read};

/// Scores a frame by its first pixel, with a box and a reason for every tenth frame.
struct FirstPixel(FrameInput);

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    side: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { side: 8 }
    }
}

impl System for FirstPixel {
    fn input(&self) -> FrameInput {
        self.0
    }

    fn fit(
        &self,
        normal: &[&dyn FrameSource],
        model: &ModelFolder,
        _: &mut dyn Observer,
    ) -> Result<(), Error> {
        assert!(
            normal
                .iter()
                .all(|video| video.shape().width() == self.0.size().unwrap().0),
            "frames are prepared"
        );
        std::fs::write(model.file("learned.txt"), normal.len().to_string()).unwrap();
        Ok(())
    }

    fn open(&self, model: &ModelFolder) -> Result<Box<dyn Scorer>, Error> {
        assert!(model.has("learned.txt"));
        Ok(Box::new(FirstPixelScorer(self.0)))
    }
}

struct FirstPixelScorer(FrameInput);

impl Scorer for FirstPixelScorer {
    fn input(&self) -> FrameInput {
        self.0
    }

    fn start(&mut self, _: &StreamInfo) -> Result<(), Error> {
        Ok(())
    }

    fn push(&mut self, frame: &PreparedFrame<'_>, settled: &mut Settled) -> Result<(), Error> {
        let value = f64::from(frame.image.unwrap().pixels()[0]);
        let mut score = FrameScore::new(value, Origin::Computed);
        if frame.index.is_multiple_of(10) {
            score.boxes.push(ScoredBox {
                area: Rect {
                    left: 0.0,
                    top: 0.0,
                    right: 1.0,
                    bottom: 1.0,
                },
                score: value,
            });
            score.reason = Some(Reason {
                cue: "pixel".into(),
                sentence: format!("the first pixel is {value}"),
            });
        }
        settled.push(score);
        Ok(())
    }

    fn finish(&mut self, _: &mut Settled) -> Result<(), Error> {
        Ok(())
    }

    fn delay(&self) -> Delay {
        Delay::Frames(0)
    }
}

#[test]
fn a_recipe_runs_a_kind_that_a_program_added() {
    let mut registry = Registry::default();
    registry.add("first_pixel", |settings: Settings, _| {
        Ok(Box::new(FirstPixel(FrameInput::new(
            settings.side,
            settings.side,
            PixelFormat::Gray,
        )?)))
    });
    let text = "scene = { preset = \"tiny\" }\n[[system]]\nname = \"mine\"\nkind = \"first_pixel\"\nside = 6";
    let recipe = Recipe::parse(text, &registry).unwrap();
    let folder = tempdir().unwrap();
    let (engine, data) = (engine(), Data::scene(&recipe.scene).unwrap());
    let outcome = Runner::new(&registry, &engine)
        .run(&recipe, &data, folder.path(), &mut Silent)
        .unwrap();
    assert_eq!(
        outcome.fused.scores, outcome.systems[0].scores,
        "it is the only one that is fused"
    );
    assert!(
        read(folder.path(), "model/mine.0/learned.txt")
            .parse::<usize>()
            .unwrap()
            > 0
    );
    let details: serde_json::Value =
        serde_json::from_str(&read(folder.path(), "scores/mine.0/01.details.json")).unwrap();
    assert_eq!(details[0]["cue"], "pixel");
    assert_eq!(details[0]["boxes"][0]["box"][2].as_f64(), Some(1.0));
    assert!(details.as_array().unwrap().len() > 2);

    // The same boxes as typed values. The systems for comparison find none.
    let run = RunFolder::open(folder.path(), &registry).unwrap();
    let boxes = run.read_boxes().unwrap();
    let [mine] = boxes.as_slice() else {
        panic!("{boxes:?}")
    };
    assert_eq!((mine.system.as_str(), mine.member), ("mine", 0));
    let first = &mine.boxes[0];
    assert_eq!((first.video.name(), first.rect.area()), ("01", 1.0));
    assert_eq!(Some(first.score), details[0]["boxes"][0]["score"].as_f64());
    std::fs::write(folder.path().join("scores/mine.0/01.details.json"), "[{}]").unwrap();
    let damaged = run.read_boxes().unwrap_err().to_string();
    assert!(damaged.contains("01.details.json"), "{damaged}");

    let misspelt = text.replace("side = 6", "sid = 6");
    let error = Recipe::parse(&misspelt, &registry).unwrap_err().to_string();
    assert_eq!(
        error,
        "line 5: unknown field `sid`; did you mean `side`?; known are side"
    );
}
