//! Wrong paths, damaged files, a full disk, Ctrl-C: a clear error and nothing half-written.

use crate::common::{Folder, Run, fails, oddframe, ok};

const SCORES: &str = "Id,Predicted\n1_0,0.5\n1_1,0.25\n";

#[test]
fn wrong_paths_are_named() {
    let folder = Folder::new();
    let (missing, scores) = (folder.path("no/such.csv"), folder.write("s.csv", SCORES));
    fails(&["post", &missing, "--chain", "minmax"], &["no/such.csv"]);
    fails(&["eval", &scores, "--labels", &missing], &["no/such.csv"]);
    fails(&["check", &scores, "--ids", &missing], &["no/such.csv"]);
    fails(
        &["check", &scores, "--data", &folder.path("none")],
        &["none"],
    );
    fails(
        &["post", &scores, "--chain", "minmax", "--out", &missing],
        &["no/such.csv"],
    );
    assert_eq!(folder.names(), ["s.csv"]);
}

#[test]
fn bad_scores_are_named_with_their_line() {
    let folder = Folder::new();
    for (row, says) in [
        ("1_1,nan", "NaN"),
        ("1_1,inf", "inf"),
        ("1_1,x", "x"),
        ("1_0,0.5", "1_0"),
        ("1_1", "3"),
    ] {
        let path = folder.write("s.csv", &format!("Id,Predicted\n1_0,0.5\n{row}\n"));
        let out = folder.path("out.csv");
        let run = fails(
            &["post", &path, "--chain", "minmax", "--out", &out],
            &["s.csv", "line 3"],
        );
        assert!(
            run.stderr.to_lowercase().contains(&says.to_lowercase()),
            "{says}: {}",
            run.stderr
        );
        assert_eq!(folder.names(), ["s.csv"]);
    }
}

#[test]
fn an_empty_folder_is_no_data_set() {
    let folder = Folder::new();
    let scores = folder.write("s.csv", SCORES);
    let empty = folder.path("empty");
    std::fs::create_dir(&empty).unwrap();
    fails(&["check", &scores, "--data", &empty], &["empty"]);
}

#[test]
fn wrong_words_are_pointed_at() {
    let folder = Folder::new();
    let scores = folder.write("s.csv", SCORES);
    let chain = crate::common::run(&["post", &scores, "--chain", "minmax | gausian(3)"]);
    assert_eq!(chain.code, Some(2));
    assert!(
        chain.stderr.contains("gaussian") && chain.stderr.contains('^'),
        "{}",
        chain.stderr
    );
    let how = crate::common::run(&["fuse", &scores, &scores, "--how", "medial"]);
    assert_eq!(how.code, Some(2));
    assert!(how.stderr.contains("rank-mean"), "{}", how.stderr);
    let policy = crate::common::run(&[
        "complete",
        &scores,
        "--ids",
        &scores,
        "--policy",
        "constant(x)",
    ]);
    assert_eq!(policy.code, Some(2));
    assert!(
        policy.stderr.contains("write it as constant(0)") && policy.stderr.contains('^'),
        "{}",
        policy.stderr
    );
}

#[test]
fn fusing_different_frames_names_the_difference() {
    let folder = Folder::new();
    let a = folder.write("a.csv", SCORES);
    let b = folder.write("b.csv", "Id,Predicted\n1_0,0.5\n1_2,0.25\n");
    fails(&["fuse", &a, &b, "--how", "mean"], &["frame"]);
}

#[cfg(unix)]
mod unix {
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    use super::*;

    /// Runs the binary in a shell that lets no file grow beyond `blocks` of 512 bytes: a full disk.
    fn with_full_disk(blocks: u32, args: &[&str]) -> Run {
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        let output = Command::new("sh")
            .args(["-c", &script, env!("CARGO_BIN_EXE_oddframe")])
            .args(args)
            .output();
        output.unwrap().into()
    }

    fn many_scores(rows: usize) -> String {
        use std::fmt::Write;
        let mut text = String::from("Id,Predicted\n");
        for i in 0..rows {
            writeln!(text, "1_{i},0.{i}").unwrap();
        }
        text
    }

    #[test]
    fn a_full_disk_leaves_the_old_file() {
        let folder = Folder::new();
        let scores = folder.write("s.csv", &many_scores(5_000));
        let out = folder.write("out.csv", "old");
        let run = with_full_disk(16, &["post", &scores, "--chain", "minmax", "--out", &out]);
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        assert!(run.stderr.contains("out.csv"), "{}", run.stderr);
        assert_eq!(std::fs::read_to_string(&out).unwrap(), "old");
        assert_eq!(folder.names(), ["out.csv", "s.csv"]);
    }

    #[test]
    fn a_full_disk_leaves_no_half_data_set() {
        let folder = Folder::new();
        let run = with_full_disk(2, &["synth", &folder.path("street"), "--preset", "tiny"]);
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        assert_eq!(folder.names(), [""; 0]);
    }

    /// Starts the binary, waits until the folder holds what is awaited, and presses Ctrl-C.
    fn interrupted(args: &[&str], folder: &Folder, awaited: impl Fn(&[String]) -> bool) -> Run {
        let mut child = oddframe(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let started = Instant::now();
        while !awaited(&folder.names()) {
            assert!(
                child.try_wait().unwrap().is_none(),
                "the work was over before it was seen"
            );
            assert!(
                started.elapsed() < Duration::from_mins(1),
                "nothing was written"
            );
            std::thread::sleep(Duration::from_millis(1));
        }
        Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status()
            .unwrap();
        child.wait_with_output().unwrap().into()
    }

    #[test]
    fn ctrl_c_during_a_write_leaves_the_old_file() {
        let folder = Folder::new();
        let scores = folder.write("s.csv", &many_scores(1_000_000));
        let out = folder.write("out.csv", "old");
        let args = ["post", &scores, "--chain", "minmax", "--out", &out];
        let run = interrupted(&args, &folder, |names| {
            names.iter().any(|n| n.starts_with(".oddframe."))
        });
        assert_eq!(run.code, Some(130), "{}", run.stderr);
        assert_eq!(std::fs::read_to_string(&out).unwrap(), "old");
        assert_eq!(folder.names(), ["out.csv", "s.csv"]);
    }

    #[test]
    fn a_full_stderr_changes_no_exit_code() {
        if !std::path::Path::new("/dev/full").exists() {
            eprintln!("skipped: this machine has no /dev/full");
            return;
        }
        let code = |args: &str| {
            let script = format!("\"$0\" {args} 2>/dev/full");
            Command::new("sh")
                .args(["-c", &script, env!("CARGO_BIN_EXE_oddframe")])
                .status()
                .unwrap()
                .code()
        };
        assert_eq!(code("post nowhere.csv --chain minmax"), Some(2));
    }

    #[test]
    fn stdin_and_stdout_are_a_dash() {
        let folder = Folder::new();
        let scores = folder.write("s.csv", SCORES);
        for out in ["-", "/dev/stdout", "/dev/fd/1"] {
            let script = format!("\"$0\" post - --chain minmax --out {out} < \"$1\" | cat");
            let args = ["-c", &script, env!("CARGO_BIN_EXE_oddframe"), &scores];
            let output = Command::new("sh").args(args).output().unwrap();
            assert_eq!(
                String::from_utf8(output.stdout).unwrap(),
                "Id,Predicted\n1_0,1.0\n1_1,0.0\n",
                "{out}"
            );
        }
        assert_eq!(folder.names(), ["s.csv"]);
    }

    #[test]
    fn ctrl_c_during_synth_leaves_nothing() {
        let folder = Folder::new();
        let args = ["synth", &folder.path("street"), "--preset", "pixelplay"];
        let run = interrupted(&args, &folder, |names| !names.is_empty());
        assert_eq!(run.code, Some(130), "{}", run.stderr);
        assert!(run.stderr.contains("interrupted"), "{}", run.stderr);
        assert_eq!(folder.names(), [""; 0]);
    }

    #[test]
    fn a_full_device_and_a_closed_pipe() {
        let folder = Folder::new();
        let scores = folder.write("s.csv", &many_scores(50_000));
        if std::path::Path::new("/dev/full").exists() {
            fails(
                &["post", &scores, "--chain", "minmax", "--out", "/dev/full"],
                &["/dev/full"],
            );
        } else {
            eprintln!("skipped: this machine has no /dev/full");
        }
        let script = "\"$0\" post \"$1\" --chain minmax | head -n 1";
        let output = Command::new("sh")
            .args(["-c", script, env!("CARGO_BIN_EXE_oddframe"), &scores])
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "Id,Predicted\n");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    }
}

#[test]
fn a_step_that_overflows_is_named() {
    let folder = Folder::new();
    let huge = folder.write("s.csv", "Id,Predicted\n1_0,1e308\n1_1,-1e308\n1_2,0\n");
    fails(
        &["post", &huge, "--chain", "minmax"],
        &["cannot apply `minmax`", "finite"],
    );
}

#[test]
fn a_dataset_is_not_written_over_other_files() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("full")).unwrap();
    folder.write("full/precious.txt", "mine");
    fails(
        &["synth", &folder.path("full"), "--preset", "tiny"],
        &["full"],
    );
    assert_eq!(folder.names(), ["full"]);
    assert_eq!(
        std::fs::read_to_string(folder.path("full/precious.txt")).unwrap(),
        "mine"
    );
}

#[test]
fn the_same_seed_writes_the_same_bytes() {
    let folder = Folder::new();
    let (a, b, other) = (folder.path("a"), folder.path("b"), folder.path("other"));
    ok(&["synth", &a, "--preset", "tiny", "--seed", "3"]);
    ok(&["synth", &b, "--preset", "tiny", "--seed", "3"]);
    ok(&["synth", &other, "--preset", "tiny", "--seed", "4"]);
    let read = |dir: &str, file: &str| std::fs::read(format!("{dir}/{file}")).unwrap();
    for file in [
        "training_videos/01/frame_00000.jpg",
        "labels.csv",
        "tracks.csv",
    ] {
        assert_eq!(read(&a, file), read(&b, file));
    }
    assert_ne!(
        read(&a, "training_videos/01/frame_00000.jpg"),
        read(&other, "training_videos/01/frame_00000.jpg")
    );
}
