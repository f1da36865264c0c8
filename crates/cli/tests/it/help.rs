//! Help, completions and manual pages.

use crate::common::{Folder, ok, run};

const COMMANDS: [&str; 15] = [
    "synth",
    "run",
    "fit",
    "score",
    "select",
    "learn",
    "post",
    "fuse",
    "eval",
    "events",
    "check",
    "complete",
    "completions",
    "man",
    "schema",
];

#[test]
fn every_command_teaches_by_example() {
    for command in COMMANDS {
        let help = ok(&[command, "--help"]).stdout;
        assert!(help.contains("Example"), "{command}:\n{help}");
        assert!(
            help.contains(&format!("oddframe {command}")),
            "{command}:\n{help}"
        );
    }
    assert_eq!(run(&[]).code, Some(2));
}

#[test]
fn completions_and_manual_pages_know_every_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = ok(&["completions", shell]).stdout;
        for command in COMMANDS {
            assert!(script.contains(command), "{shell}: {command}");
        }
    }
    let folder = Folder::new();
    ok(&["man", &folder.path("man1")]);
    let pages: Vec<String> = std::fs::read_dir(folder.path("man1"))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    for command in COMMANDS {
        assert!(
            pages.contains(&format!("oddframe-{command}.1")),
            "{command}: {pages:?}"
        );
    }
    assert!(pages.contains(&"oddframe.1".to_string()), "{pages:?}");
    // What writes the book is no command for users.
    assert!(
        !pages.contains(&"oddframe-reference.1".to_string()),
        "{pages:?}"
    );
    assert!(!ok(&["--help"]).stdout.contains("reference"));
    let post = std::fs::read_to_string(folder.path("man1/oddframe-post.1")).unwrap();
    assert!(post.contains("gaussian"), "{post}");
}

#[test]
fn colours_stay_out_of_pipes_and_respect_no_color() {
    let coloured = |switches: &[&str]| {
        let mut command = crate::common::oddframe(&["post", "nowhere.csv", "--chain", "minmax"]);
        command
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR_FORCE")
            .envs(switches.iter().map(|s| (s, "1")));
        command.output().unwrap().stderr.contains(&0x1b)
    };
    assert!(!coloured(&[]), "stderr is a pipe");
    assert!(
        coloured(&["CLICOLOR_FORCE"]),
        "the test sees colours where they are"
    );
    assert!(!coloured(&["CLICOLOR_FORCE", "NO_COLOR"]));
}
