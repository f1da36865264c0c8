//! What training leaves is opened as it was, and anything else is refused.

use std::fs;

use oddframe_core::{FrameSource, ModelFolder, NormalPart, Random, Silent, System};

use crate::footage::{Footage, fit, normal_videos, open, quick, score, usual_people};

#[test]
fn a_complete_folder_is_not_fitted_again_and_equal_trainings_are_equal_files() {
    let normal = normal_videos(2);
    let (folder, system) = fit(quick(), &normal).unwrap();
    let path = folder.path().join("objects.safetensors");
    let first = fs::read(&path).unwrap();
    let model = ModelFolder::open(folder.path()).unwrap();
    // Without videos, so that fitting again would be an error.
    system.fit(&[], &model, &mut Silent).unwrap();
    let (again, _) = fit(quick(), &normal).unwrap();
    assert_eq!(
        fs::read(again.path().join("objects.safetensors")).unwrap(),
        first
    );
    assert!(first.len() < 20_000_000);
    let video = Footage::new("test", 30, &usual_people(1));
    let scores = score(&mut *open(&folder, &system), &video).unwrap();
    assert_eq!(score(&mut *open(&again, &system), &video).unwrap(), scores);
}

#[test]
fn damaged_files_are_refused_and_say_why() {
    let (folder, system) = fit(quick(), &normal_videos(2)).unwrap();
    let path = folder.path().join("objects.safetensors");
    let bytes = fs::read(&path).unwrap();
    let model = ModelFolder::open(folder.path()).unwrap();
    let refuse = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        match system.open(&model) {
            Ok(_) => None,
            Err(error) => Some(error.to_string()),
        }
    };
    for cut in [0, 7, 100, bytes.len() / 2, bytes.len() - 1] {
        let error = refuse(&bytes[..cut]).expect("a cut file is refused");
        assert!(error.contains("is damaged"), "{cut}: {error}");
    }
    // The header is JSON after its length in 8 bytes: texts of equal length take each other's place.
    let header_end = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header = String::from_utf8(bytes[8..header_end].to_vec()).unwrap();
    let replaced = |from: &str, to: &str| {
        assert_eq!(from.len(), to.len());
        assert!(header.contains(from), "{from} in {header}");
        let mut changed = bytes.clone();
        changed[8..header_end].copy_from_slice(header.replacen(from, to, 1).as_bytes());
        changed
    };
    let cases = [
        (r#"\"schema\":3"#, r#"\"schema\":7"#, "schema version 7"),
        (r#"\"schema\":3"#, r#"\"schemo\":3"#, "no number schema"),
        (
            r#"\"source\":[120,80]"#,
            r#"\"source\":[120,90]"#,
            "[80, 120]",
        ),
        (r#"\"source\":[120,80]"#, r#"\"source\":[000,80]"#, ""),
        (
            "oddframe_objects",
            "oddframe_objectz",
            "has no oddframe_objects",
        ),
        ("look.rows", "look.rowz", "no tensor look.rows"),
        (r#"\"usual_dwell\":"#, r#"\"usual_dwelt\":"#, "usual_dwell"),
    ];
    for (from, to, expected) in cases {
        let error = refuse(&replaced(from, to)).expect(to);
        assert!(error.contains(expected), "{to}: {error}");
    }
    // A value that is no number, in each tensor.
    let mut poisoned = 0;
    for start in (header_end..bytes.len() - 4).step_by(((bytes.len() - header_end) / 40) / 8 * 8) {
        let mut changed = bytes.clone();
        changed[start..start + 8].fill(0xff);
        poisoned += usize::from(refuse(&changed).is_some());
    }
    assert!(poisoned >= 40, "{poisoned}");
    assert_eq!(refuse(&bytes), None);
    fs::remove_file(&path).unwrap();
    let error = system.open(&model).err().unwrap().to_string();
    assert!(
        error.contains("cannot read") && error.contains("fit the system"),
        "{error}"
    );
}

/// The same that the fuzz target `objects` tries for longer.
#[test]
fn changed_files_never_panic() {
    let (folder, system) = fit(quick(), &normal_videos(1)).unwrap();
    let path = folder.path().join("objects.safetensors");
    let bytes = fs::read(&path).unwrap();
    let header = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let video = Footage::new("test", 3, &usual_people(1));
    let model = ModelFolder::open(folder.path()).unwrap();
    let learned = tempfile::tempdir().unwrap();
    let learned = ModelFolder::create(learned.path()).unwrap();
    let mut random = Random::new(5);
    let mut opened = 0;
    for _ in 0..240 {
        let mut changed = bytes.clone();
        for _ in 0..=random.below(3) {
            let end = if random.below(4) > 0 {
                header
            } else {
                bytes.len()
            };
            // Digits make other numbers of the metadata, other bytes mostly damage.
            let byte = if random.below(2) == 0 {
                b'0' + random.below(10) as u8
            } else {
                random.below(256) as u8
            };
            changed[random.below(end as u64) as usize] = byte;
        }
        fs::write(&path, &changed).unwrap();
        let Ok(mut scorer) = system.open(&model) else {
            continue;
        };
        opened += 1;
        // Changed numbers may fit no video; that is an error like any other.
        let _ = score(&mut *scorer, &video);
        let _ = system.draw_model(&model);
        let _ = system.learn_more(&[NormalPart::whole(&video)], &model, &learned, &mut Silent);
    }
    println!("{opened} of 240 changed files are models");
    assert!(opened > 8);
}

#[test]
fn settings_that_change_the_training_change_its_key() {
    use oddframe_objects::{ObjectSettings, Objects};
    let key = |settings| Objects::new(settings).unwrap().training_key();
    let smoothed = ObjectSettings {
        sigma: 8.0,
        causal: true,
        ..quick()
    };
    assert_eq!(key(quick()), key(smoothed));
    assert_ne!(key(quick()), key(ObjectSettings { seed: 1, ..quick() }));
    assert_ne!(
        key(quick()),
        key(ObjectSettings {
            switch: None,
            ..quick()
        })
    );
    let video = Footage::new("1", 3, &[]);
    assert!(
        Objects::new(quick())
            .unwrap()
            .check_video(&video.video().into())
            .is_ok()
    );
}
