//! Any bytes as the model of objects, alone and as changes to a valid model: opened and used, never a panic.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use oddframe_core::{Frame, FrameNumber, FrameShape, FrameSource, ModelFolder, PixelFormat, PreparedFrame};
use oddframe_core::{Error, Settled, Silent, StreamInfo, System, Video};
use oddframe_objects::{ObjectSettings, Objects, Switch};

/// A dark video in which a bright block moves to the right.
struct Street(Video);

impl FrameSource for Street {
    fn video(&self) -> &Video {
        &self.0
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        out.reset(self.shape(), self.number_at(index)?);
        let width = self.shape().width();
        for (place, pixel) in out.pixels_mut().iter_mut().enumerate() {
            let (x, y) = (place % width, place / width);
            let inside = (index..index + 6).contains(&x) && (6..18).contains(&y);
            *pixel = if inside { 200 } else { 60 + (x * 7 + y * 13) as u8 % 9 };
        }
        Ok(())
    }
}

struct Fixture {
    system: Objects,
    folder: tempfile::TempDir,
    valid: Vec<u8>,
    video: Street,
}

static FIXTURE: LazyLock<Fixture> = LazyLock::new(|| {
    let switch = Some(Switch { slow: 0.4, spread: 0.35 });
    let system = Objects::new(ObjectSettings { switch, ..ObjectSettings::default() }).unwrap();
    let shape = FrameShape::new(32, 24, PixelFormat::Gray).unwrap();
    let numbers = (0..12).map(FrameNumber).collect();
    let video = Street(Video::new("1".into(), shape, numbers).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let model = ModelFolder::create(folder.path()).unwrap();
    system.fit(&[&video], &model, &mut Silent).unwrap();
    let valid = std::fs::read(model.file("objects.safetensors")).unwrap();
    Fixture { system, folder, valid, video }
});

/// Opens these bytes as a model, scores a video with it and draws it.
fn open(bytes: &[u8]) {
    let Fixture { system, folder, video, .. } = &*FIXTURE;
    let model = ModelFolder::open(folder.path()).unwrap();
    std::fs::write(model.file("objects.safetensors"), bytes).unwrap();
    let mut scorer = match system.open(&model) {
        Ok(scorer) => scorer,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let _ = system.draw_model(&model);
    let mut settled = Settled::new();
    scorer.start(&StreamInfo::from(video.video())).unwrap();
    for index in 0..video.numbers().len() {
        let image = video.read(index).unwrap();
        let number = image.number();
        let frame = PreparedFrame { index, number, time: None, image: Some(&image) };
        // Frames of another size than the changed model's are an error.
        if scorer.push(&frame, &mut settled).is_err() {
            return;
        }
    }
    let _ = scorer.finish(&mut settled);
}

/// Replaces bytes of the valid model: three bytes of the input say where, the fourth is written there.
fn change(bytes: &[u8]) -> Vec<u8> {
    let mut changed = FIXTURE.valid.clone();
    // Most changes fall into the header and the metadata, where they matter most.
    let header = 8 + u64::from_le_bytes(changed[..8].try_into().unwrap()) as usize;
    for edit in bytes.chunks_exact(4) {
        let place = usize::from(edit[1]) << 8 | usize::from(edit[2]);
        let place = if edit[0] < 200 { place % header } else { header + place * 97 };
        let end = changed.len();
        changed[place % end] = edit[3];
    }
    changed
}

fuzz_target!(|bytes: &[u8]| {
    open(bytes);
    open(&change(bytes));
});
