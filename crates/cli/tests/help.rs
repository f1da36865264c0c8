//! Help, completions and manual pages.

mod common;

use common::{Folder, ok, run};

#[test]
fn every_command_teaches_by_example() {
    for command in ["synth", "post", "fuse", "eval", "check", "complete", "completions", "man"] {
        let help = ok(&[command, "--help"]).stdout;
        assert!(help.contains("Example"), "{command}:\n{help}");
        assert!(help.contains(&format!("oddframe {command}")), "{command}:\n{help}");
    }
    assert_eq!(run(&[]).code, Some(2));
}

#[test]
fn completions_and_manual_pages_know_every_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(ok(&["completions", shell]).stdout.contains("complete"), "{shell}");
    }
    let folder = Folder::new();
    ok(&["man", &folder.path("man1")]);
    let pages: Vec<String> = std::fs::read_dir(folder.path("man1"))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    for page in ["oddframe.1", "oddframe-post.1", "oddframe-check.1"] {
        assert!(pages.iter().any(|p| p == page), "{pages:?}");
    }
    let post = std::fs::read_to_string(folder.path("man1/oddframe-post.1")).unwrap();
    assert!(post.contains("gaussian"), "{post}");
}

#[test]
fn colours_stay_out_of_pipes() {
    let output = common::oddframe(&["post", "nowhere.csv", "--chain", "minmax"])
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    assert!(!output.stderr.contains(&0x1b));
    let forced = common::oddframe(&["post", "nowhere.csv", "--chain", "minmax"])
        .env_remove("NO_COLOR")
        .env("CLICOLOR_FORCE", "1")
        .output()
        .unwrap();
    assert!(forced.stderr.contains(&0x1b), "the switch under test does something");
}
