//! RAFT against torchvision, whose flows `scripts/export_raft.py` writes, and its files, sizes and errors.

use std::collections::BTreeMap;
use std::path::Path;

use burn::backend::Flex;
use oddframe_core::{Frame, FrameShape, PixelFormat};
use oddframe_flow::{EstimateFlow, Flow};
use oddframe_models::{Error, Raft, RaftFlow, RaftOptions, WeightsSource};

/// The multiplier and both factors of splitmix64.
const SPLITMIX: [u64; 3] = [
    0x9E37_79B9_7F4A_7C15,
    0xBF58_476D_1CE4_E5B9,
    0x94D0_49BB_1331_11EB,
];

fn open(options: RaftOptions) -> Raft<Flex> {
    let weights = WeightsSource::Random { seed: 0 };
    let network = Raft::open(Some(&weights), options, &Default::default()).unwrap();
    assert!(network.is_random());
    network
}

/// Squares of six pixels in random colours, moved by (dx, dy), as the script makes them.
fn image([height, width]: [usize; 2], dx: isize, dy: isize) -> Vec<u8> {
    // FNV-1a of "image".
    let state = "image"
        .bytes()
        .fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        });
    let mut pixels = Vec::with_capacity(height * width * 3);
    for y in 0..height as isize {
        for x in 0..width as isize {
            let cell = ((y - dy + 60) / 6 * 128 + (x - dx + 60) / 6) as u64;
            for channel in 0..3 {
                let place = cell * 3 + channel + 1;
                let mut z = state.wrapping_add(place.wrapping_mul(SPLITMIX[0]));
                z = (z ^ (z >> 30)).wrapping_mul(SPLITMIX[1]);
                z = (z ^ (z >> 27)).wrapping_mul(SPLITMIX[2]);
                z ^= z >> 31;
                pixels.push((z >> 56) as u8);
            }
        }
    }
    pixels
}

fn frame(size: [usize; 2], dx: isize, dy: isize) -> Frame {
    let shape = FrameShape::new(size[1], size[0], PixelFormat::Rgb).unwrap();
    let mut frame = Frame::new(shape);
    frame.pixels_mut().copy_from_slice(&image(size, dx, dy));
    frame
}

/// The largest distance between the flow's values, every few rows and columns, and torchvision's.
fn largest_difference(
    flow: &[f32],
    [height, width]: [usize; 2],
    [rows, columns]: [usize; 2],
    golden: &[f32],
) -> f32 {
    let (tall, wide) = (height.div_ceil(rows), width.div_ceil(columns));
    assert_eq!(golden.len(), 2 * tall * wide);
    let mut largest = 0.0_f32;
    for at in 0..tall * wide {
        let place = at / wide * rows * width + at % wide * columns;
        let dx = flow[place] - golden[at];
        let dy = flow[height * width + place] - golden[tall * wide + at];
        largest = largest.max(dx.hypot(dy));
    }
    largest
}

fn golden(size: [usize; 2]) -> Vec<f32> {
    let name = format!("tests/golden/raft_{}x{}.out", size[0], size[1]);
    let bytes = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap();
    let values = bytes.as_chunks::<4>().0.iter();
    values.map(|value| f32::from_le_bytes(*value)).collect()
}

fn run(network: &mut Raft<Flex>, pairs: usize, size: [usize; 2]) -> Vec<f32> {
    let (previous, next) = (image(size, 0, 0), image(size, 5, -3));
    let mut flow = vec![f32::NAN; pairs * 2 * size[0] * size[1]];
    let (previous, next) = (previous.repeat(pairs), next.repeat(pairs));
    network
        .run(pairs, size, &previous, &next, &mut flow)
        .unwrap();
    flow
}

#[test]
fn flows_agree_with_torchvision_after_1_4_and_12_updates() {
    let size = [128, 160];
    let golden = golden(size);
    let each = golden.len() / 3;
    for (updates, golden) in [1, 4, 12].into_iter().zip(golden.chunks_exact(each)) {
        let mut network = open(RaftOptions::default().with_updates(updates));
        let flow = run(&mut network, 1, size);
        let largest = largest_difference(&flow, size, [4, 4], golden);
        println!("{updates} updates: {largest} px");
        assert!(largest < 1e-3, "{updates} updates: {largest} px");
    }
}

#[test]
fn flows_of_larger_frames_agree_with_torchvision_also_on_demand() {
    let size = [240, 360];
    for limit in [None, Some(1 << 20)] {
        let mut network = open(RaftOptions::default().with_memory_limit(limit));
        let flow = run(&mut network, 1, size);
        let largest = largest_difference(&flow, size, [4, 8], &golden(size));
        println!("limit {limit:?}: {largest} px");
        assert!(largest < 1e-3, "limit {limit:?}: {largest} px");
    }
}

#[test]
fn a_batch_has_the_flows_of_its_pairs_and_sizes_may_alternate() {
    let mut network = open(RaftOptions::default().with_updates(2));
    let size = [128, 136];
    let one = run(&mut network, 1, size);
    let other = run(&mut network, 1, [136, 128]);
    let two = run(&mut network, 2, size);
    assert_eq!(two, [&*one, &*one].concat());
    assert_eq!(other, run(&mut network, 1, [136, 128]));
}

#[test]
fn the_pairs_of_a_video_have_the_flows_of_single_pairs() {
    let (options, size) = (RaftOptions::default().with_updates(2), [128, 136]);
    let frames: Vec<Vec<u8>> = (0..4).map(|at| image(size, 2 * at, -at)).collect();
    let mut network = open(options);
    let [mut flow, mut expected] = [0, 1].map(|_| vec![0.0; 2 * size[0] * size[1]]);
    // The third pair skips a frame, and the last one returns to it.
    for [previous, next] in [[0, 1], [1, 2], [3, 2], [2, 1]] {
        let (previous, next) = (&frames[previous], &frames[next]);
        network.run(1, size, previous, next, &mut flow).unwrap();
        let mut single = open(options);
        single.run(1, size, previous, next, &mut expected).unwrap();
        assert_eq!(flow, expected);
    }
}

#[test]
fn frames_of_any_size_are_padded_and_cut() {
    let options = RaftOptions::default().with_updates(2);
    let mut estimator = RaftFlow::new(open(options));
    assert_eq!(estimator.format(), PixelFormat::Rgb);
    let mut flow = Flow::default();
    estimator
        .estimate(
            &frame([128, 136], 0, 0),
            &frame([128, 136], 5, -3),
            &mut flow,
        )
        .unwrap();
    let direct = run(&mut open(options), 1, [128, 136]);
    assert_eq!([flow.dx(), flow.dy()].concat(), direct);

    // 121 rows: three repeated above, four below. 130 columns: three on each side.
    let (small, large): ([usize; 2], [usize; 2]) = ([121, 130], [128, 136]);
    let [previous, next] = [frame(small, 0, 0), frame(small, 5, -3)];
    estimator.estimate(&previous, &next, &mut flow).unwrap();
    assert_eq!((flow.width(), flow.height()), (130, 121));
    let [previous, next] = [&previous, &next].map(|frame| {
        let mut padded = Vec::new();
        for y in 0..large[0] {
            for x in 0..large[1] {
                let row = y.saturating_sub(3).min(small[0] - 1);
                let column = x.saturating_sub(3).min(small[1] - 1);
                padded.extend_from_slice(&frame.pixels()[(row * small[1] + column) * 3..][..3]);
            }
        }
        padded
    });
    let mut padded = vec![0.0; 2 * large[0] * large[1]];
    open(options)
        .run(1, large, &previous, &next, &mut padded)
        .unwrap();
    for y in 0..small[0] {
        for x in 0..small[1] {
            let at = (y + 3) * large[1] + x + 3;
            assert_eq!(flow.dx()[y * small[1] + x], padded[at]);
            assert_eq!(
                flow.dy()[y * small[1] + x],
                padded[large[0] * large[1] + at]
            );
        }
    }
}

#[test]
fn sizes_that_it_does_not_take_are_errors() {
    let mut estimator = RaftFlow::new(open(RaftOptions::default().with_updates(1)));
    let mut flow = Flow::default();
    let mut estimate = |previous: &Frame, next: &Frame| {
        let error = estimator.estimate(previous, next, &mut flow).unwrap_err();
        error.to_string()
    };
    let small = frame([120, 300], 0, 0);
    assert!(
        estimate(&small, &small).contains("frames of 300x120 are too small; it needs at least 128")
    );
    let message = estimate(&small, &frame([300, 120], 0, 0));
    assert!(
        message.contains("300x120 RGB and the other 120x300 RGB"),
        "{message}"
    );
    let gray = Frame::new(FrameShape::new(128, 128, PixelFormat::Gray).unwrap());
    let message = estimate(&gray, &gray);
    assert!(
        message.contains("128x128 gray; it takes RGB frames"),
        "{message}"
    );

    let mut network = open(RaftOptions::default());
    let error = network.run(1, [132, 128], &[], &[], &mut []).unwrap_err();
    assert!(matches!(
        error,
        Error::Side {
            found: 132,
            divisor: 8,
            ..
        }
    ));
    let error = network.run(0, [128, 128], &[], &[], &mut []).unwrap_err();
    assert!(matches!(error, Error::Zero { .. }));
    let error = network
        .run(1, [128, 128], &[0; 7], &[], &mut [])
        .unwrap_err();
    assert!(matches!(error, Error::Length { found: 7, .. }));
    let none = RaftOptions::default().with_updates(0);
    let weights = WeightsSource::Random { seed: 0 };
    let error = Raft::<Flex>::open(Some(&weights), none, &Default::default());
    assert!(error.unwrap_err().to_string().contains("`updates` is zero"));
}

#[test]
fn without_weights_the_error_says_what_to_download() {
    let error = Raft::<Flex>::open(None, RaftOptions::default(), &Default::default());
    let message = error.unwrap_err().to_string();
    for part in [
        "raft_large_C_T_SKHT_V2-ff5fadd5.pth",
        "raft_large_C_T_V2-1bb1363a.pth",
        "torchvision",
        "SHA-256",
        "`random`",
    ] {
        assert!(message.contains(part), "{message}");
    }
}

/// A safetensors file with these tensors, whose values follow from their names.
fn write_tensors(path: &Path, tensors: &BTreeMap<String, Vec<usize>>) {
    let (mut header, mut end) = (serde_json::Map::new(), 0);
    for (name, shape) in tensors {
        let counter = name.ends_with("num_batches_tracked");
        let (kind, size) = if counter { ("I64", 8) } else { ("F32", 4) };
        let start = end;
        end += shape.iter().product::<usize>() * size;
        let entry =
            serde_json::json!({"dtype": kind, "shape": shape, "data_offsets": [start, end]});
        header.insert(name.clone(), entry);
    }
    let header = serde_json::to_vec(&header).unwrap();
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header);
    // Zeros: what the network computes does not matter here.
    bytes.resize(bytes.len() + end, 0);
    std::fs::write(path, bytes).unwrap();
}

/// Every tensor of torchvision's state dict, from the list that the script writes.
fn tensors() -> BTreeMap<String, Vec<usize>> {
    let list = include_str!("../golden/raft_tensors.txt");
    let lines = list.lines().map(|line| {
        let mut words = line.split(' ');
        let name = words.next().unwrap().to_owned();
        (name, words.map(|side| side.parse().unwrap()).collect())
    });
    lines.collect()
}

fn open_file(path: &Path) -> Result<Raft<Flex>, Error> {
    let weights = WeightsSource::File(path.into());
    Raft::open(Some(&weights), RaftOptions::default(), &Default::default())
}

#[test]
fn a_file_must_have_exactly_the_tensors_of_torchvision() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("raft.safetensors");
    let whole = tensors();
    assert!(
        whole
            .keys()
            .any(|name| name.ends_with("num_batches_tracked"))
    );
    write_tensors(&path, &whole);
    assert!(!open_file(&path).unwrap().is_random());

    let mut changed = whole;
    for name in [
        "mask_predictor.conv.bias",
        "context_encoder.layer1.0.convnormrelu1.1.running_mean",
    ] {
        assert!(changed.remove(name).is_some());
    }
    changed.insert("head.weight".into(), vec![2]);
    changed.insert(
        "update_block.flow_head.conv2.weight".into(),
        vec![2, 256, 1, 1],
    );
    write_tensors(&path, &changed);
    let message = open_file(&path).unwrap_err().to_string();
    for line in [
        "mask_predictor.conv.bias: missing in the file",
        "context_encoder.layer1.0.convnormrelu1.1.running_mean: missing in the file",
        "head.weight: the model has no such weights",
        "update_block.flow_head.conv2.weight: the model has the shape [2, 256, 3, 3], the file [2, 256, 1, 1]",
    ] {
        assert!(message.contains(line), "{message}");
    }

    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let message = open_file(&path).unwrap_err().to_string();
    assert!(message.contains("cut short or damaged"), "{message}");
    let message = open_file(&folder.path().join("none.pth"))
        .unwrap_err()
        .to_string();
    assert!(message.contains("none.pth"), "{message}");
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/backbones/program.pt");
    let message = open_file(&program).unwrap_err().to_string();
    assert!(message.contains("is a TorchScript program"), "{message}");
}

#[test]
fn a_negative_variance_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("raft.safetensors");
    write_tensors(&path, &tensors());
    let mut bytes = std::fs::read(&path).unwrap();
    // The header says where the values of a tensor begin.
    let (size, rest) = bytes.split_at(8);
    let header = u64::from_le_bytes(size.try_into().unwrap()) as usize;
    let entries: serde_json::Value = serde_json::from_slice(&rest[..header]).unwrap();
    let name = "context_encoder.layer2.0.downsample.1.running_var";
    let start = entries[name]["data_offsets"][0].as_u64().unwrap() as usize;
    bytes[8 + header + start..][..4].copy_from_slice(&(-1.0_f32).to_le_bytes());
    std::fs::write(&path, bytes).unwrap();
    let message = open_file(&path).unwrap_err().to_string();
    assert!(
        message.contains(name) && message.contains("negative"),
        "{message}"
    );
}
