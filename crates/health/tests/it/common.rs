//! Learning from videos and judging them.

use oddframe_core::{Frame, FrameSource, PixelFormat, PreparedFrame, Silent, StreamInfo};
use oddframe_frames::prepared;
use oddframe_health::{HealthModel, HealthSettings, Learned, Problem};

/// The frame rate that the tests assume, so that a second passes within short videos.
pub(crate) const FPS: f64 = 10.0;

pub(crate) fn learn(videos: &[&dyn FrameSource]) -> Learned {
    let settings = HealthSettings {
        frames_per_second: FPS,
    };
    let videos: Vec<_> = videos
        .iter()
        .map(|video| prepared(HealthModel::input(), *video).unwrap())
        .collect();
    let videos: Vec<&dyn FrameSource> = videos.iter().map(|video| &**video as _).collect();
    HealthModel::learn(&videos, settings, &mut Silent).unwrap()
}

/// The problem of each frame of a video.
pub(crate) fn judge(model: &HealthModel, video: &dyn FrameSource) -> Vec<Option<Problem>> {
    let video = prepared(HealthModel::input(), video).unwrap();
    let mut monitor = model.monitor().unwrap();
    monitor.start(&StreamInfo::from(video.video()));
    let mut problems = Vec::new();
    for index in 0..video.numbers().len() {
        let image = video.read(index).unwrap();
        let frame = PreparedFrame {
            index,
            number: image.number(),
            time: None,
            image: Some(&image),
        };
        problems.push(monitor.push(&frame).unwrap().map(|finding| finding.problem));
    }
    problems
}

/// The same frame in gray.
pub(crate) fn to_gray(frame: &mut Frame) {
    let shape = frame.shape().with_format(PixelFormat::Gray);
    let gray: Vec<u8> = frame
        .pixels()
        .chunks_exact(3)
        .map(|pixel| {
            ((u32::from(pixel[0]) + 2 * u32::from(pixel[1]) + u32::from(pixel[2])) / 4) as u8
        })
        .collect();
    let number = frame.number();
    frame.reset(shape, number);
    frame.pixels_mut().copy_from_slice(&gray);
}
