//! `oddframe check --fix` proposes repairs of ids, `complete` makes them.

use std::fs;

use crate::common::{Folder, fails, ok, run};
use serde_json::Value;

const IDS: &str = "Id\n1_0\n1_1\n1_2\n2_0\n2_1\n";
const DAMAGED: &str =
    "Id,Predicted\n01_frame_0000,0.5\n01_frame_0001,1\n02_frame_0000,2\n02_frame_0001,3\n";

#[test]
fn certain_repairs_are_proposed_and_made() {
    let folder = Folder::new();
    let ids = folder.write("ids.csv", IDS);
    let damaged = folder.write("s.csv", DAMAGED);
    let checked = run(&["check", &damaged, "--ids", &ids, "--fix"]);
    assert_eq!(checked.code, Some(1));
    for part in [
        "invalid: 4 rows, 5 expected",
        "remove words from ids: 4 rows, such as `01_frame_0000` to `1_0` on line 2",
        "remove leading zeros: 4 rows",
        "`oddframe complete` makes",
    ] {
        assert!(checked.stdout.contains(part), "{}", checked.stdout);
    }
    assert_eq!(fs::read_to_string(&damaged).unwrap(), DAMAGED);
    let json = run(&["check", &damaged, "--ids", &ids, "--json"]).stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["repair"]["certain"], true);
    assert_eq!(json["repair"]["repairs"][1]["kind"], "leading_zeros");
    assert_eq!(json["repair"]["repairs"][1]["count"], 4);
    assert_eq!(json["repair"]["repairs"][1]["id"], "1_0");

    let out = folder.path("full.csv");
    let args = [
        "complete", &damaged, "--ids", &ids, "--policy", "nearest", "--out", &out,
    ];
    let said = ok(&args).stderr;
    assert!(
        said.contains("repaired the ids of") && said.contains("4 rows"),
        "{said}"
    );
    let full = "Id,Predicted\n1_0,0.5\n1_1,1.0\n1_2,1.0\n2_0,2.0\n2_1,3.0\n";
    assert_eq!(fs::read_to_string(&out).unwrap(), full);
    fs::remove_file(&out).unwrap();
    fails(
        &[&args[..], &["--no-repair"]].concat(),
        &["--no-repair refuses", "`01_frame_0000` to `1_0`"],
    );
    assert!(!folder.names().contains(&"full.csv".to_owned()));
}

#[test]
fn frames_counted_from_1_are_shifted_only_with_proof() {
    let folder = Folder::new();
    let ids = folder.write("ids.csv", IDS);
    let complete = |rows: &str| {
        let file = folder.write("s.csv", &format!("Id,Predicted\n{rows}"));
        let args = ["complete", &file, "--ids", &ids, "--policy", "nearest"];
        args.map(str::to_owned)
    };
    let args = complete("1_1,1\n1_2,2\n1_3,3\n2_1,4\n2_2,5\n");
    let done = ok(&args.each_ref().map(String::as_str));
    assert!(
        done.stderr
            .contains("count frames from the expected first number: 5 rows"),
        "{}",
        done.stderr
    );
    assert_eq!(
        done.stdout,
        "Id,Predicted\n1_0,1.0\n1_1,2.0\n1_2,3.0\n2_0,4.0\n2_1,5.0\n"
    );
    let args = complete("1_2,2\n1_3,3\n2_1,4\n2_2,5\n");
    fails(
        &args.each_ref().map(String::as_str),
        &["do not prove", "belong to no expected id"],
    );
}

#[test]
fn ambiguous_ids_are_reported_and_nothing_is_written() {
    let folder = Folder::new();
    let ids = folder.write("ids.csv", IDS);
    let file = folder.write("s.csv", "Id,Predicted\n1_0,1\n01_0,2\n");
    let checked = run(&["check", &file, "--ids", &ids, "--fix"]);
    assert_eq!(checked.code, Some(1));
    assert!(
        checked.stdout.contains("none is certain")
            && checked
                .stdout
                .contains("line 3: `01_0` would become 1_0, and so would line 2"),
        "{}",
        checked.stdout
    );
    let json = run(&["check", &file, "--ids", &ids, "--json"]).stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["repair"]["certain"], false);
    assert!(json["repair"]["reason"].as_str().unwrap().contains("1_0"));
    let out = folder.path("full.csv");
    fails(
        &[
            "complete", &file, "--ids", &ids, "--policy", "nearest", "--out", &out,
        ],
        &["not certain", "line 3"],
    );
    assert!(!folder.names().contains(&"full.csv".to_owned()));
    let valid = folder.write("v.csv", "Id,Predicted\n1_0,1\n1_1,1\n1_2,1\n2_0,1\n2_1,2\n");
    let said = ok(&["check", &valid, "--ids", &ids, "--fix"]).stdout;
    assert!(said.ends_with("repairs of ids: none\n"), "{said}");
}
