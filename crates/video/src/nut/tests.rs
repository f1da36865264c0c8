use super::*;

/// What ffmpeg 5.1 writes for three gray frames of 2x2 pixels at 25 frames a second; made by `scripts/make-nut-fixture.sh`.
const THREE_FRAMES: &[u8] = include_bytes!("three_frames.nut");

fn read_all(bytes: &[u8]) -> (Vec<(i64, Vec<u8>)>, NutError) {
    let mut frames = Vec::new();
    let mut reader = match NutReader::open(bytes) {
        Ok(reader) => reader,
        Err(error) => return (frames, error),
    };
    loop {
        let frame = match reader.next_frame() {
            Ok(frame) => frame,
            Err(error) => return (frames, error),
        };
        let mut pixels = vec![0; frame.bytes.min(1 << 20) as usize];
        if let Err(error) = reader.read_pixels(&mut pixels) {
            return (frames, error);
        }
        frames.push((frame.time, pixels));
    }
}

#[test]
fn frames_and_times_are_read() {
    let reader = NutReader::open(THREE_FRAMES).unwrap();
    let stream = reader.stream();
    assert_eq!((stream.width, stream.height), (2, 2));
    let (frames, end) = read_all(THREE_FRAMES);
    assert!(matches!(end, NutError::End), "{end:?}");
    let seconds: Vec<f64> = frames
        .iter()
        .map(|(time, _)| {
            *time as f64 * stream.time_base.numerator as f64 / stream.time_base.denominator as f64
        })
        .collect();
    assert_eq!(seconds, [0.0, 0.04, 0.08]);
    assert!(frames.iter().all(|(_, pixels)| *pixels == [100; 4]));
}

#[test]
fn a_cut_stream_is_never_taken_for_a_whole_one() {
    let mut whole = 0;
    for length in 0..THREE_FRAMES.len() {
        let (frames, end) = read_all(&THREE_FRAMES[..length]);
        // Only a cut between two packets looks like an end.
        if matches!(end, NutError::End) {
            whole += 1;
        }
        assert!(frames.len() <= 3);
    }
    assert!(whole <= 10, "{whole} cuts look like an end");
}

#[test]
fn changed_bytes_give_an_error_or_frames_but_no_panic() {
    for place in 0..THREE_FRAMES.len() {
        for value in [0, 1, 0x4E, 0x7F, 0x80, 0xFF] {
            let mut bytes = THREE_FRAMES.to_vec();
            bytes[place] = value;
            let (frames, _) = read_all(&bytes);
            assert!(frames.len() < 100);
        }
    }
}
