//! The maps of what is usual where.

use oddframe_core::{ModelFolder, System};

use crate::footage::{Footage, fit, normal_videos, quick};

/// The pixels of a PNG file: width, height and the colours.
fn decode(png: &[u8]) -> (usize, usize, Vec<u8>) {
    let picture = image::load_from_memory(png).unwrap().into_rgb8();
    (
        picture.width() as usize,
        picture.height() as usize,
        picture.into_raw(),
    )
}

#[test]
fn maps_have_colours_where_people_walk_and_gray_elsewhere() {
    let (folder, system) = fit(quick(), &normal_videos(4)).unwrap();
    let model = ModelFolder::open(folder.path()).unwrap();
    let maps = system.draw_model(&model).unwrap();
    let names: Vec<&str> = maps.iter().map(|map| map.name.as_str()).collect();
    assert_eq!(names, ["speed", "direction", "activity", "dwelling"]);
    // 6 times as large as the frames: 30 rows of title, 28 rows of people from row 20 on.
    for map in &maps {
        assert!(!map.caption.is_empty());
        let (width, height, pixels) = decode(&map.png);
        assert_eq!((width, height), (720, 30 + 480 + 52));
        let is_coloured = |x: usize, y: usize| {
            let pixel = &pixels[3 * ((30 + 6 * y) * width + 6 * x)..][..3];
            pixel.iter().max().unwrap() - pixel.iter().min().unwrap() > 20
        };
        assert!(is_coloured(60, 32), "{}", map.name);
        assert!(!is_coloured(60, 4), "{}", map.name);
    }
    // People walk to the right, which is red.
    let (width, _, pixels) = decode(&maps[1].png);
    let pixel = &pixels[3 * ((30 + 6 * 32 + 3) * width + 6 * 64 + 3)..][..3];
    assert!(
        pixel[0] > pixel[1] + 40 && pixel[0] > pixel[2] + 40,
        "{pixel:?}"
    );
}

#[test]
fn maps_of_nothing_and_of_small_and_large_frames_are_drawn() {
    for size in [(12, 8), (120, 80), (730, 100)] {
        let empty = [Footage::with_size("empty", size, (0..20).collect(), &[])];
        let (folder, system) = fit(quick(), &empty).unwrap();
        let model = ModelFolder::open(folder.path()).unwrap();
        for map in system.draw_model(&model).unwrap() {
            let (width, ..) = decode(&map.png);
            assert_eq!(width, 720, "{size:?}");
        }
    }
}
