//! From recordings to the report, as a user goes: mp4 files made on the spot, one command, and the page in a browser.
//! Skipped where ffmpeg, Chromium or its driver is not installed.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::common::{Folder, Run, fails, oddframe, ok, run};
use crate::webdriver::Browser;

/// Events and boxes by one system, error maps by another.
const RECIPE: &str = r#"
name = "gate"
seed = 3

[calibration]
held_out = 0.25
false_alarms_per_hour = 100

[[system]]
name = "objects"
kind = "objects"
sigma = 2.0
switch = { slow = 0.4, spread = 0.35 }

[[system]]
name = "typical"
kind = "typical_frame"
width = 48
height = 32
"#;

/// Encodes the folders of images of a data set as mp4 files; false where ffmpeg is not installed.
fn encode_recordings(images: &Path, recordings: &Path) -> bool {
    for part in ["training_videos", "testing_videos"] {
        fs::create_dir_all(recordings.join(part)).unwrap();
        for video in fs::read_dir(images.join(part)).unwrap() {
            let video = video.unwrap();
            let name = video.file_name().into_string().unwrap();
            let encoded = Command::new("ffmpeg")
                .args(["-v", "error", "-nostdin", "-framerate", "25"])
                .args(["-pattern_type", "glob", "-i"])
                .arg(video.path().join("*.jpg"))
                .args(["-c:v", "mpeg4", "-q:v", "2"])
                .arg(recordings.join(part).join(format!("{name}.mp4")))
                .status();
            match encoded {
                Ok(status) => assert!(status.success(), "{name}"),
                Err(error) => {
                    println!("skipped: ffmpeg: {error}");
                    return false;
                }
            }
        }
    }
    true
}

/// Makes recordings of the smallest street, with its labels; none without ffmpeg.
fn record_street(folder: &Folder) -> Option<String> {
    let (images, recordings) = (folder.path("street"), folder.path("recordings"));
    ok(&["synth", &images, "--preset", "tiny"]);
    if !encode_recordings(Path::new(&images), Path::new(&recordings)) {
        return None;
    }
    fs::copy(
        folder.path("street/labels.csv"),
        folder.path("recordings/labels.csv"),
    )
    .unwrap();
    Some(recordings)
}

#[test]
fn recordings_become_a_report_that_a_browser_reads() {
    let folder = Folder::new();
    let Some(recordings) = record_street(&folder) else {
        return;
    };
    let recipe = folder.write("gate.toml", RECIPE);
    let out = folder.path("out");
    ok(&[
        "run",
        &recipe,
        "--data",
        &recordings,
        "--out",
        &out,
        "--maps",
    ]);
    let events = fs::read_to_string(folder.path("out/events.json")).unwrap();
    let events: Value = serde_json::from_str(&events).unwrap();
    let events = events["events"].as_array().unwrap().len();
    assert!(events > 0, "the street has anomalies");
    let scores = fs::read_to_string(folder.path("out/scores.csv")).unwrap();
    let frames = scores.lines().count() - 1;

    let Some(browser) = Browser::start() else {
        println!("skipped: chromium or chromedriver is not installed");
        return;
    };
    browser.open(Path::new(&folder.path("out/report.html")));
    let found = browser.run_script(
        "const all = (name) => [...document.querySelectorAll(name)];
         all('details').forEach((details) => { details.open = true; });
         const shown = (image) => image.complete && image.naturalWidth > 0 && image.getClientRects().length > 0;
         const data = all('.video script').map((script) => JSON.parse(script.textContent));
         return {
           headline: document.querySelector('.headline').textContent,
           videos: all('.video').length,
           frames: data.reduce((sum, video) => sum + video.count, 0),
           curves: all('.curve .score').filter((curve) => curve.getBoundingClientRect().height > 1).length,
           events: all('.curve .odd').length,
           truth: all('.curve .abnormal').length,
           thresholds: all('.curve .threshold').length,
           moments: all('.moments .still > img:first-child').filter(shown).length,
           thumbnails: all('.film .still > img:first-child').filter(shown).length,
           broken: all('img').filter((image) => !image.complete || image.naturalWidth === 0).length,
           boxes: all('.moments .box').length,
           heat: all('.film .heat').filter(shown).length,
           seconds: data.every((video) => video.seconds[1] > 0.039 && video.seconds[1] < 0.041),
         };",
    );
    let number = |name: &str| found[name].as_u64().unwrap_or_else(|| panic!("{found}"));
    let headline = found["headline"].as_str().unwrap();
    let moments = format!("{events} odd moment");
    assert!(
        headline.starts_with(&moments) && headline.contains("the oddest: video"),
        "{headline}"
    );
    let videos = number("videos");
    assert_eq!(
        fs::read_dir(folder.path("recordings/testing_videos"))
            .unwrap()
            .count() as u64,
        videos
    );
    assert_eq!(number("frames"), frames as u64);
    for name in ["curves", "thresholds"] {
        assert_eq!(number(name), videos, "{name}");
    }
    assert!(
        (1..=events as u64).contains(&number("events")) && number("truth") > 0,
        "{found}"
    );
    assert_eq!(number("moments"), events.min(12) as u64);
    assert!(number("thumbnails") >= 40 * videos, "{found}");
    assert!(number("boxes") > 0 && number("heat") > 0, "{found}");
    assert_eq!(number("broken"), 0);
    assert_eq!(found["seconds"], true);
    assert_eq!(browser.console(), Vec::<Value>::new());
}

#[test]
fn overlays_of_recordings_are_written_by_the_command_line() {
    let folder = Folder::new();
    let Some(recordings) = record_street(&folder) else {
        return;
    };
    let recipe = "baselines = false\n[[system]]\nname = \"a\"\nkind = \"typical_frame\"\nwidth = 24\nheight = 16\n";
    let (recipe, out) = (folder.write("a.toml", recipe), folder.path("out"));
    ok(&["run", &recipe, "--data", &recordings, "--out", &out]);
    let (all, one) = (folder.path("overlays"), folder.path("one.mp4"));
    ok(&["report", &out, "--overlay", &all]);
    assert_eq!(fs::read_dir(&all).unwrap().count(), 3);
    // Nobody's recordings are written over.
    let original = fs::read(folder.path("recordings/testing_videos/02.mp4")).unwrap();
    for target in [
        "recordings/testing_videos",
        "recordings/testing_videos/02.mp4",
    ] {
        let target = folder.path(target);
        let command = ["report", &out, "--video", "02", "--overlay", &target];
        fails(&command, &["is a test video of this run"]);
    }
    let after = fs::read(folder.path("recordings/testing_videos/02.mp4")).unwrap();
    assert!(after == original);
    // The recordings were moved.
    fs::rename(&recordings, folder.path("moved")).unwrap();
    let moved = folder.path("moved");
    let command = ["report", &out, "--overlay", &one, "--video", "02"];
    fails(&command, &["recordings", "--data"]);
    ok(&[&command[..], &["--data", &moved]].concat());
    let bytes = |path: &str| fs::read(path).unwrap();
    assert_eq!(bytes(&one), bytes(&folder.path("overlays/02.mp4")));
    // Without ffmpeg there is no overlay, and the page is written all the same.
    let images = folder.path("street");
    let of_images = folder.path("of_images");
    ok(&["run", &recipe, "--data", &images, "--out", &of_images]);
    let page = folder.path("of_images/report.html");
    fs::remove_file(&page).unwrap();
    let target = folder.path("none");
    let ended: Run = oddframe(&["report", &of_images, "--overlay", &target])
        .env("ODDFRAME_FFMPEG", "/nonexistent/ffmpeg")
        .output()
        .unwrap()
        .into();
    assert_eq!(ended.code, Some(2));
    assert!(
        ended.stderr.contains("apt install ffmpeg"),
        "{}",
        ended.stderr
    );
    assert!(Path::new(&page).exists() && !Path::new(&target).exists());
    // Options that make no sense without or with it.
    for wrong in [
        &["--video", "02"][..],
        &["--data", &moved],
        &["--no-pictures", "--overlay", &one],
    ] {
        assert_eq!(run(&[&["report", &out], wrong].concat()).code, Some(2));
    }
}
