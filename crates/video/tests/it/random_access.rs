use std::collections::HashMap;
use std::thread;

use oddframe_core::{
    Error, Frame, FrameInput, FrameSink, FrameSource, PixelFormat, PreparedFrame, Random,
    StreamInfo,
};
use oddframe_frames::{FramePass, ReadAhead};
use oddframe_video::{DiskStore, VideoSource};

use crate::common::{Studio, check_equal, decode_whole};

/// The same video kept on disk and decoded anew, and its frames.
fn open_both(studio: &Studio) -> ([VideoSource; 2], Vec<Frame>) {
    let arguments = "-f lavfi -i testsrc2=size=64x48:rate=25 -frames:v 150 -c:v mpeg4 -bf 2";
    assert!(studio.make("a.mp4", arguments));
    let file = studio.open_file("a.mp4");
    let frames = decode_whole(&file);
    let budgets = [
        DiskStore::default(),
        DiskStore::temporary(64 * 48 * 3 * 149),
    ];
    let sources = budgets.map(|store| file.clone().into_source(&store).unwrap());
    assert!(sources[0].is_stored() && !sources[1].is_stored());
    (sources, frames)
}

#[test]
fn any_frame_can_be_read_at_any_time_by_several_threads() {
    let Some(studio) = Studio::open() else { return };
    let (sources, frames) = open_both(&studio);
    for source in &sources {
        assert_eq!(source.numbers().len(), 150);
        thread::scope(|scope| {
            for seed in 0..4 {
                let frames = &frames;
                scope.spawn(move || {
                    let mut random = Random::new(seed);
                    let mut frame = Frame::default();
                    for _ in 0..12 {
                        let index = random.below(150) as usize;
                        source.read_into(index, &mut frame).unwrap();
                        assert!(frame == frames[index], "frame {index}");
                    }
                });
            }
        });
        assert!(matches!(source.read(150), Err(Error::NoSuchIndex { .. })));
        assert_eq!(source.time(10), frames[10].time());
    }
}

/// Collects the frames of each video, and asks for a preview of some.
#[derive(Default)]
struct Collector {
    frames: Vec<Frame>,
    previewed: HashMap<usize, Frame>,
}

impl FrameSink for Collector {
    fn input(&self) -> FrameInput {
        FrameInput::unresized(PixelFormat::Rgb)
    }
    fn start(&mut self, _video: usize, _info: &StreamInfo) -> Result<bool, Error> {
        Ok(true)
    }
    fn preview_positions(&self, info: &StreamInfo) -> Vec<usize> {
        (0..info.frames().unwrap_or(0)).step_by(9).collect()
    }
    fn preview(&mut self, frame: &PreparedFrame<'_>) -> Result<(), Error> {
        let image = frame.image.cloned().unwrap_or_default();
        self.previewed.insert(frame.index, image);
        Ok(())
    }
    fn push(&mut self, frame: &PreparedFrame<'_>) -> Result<(), Error> {
        self.frames.extend(frame.image.cloned());
        Ok(())
    }
    fn finish(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

#[test]
fn a_pass_with_preview_and_several_threads_sees_every_frame_once() {
    let Some(studio) = Studio::open() else { return };
    let (sources, frames) = open_both(&studio);
    for source in &sources {
        for threads in [1, 4] {
            let mut collector = Collector::default();
            let mut pass = FramePass::new().with_read_ahead(ReadAhead::new().with_threads(threads));
            pass.run(&[source], &mut [&mut collector], &mut |_| Ok(()))
                .unwrap();
            check_equal("a.mp4", &collector.frames, &frames);
            assert_eq!(collector.previewed.len(), 17);
            for (index, frame) in &collector.previewed {
                assert_eq!(frame.pixels(), frames[*index].pixels(), "frame {index}");
            }
        }
    }
}

#[test]
fn a_pass_over_the_stream_gives_the_frames_and_their_times() {
    let Some(studio) = Studio::open() else { return };
    let (_, frames) = open_both(&studio);
    let mut stream = studio.open_file("a.mp4").stream().unwrap();
    let mut collector = Collector::default();
    let mut pass = FramePass::new().with_read_ahead(ReadAhead::new().with_threads(2));
    pass.run_stream(&mut stream, &mut [&mut collector], &mut |_| Ok(()))
        .unwrap();
    check_equal("a.mp4", &collector.frames, &frames);
    assert!(stream.damage().is_none());
}
