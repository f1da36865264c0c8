//! The systems on the synthetic street.

use oddframe_baseline::{
    FrameDifference, FrameDifferenceSettings, TypicalFrame, TypicalFrameSettings,
};
use oddframe_core::{Error, FrameSource, ModelFolder, System, Video};
use oddframe_synth::{Preset, Scene};

use crate::score::score_table;

#[test]
fn every_frame_of_the_street_gets_one_score() {
    let scene = Scene::new(Preset::Tiny, 5);
    let test: Vec<&dyn FrameSource> = scene.test().iter().map(|v| v as _).collect();
    let videos: Vec<&Video> = test.iter().map(FrameSource::video).collect();
    let settings = FrameDifferenceSettings {
        width: 48,
        height: 32,
        ..FrameDifferenceSettings::default()
    };
    let table = score_table(FrameDifference::new(settings).unwrap().scorer(), &test).unwrap();
    table.check_covers(&videos).unwrap();
    assert_eq!(table.len(), videos.iter().map(|v| v.len()).sum::<usize>());
}

#[test]
fn an_observer_can_stop_the_work() {
    let scene = Scene::new(Preset::Tiny, 5);
    let train: Vec<&dyn FrameSource> = scene.train().iter().map(|v| v as _).collect();
    let mut stop = |_: oddframe_core::Event<'_>| std::ops::ControlFlow::Break(());
    let folder = tempfile::tempdir().unwrap();
    let model = ModelFolder::create(folder.path()).unwrap();
    let system = TypicalFrame::new(TypicalFrameSettings::default()).unwrap();
    assert!(matches!(
        system.fit(&train, &model, &mut stop),
        Err(Error::Interrupted)
    ));
}
