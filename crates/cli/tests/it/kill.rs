//! A run that is killed without warning, again and again, ends with the bytes of a run that was left alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime};

use oddframe_core::Random;

use crate::common::{Folder, oddframe, ok};

const RECIPE: &str = r#"
name = "killed"
scene = { preset = "tiny", damaged = true }
[repair.flip]
epochs = 1
allow_weak = true
model = { side_px = 16 }
[[system]]
name = "frames"
kind = "conv_ae"
model = { channels = [4, 8], latent = 0 }
input = { width = 24, height = 16 }
train = { epochs = 2 }
score = { pool = "max" }
"#;

const KILLS: usize = 50;

/// The files under `folder`, by path, with the time at which each was last written.
fn files_below(folder: &Path) -> Vec<(PathBuf, SystemTime)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, metadata) = (entry.path(), entry.metadata().unwrap());
        if metadata.is_dir() {
            files.append(&mut files_below(&path));
        } else {
            files.push((path, metadata.modified().unwrap()));
        }
    }
    files.sort();
    files
}

/// The raw scores of the finished videos, without the files that are still being written.
fn raw_scores(run: &Path) -> Vec<(PathBuf, SystemTime)> {
    let mut files = files_below(&run.join("scores"));
    files.retain(|(path, _)| {
        let in_a_systems_folder = path.parent().unwrap() != run.join("scores");
        in_a_systems_folder && path.extension().is_some_and(|extension| extension == "csv")
    });
    files
}

#[test]
fn a_run_killed_fifty_times_gives_the_same_bytes_and_scores_no_video_twice() {
    let folder = Folder::new();
    let recipe = folder.write("killed.toml", RECIPE);
    let (whole, killed) = (folder.path("whole"), folder.path("killed"));
    let started = Instant::now();
    ok(&["run", &recipe, "--out", &whole]);
    let whole_time = started.elapsed();
    let (whole, killed) = (Path::new(&whole), Path::new(&killed));

    let mut random = Random::new(7);
    let (mut kills, mut runs, mut killed_while_scoring) = (0, 0, 0);
    while kills < KILLS {
        let before = raw_scores(killed);
        let mut child = oddframe(&["run", &recipe, "--out", killed.to_str().unwrap()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Any moment from the start of the program to a little after its end.
        std::thread::sleep(
            whole_time.mul_f64(random.between(0.0, 1.05)) + Duration::from_millis(1),
        );
        let ended = child.try_wait().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();

        let after = raw_scores(killed);
        for file in &before {
            assert!(
                after.contains(file),
                "{} was scored again",
                file.0.display()
            );
        }
        for (path, _) in &after {
            let expected = whole.join(path.strip_prefix(killed).unwrap());
            let equal = fs::read(path).unwrap() == fs::read(expected).unwrap();
            assert!(equal, "{} differs", path.display());
        }
        match ended {
            None => {
                kills += 1;
                killed_while_scoring += usize::from(after.len() > before.len());
            }
            Some(status) => {
                assert!(status.success(), "{status}");
                runs += 1;
                compare_and_remove(killed, whole);
            }
        }
    }
    ok(&["run", &recipe, "--out", killed.to_str().unwrap()]);
    compare_and_remove(killed, whole);
    println!(
        "{kills} kills, {killed_while_scoring} of them between two videos, {} runs ended",
        runs + 1
    );
}

/// Compares a run that resumed with one that was left alone: equal results, and no draft of a file left behind.
/// `metrics.json` is not compared, as it holds the seconds that the training took.
fn compare_and_remove(killed: &Path, whole: &Path) {
    for name in ["scores.csv", "recipe.toml"] {
        let equal = fs::read(killed.join(name)).unwrap() == fs::read(whole.join(name)).unwrap();
        assert!(equal, "{name} differs");
    }
    for (path, _) in files_below(killed) {
        let is_draft = path.extension().is_some_and(|extension| extension == "tmp");
        assert!(!is_draft, "{} was left behind", path.display());
    }
    fs::remove_dir_all(killed).unwrap();
}
