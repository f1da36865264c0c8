//! Selecting systems on pseudo-anomalies: what is ranked how, resuming, folders, bad input.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use oddframe_core::{
    Delay, Error as CoreError, Event, Frame, FrameInput, FrameNumber, FrameScore, FrameShape,
    FrameSource, ModelFolder, Observer, Origin, PixelFormat, PreparedFrame, Scorer, Settled,
    Silent, StreamInfo, System, Video,
};
use oddframe_pipeline::{
    CandidateFigures, Data, Error, Recipe, Registry, Runner, Selection, SelectionOptions,
};
use tempfile::tempdir;

use crate::common::engine;

/// A recorded video of 120x80 pixels: people 20 pixels high walk to the right with their feet in row 66, at one pixel a frame.
#[derive(Clone)]
struct Walkers {
    video: Video,
    frames: Arc<Vec<Frame>>,
}

impl Walkers {
    fn new(name: &str, frames: u64, starts: &[i64]) -> Self {
        let shape = FrameShape::new(120, 80, PixelFormat::Gray).unwrap();
        let numbers = (0..frames).map(FrameNumber).collect();
        let frames = (0..frames).map(|number| draw_frame(shape, FrameNumber(number), starts));
        Self {
            frames: Arc::new(frames.collect()),
            video: Video::new(name.into(), shape, numbers).unwrap(),
        }
    }
}

impl FrameSource for Walkers {
    fn video(&self) -> &Video {
        &self.video
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), CoreError> {
        self.number_at(index)?;
        out.copy_from(&self.frames[index]);
        Ok(())
    }
}

fn draw_frame(shape: FrameShape, number: FrameNumber, starts: &[i64]) -> Frame {
    let mut frame = Frame::new(shape);
    frame.relabel(number, None);
    for (place, pixel) in frame.pixels_mut().iter_mut().enumerate() {
        let (x, y) = (place as u64 % 120, place as u64 / 120);
        // A ground with texture, and a little noise.
        let ground = (x / 5 * 7 + y / 5 * 13) % 6 * 9;
        let noise = (x * 31 + y * 17 + number.0 * 7) % 3;
        *pixel = (60 + ground + noise) as u8;
    }
    for start in starts {
        let left = start + number.0 as i64;
        for y in 46..66 {
            for x in left.max(0)..(left + 8).min(120) {
                let texture = (x - left) * 11 + y * 5;
                frame.pixels_mut()[(y * 120 + x) as usize] = (190 + texture % 40) as u8;
            }
        }
    }
    frame
}

fn data(videos: &[Walkers]) -> Data {
    let train = videos.iter().map(|video| Box::new(video.clone()) as _);
    Data::new("walkers", train.collect(), Vec::new())
}

/// Six videos of 140 frames.
fn walkers() -> Data {
    let videos: Vec<Walkers> = (0..6)
        .map(|video| {
            Walkers::new(
                &format!("{video}"),
                140,
                &[-100 + 5 * video, -45, 10 + 3 * video],
            )
        })
        .collect();
    data(&videos)
}

/// Scores frames by their bright columns, which are those of people.
#[derive(Clone, Copy)]
enum Columns {
    /// The score is 0.
    Nothing,
    /// The longest run of columns that became bright since the frame before: how fast the fastest person is.
    Pace,
    /// How many there are: how many people.
    Count,
}

#[derive(serde::Serialize, serde::Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct NoSettings {}

impl System for Columns {
    fn input(&self) -> FrameInput {
        FrameInput::unresized(PixelFormat::Gray)
    }

    fn fit(
        &self,
        _: &[&dyn FrameSource],
        _: &ModelFolder,
        _: &mut dyn Observer,
    ) -> Result<(), CoreError> {
        Ok(())
    }

    fn open(&self, _: &ModelFolder) -> Result<Box<dyn Scorer>, CoreError> {
        Ok(Box::new(ColumnScorer {
            system: *self,
            before: Vec::new(),
        }))
    }
}

struct ColumnScorer {
    system: Columns,
    before: Vec<bool>,
}

impl Scorer for ColumnScorer {
    fn input(&self) -> FrameInput {
        self.system.input()
    }

    fn start(&mut self, _: &StreamInfo) -> Result<(), CoreError> {
        self.before.clear();
        Ok(())
    }

    fn push(&mut self, frame: &PreparedFrame<'_>, settled: &mut Settled) -> Result<(), CoreError> {
        let image = frame.image.unwrap();
        let now: Vec<bool> = (0..120)
            .map(|x| (0..80).any(|y| image.row(y)[x] > 170))
            .collect();
        let (mut longest, mut run) = (0, 0);
        for (place, bright) in now.iter().enumerate() {
            let new = *bright && self.before.get(place).is_some_and(|before| !before);
            run = if new { run + 1 } else { 0 };
            longest = longest.max(run);
        }
        let value = match self.system {
            Columns::Nothing => 0,
            Columns::Pace => longest,
            Columns::Count => now.iter().filter(|bright| **bright).count(),
        };
        self.before = now;
        settled.push(FrameScore::new(value as f64, Origin::Computed));
        Ok(())
    }

    fn finish(&mut self, _: &mut Settled) -> Result<(), CoreError> {
        Ok(())
    }

    fn delay(&self) -> Delay {
        Delay::Frames(0)
    }
}

fn registry() -> Registry {
    let mut registry = Registry::default();
    registry.add("constant", |_: NoSettings, _| {
        Ok(Box::new(Columns::Nothing))
    });
    registry.add("pace", |_: NoSettings, _| Ok(Box::new(Columns::Pace)));
    registry.add("count", |_: NoSettings, _| Ok(Box::new(Columns::Count)));
    registry
}

const TWO: &str = "name = \"two\"\nbaselines = false\n[[system]]\nname = \"nothing\"\nkind = \"constant\"\n\
                   [[system]]\nname = \"pace\"\nkind = \"pace\"\n";

const COUNT: &str =
    "name = \"count\"\nbaselines = false\n[[system]]\nname = \"count\"\nkind = \"count\"\n";

const DIFFERENCE: &str = "name = \"difference\"\nbaselines = false\n[[system]]\nname = \"difference\"\nkind = \"frame_difference\"\n";

fn select(texts: &[&str], data: Data, folder: &Path) -> Result<Selection, Error> {
    select_observed(texts, data, folder, &mut Silent)
}

fn select_observed(
    texts: &[&str],
    data: Data,
    folder: &Path,
    observer: &mut dyn Observer,
) -> Result<Selection, Error> {
    let registry = registry();
    let recipes: Vec<Recipe> = texts
        .iter()
        .map(|text| Recipe::parse(text, &registry).unwrap())
        .collect();
    let options = SelectionOptions { each: 2, seed: 5 };
    Runner::new(&registry, &engine()).select(&recipes, data, options, folder, observer)
}

fn candidate<'a>(selection: &'a Selection, name: &str) -> &'a CandidateFigures {
    let found = selection.candidates.iter().find(|one| one.name == name);
    found.unwrap_or_else(|| panic!("{name} is not in {selection:?}"))
}

#[test]
fn what_sees_speed_is_first_and_a_constant_is_blind_to_everything() {
    let folder = tempdir().unwrap();
    let selection = select(&[TWO], walkers(), folder.path()).unwrap();
    assert_eq!(selection.fit_videos, ["0", "1", "2", "3"]);
    assert_eq!(selection.held_out_videos, ["4", "5"]);
    let made: Vec<&str> = selection
        .kinds
        .iter()
        .filter(|kind| kind.stretches > 0)
        .map(|kind| kind.kind.as_str())
        .collect();
    assert_eq!(
        made,
        [
            "control",
            "speed",
            "reversal",
            "place",
            "foreign",
            "dwelling",
            "occlusion",
            "appearance"
        ]
    );

    // Fused scores are a candidate where several systems are fused.
    let names: Vec<&str> = selection
        .candidates
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(names.len(), 3);
    assert_eq!(names[2], "nothing");
    let nothing = candidate(&selection, "nothing");
    assert_eq!(nothing.blind_to.len(), 7);
    assert_eq!((nothing.mean, nothing.mean_interval), (0.5, [0.5, 0.5]));
    assert!(!nothing.tied_with_best && nothing.behind_best[0] > 0.0);

    let pace = candidate(&selection, "pace");
    let kind = |name: &str| pace.kinds.iter().find(|kind| kind.kind == name).unwrap();
    assert!(kind("speed").auc_same_frames > 0.85, "{pace:?}");
    assert!(!pace.blind_to.iter().any(|kind| kind == "speed"));
    // Backwards at the same pace: this system cannot know.
    assert!(
        pace.blind_to.iter().any(|kind| kind == "reversal"),
        "{pace:?}"
    );
    assert!(!kind("control").blind);
    assert!(kind("speed").interval[0] <= kind("speed").auc);

    let table = selection.tables().join("\n");
    assert!(
        table.contains("pace") && table.contains("*0.500"),
        "{table}"
    );
    for file in ["selection.csv", "selection.json", "stretches.csv"] {
        let text = fs::read_to_string(folder.path().join(file)).unwrap();
        assert!(text.contains("reversal"), "{file}");
    }
    let rows = fs::read_to_string(folder.path().join("selection.csv")).unwrap();
    assert_eq!(rows.lines().count(), 1 + 3 * 9);
    // Four stretches of each kind in videos 4 and 5, at least two of dwelling.
    let stretches = fs::read_to_string(folder.path().join("stretches.csv")).unwrap();
    assert!(
        stretches
            .lines()
            .filter(|line| line.starts_with("speed,"))
            .count()
            >= 3
    );
}

#[test]
fn a_system_that_counts_people_does_not_see_what_they_do() {
    let folder = tempdir().unwrap();
    let selection = select(&[COUNT], walkers(), folder.path()).unwrap();
    let count = candidate(&selection, "count");
    let same_frames = |name: &str| {
        let found = count.kinds.iter().find(|kind| kind.kind == name);
        found.unwrap().auc_same_frames
    };
    // It notices one more person, which the control has too.
    assert!(same_frames("control") > 0.7, "{count:?}");
    for kind in ["speed", "reversal", "place"] {
        assert!((0.3..0.6).contains(&same_frames(kind)), "{kind}: {count:?}");
        assert!(
            count.blind_to.iter().any(|blind| blind == kind),
            "{kind}: {count:?}"
        );
    }
}

#[test]
fn a_stopped_selection_resumes_with_the_same_figures() {
    let (whole, stopped) = (tempdir().unwrap(), tempdir().unwrap());
    let expected = select(&[TWO, DIFFERENCE], walkers(), whole.path()).unwrap();
    // The second recipe is stopped while it is scored.
    let mut passes = 0;
    let mut stop = |event: Event<'_>| {
        if let Event::Started {
            task: "scoring", ..
        } = event
        {
            passes += 1;
        }
        if passes == 2 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let error = select_observed(&[TWO, DIFFERENCE], walkers(), stopped.path(), &mut stop);
    assert!(error.unwrap_err().is_cancelled());
    assert!(!stopped.path().join("selection.json").exists());
    // What the first recipe scored is kept: the rest is one more pass.
    let mut passes = 0;
    let mut count = |event: Event<'_>| {
        if let Event::Started {
            task: "scoring", ..
        } = event
        {
            passes += 1;
        }
        ControlFlow::Continue(())
    };
    let resumed =
        select_observed(&[TWO, DIFFERENCE], walkers(), stopped.path(), &mut count).unwrap();
    assert_eq!(passes, 1);
    assert_eq!(resumed.candidates, expected.candidates);
    let read = |folder: &Path| fs::read(folder.join("selection.json")).unwrap();
    assert_eq!(read(stopped.path()), read(whole.path()));
}

#[test]
fn equal_names_in_two_recipes_are_told_apart() {
    let folder = tempdir().unwrap();
    let selection = select(&[DIFFERENCE, DIFFERENCE], walkers(), folder.path()).unwrap();
    let first = candidate(&selection, "difference/difference");
    let second = candidate(&selection, "difference-2/difference");
    assert_eq!(first.kinds, second.kinds);
    assert!(second.tied_with_best);
    // Another seed on the same folder is another selection.
    let registry = registry();
    let recipes = [Recipe::parse(DIFFERENCE, &registry).unwrap()];
    let options = SelectionOptions { each: 2, seed: 6 };
    let error = Runner::new(&registry, &engine())
        .select(&recipes, walkers(), options, folder.path(), &mut Silent)
        .unwrap_err();
    assert!(error.to_string().contains("another data set"), "{error}");
}

fn message(texts: &[&str], data: Data) -> String {
    let folder = tempdir().unwrap();
    let error = select(texts, data, folder.path()).unwrap_err();
    // Nothing is left in the folder of a selection that cannot begin.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    error.to_string()
}

#[test]
fn bad_input_is_an_error_before_any_work() {
    assert!(message(&[], walkers()).contains("no recipe"));
    assert!(message(&[TWO], data(&[])).contains("no training videos"));
    let short = data(&[Walkers::new("a", 30, &[5]), Walkers::new("b", 30, &[5])]);
    let error = message(&[TWO], short);
    assert!(
        error.contains("at least 40 frames; the longest has 30") && error.contains("at least 76"),
        "{error}"
    );
    let two = data(&[Walkers::new("a", 2, &[5])]);
    assert!(message(&[TWO], two).contains("single training video of 2 frames"));
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("notes.txt"), "mine").unwrap();
    let error = select(&[TWO], walkers(), folder.path()).unwrap_err();
    assert!(error.to_string().contains("`notes.txt`"), "{error}");
}

/// A video with a frame that cannot be read.
struct Torn(Walkers);

impl FrameSource for Torn {
    fn video(&self) -> &Video {
        self.0.video()
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), CoreError> {
        if index == 60 {
            return Err(CoreError::Read {
                video: self.id().clone(),
                frame: self.number_at(index)?,
                path: None,
                source: "the file is torn".into(),
            });
        }
        self.0.read_into(index, out)
    }
}

#[test]
fn frames_that_cannot_be_read_are_replaced_where_recipes_ask_for_it_and_named() {
    let torn = || {
        let videos: Vec<Box<dyn FrameSource>> = vec![
            Box::new(Walkers::new("a", 100, &[-45, 10])),
            Box::new(Torn(Walkers::new("b", 100, &[-40, 20]))),
        ];
        Data::new("torn", videos, Vec::new())
    };
    assert!(message(&[TWO], torn()).contains("the file is torn"));
    let folder = tempdir().unwrap();
    let mut notes = Vec::new();
    let mut listen = |event: Event<'_>| {
        if let Event::Warned { message } = event {
            notes.push(message.to_owned());
        }
        ControlFlow::Continue(())
    };
    let mending = format!("repair = {{ mend = \"nearest\" }}\n{TWO}");
    select_observed(&[&mending], torn(), folder.path(), &mut listen).unwrap();
    let replaced = "frame 59 is used in place of frame 60";
    assert!(
        notes.iter().any(|note| note.contains(replaced)),
        "{notes:?}"
    );
}

#[test]
fn where_nobody_walks_some_kinds_are_left_out_visibly() {
    let empty = data(&[Walkers::new("a", 200, &[])]);
    let folder = tempdir().unwrap();
    let mut notes = Vec::new();
    let mut listen = |event: Event<'_>| {
        if let Event::Warned { message } = event {
            notes.push(message.to_owned());
        }
        ControlFlow::Continue(())
    };
    let selection = select_observed(&[TWO], empty, folder.path(), &mut listen).unwrap();
    // A single video of 200 frames: its last third is held out.
    assert_eq!(
        (&selection.fit_videos, &selection.held_out_videos),
        (&vec!["a".to_owned()], &vec!["a".to_owned()])
    );
    let kinds = &candidate(&selection, "pace").kinds;
    let made: Vec<&str> = kinds.iter().map(|kind| kind.kind.as_str()).collect();
    assert_eq!(made, ["foreign", "occlusion"]);
    for kind in ["speed", "reversal", "place", "dwelling", "appearance"] {
        let left_out = notes
            .iter()
            .find(|note| note.starts_with(&format!("{kind} is left out")));
        assert!(left_out.is_some(), "{kind}: {notes:?}");
    }
}
