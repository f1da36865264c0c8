//! Built-in recipes on recordings: what is told before anything is decoded. The test of the tutorial runs one.

use crate::common::{Folder, fails, oddframe, run};

#[test]
fn a_word_that_is_no_recipe_names_the_built_in_ones() {
    let folder = Folder::new();
    fails(
        &["run", "wacth", "--out", &folder.path("out")],
        &["there is no recipe `wacth`", "quickstart and watch"],
    );
    fails(
        &[
            "fit",
            "lost.toml",
            "--data",
            &folder.path(""),
            "--out",
            &folder.path("out"),
        ],
        &["lost.toml"],
    );
    assert!(folder.names().is_empty());
}

#[test]
fn a_file_with_the_name_of_a_built_in_recipe_is_read_first() {
    let folder = Folder::new();
    folder.write(
        "watch",
        "[[system]]\nname = \"mine\"\nkind = \"framediff\"\n",
    );
    let output = oddframe(&["run", "watch"])
        .current_dir(folder.path(""))
        .output()
        .unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("framediff"), "{message}");
}

#[test]
fn recordings_that_are_not_there_and_shares_that_are_none_are_errors() {
    let folder = Folder::new();
    let (lost, out) = (folder.path("lost.mp4"), folder.path("out"));
    fails(
        &["run", "watch", "--data", &lost, "--out", &out],
        &["there is no file or folder", "lost.mp4"],
    );
    for text in ["half", "", "0", "1", "150%", "-0.5", "NaN"] {
        let share = format!("--learn-first={text}");
        let arguments = ["run", "watch", "--data", &lost, "--out", &out, &share];
        fails(&arguments, &["above 0 and below 1"]);
    }
    assert!(folder.names().is_empty());
}

#[test]
fn the_first_share_of_the_synthetic_street_is_not_learned_from() {
    let run = run(&["run", "watch", "--learn-first", "0.5"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("--data"), "{}", run.stderr);
}
