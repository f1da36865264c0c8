use super::*;

const IDS: &[u8] = b"Id\n1_0\n1_1\n1_3\n2_5\n2_6\n";

fn propose(rows: &str) -> RepairProposal {
    let ids = Ids::parse(IDS).unwrap();
    propose_id_repairs(format!("Id,Predicted\n{rows}").as_bytes(), &ids)
}

/// The rows after the repair, and the kinds with their numbers of rows.
fn certain(rows: &str) -> (String, Vec<(&'static str, usize)>) {
    match propose(rows) {
        RepairProposal::Certain(repaired) => {
            let text = String::from_utf8(repaired.bytes().to_vec()).unwrap();
            let kinds = repaired.repairs().iter();
            let kinds = kinds.map(|repair| (repair.kind.name(), repair.count));
            let rows = text.strip_prefix("Id,Predicted\n").unwrap().to_owned();
            (rows, kinds.collect())
        }
        other => panic!("{rows}: {other:?}"),
    }
}

fn ambiguity(rows: &str) -> String {
    match propose(rows) {
        RepairProposal::Ambiguous(ambiguity) => ambiguity.to_string(),
        other => panic!("{rows}: {other:?}"),
    }
}

#[test]
fn ids_of_another_shape_are_repaired_and_counted() {
    let (rows, kinds) = certain("01_frame_0000,0.5\n1_1,1\n02-0006.jpg,-2e-3\n");
    assert_eq!(rows, "1_0,0.5\n1_1,1\n2_6,-2e-3\n");
    let expected = [
        ("extension", 1),
        ("words", 1),
        ("separator", 1),
        ("leading_zeros", 2),
    ];
    assert_eq!(kinds, expected);
    let RepairProposal::Certain(repaired) = propose("\n\n2_5,0\n01_1,1\n") else {
        panic!("not certain")
    };
    let repair = &repaired.repairs()[0];
    assert_eq!(
        repair.to_string(),
        "remove leading zeros: 1 rows, such as `01_1` to `1_1` on line 5"
    );
    assert_eq!(repaired.bytes(), b"Id,Predicted\n\n\n2_5,0\n1_1,1\n");
}

#[test]
fn an_offset_is_proven_by_the_ends_of_every_video() {
    let (rows, kinds) = certain("1_1,a\n1_2,b\n1_4,c\n2_6,d\n2_7,e\n");
    assert_eq!(rows, "1_0,a\n1_1,b\n1_3,c\n2_5,d\n2_6,e\n");
    assert_eq!(kinds, [("frame_offset", 5)]);
    // A row inside may be missing, and a whole video.
    assert_eq!(certain("1_4,c\n1_1,a\n").0, "1_3,c\n1_0,a\n");
    // The other direction.
    assert_eq!(certain("2_4,d\n2_5,e\n").0, "2_5,d\n2_6,e\n");
    // Together with another shape.
    let (rows, kinds) = certain("02/07,e\n02/06,d\n");
    assert_eq!(rows, "2_6,e\n2_5,d\n");
    assert_eq!(
        kinds,
        [("separator", 2), ("leading_zeros", 2), ("frame_offset", 2)]
    );
}

#[test]
fn an_offset_without_proof_is_ambiguous() {
    // The first row of video 1 is lost: frames 1 to 3 of another set, or 2 to 4 of this one?
    let lost = ambiguity("1_2,b\n1_4,c\n2_6,d\n2_7,e\n");
    assert!(
        lost.starts_with("every frame number is expected after adding -1")
            && lost.contains("video 1 do not prove"),
        "{lost}"
    );
    // Only one video is shifted: no offset fits both, and nothing is repairable.
    let mixed = "1_0,a\n1_1,b\n1_3,c\n2_6,d\n2_7,e\n";
    assert_eq!(propose(mixed), RepairProposal::Nothing);
    let mixed = ambiguity(&mixed.replace("2_", "02_"));
    assert_eq!(
        mixed,
        "line 6: `02_7` would become 2_7, which is not expected (1 rows in all)"
    );
}

#[test]
fn rows_that_would_share_an_id_are_ambiguous() {
    assert_eq!(
        ambiguity("1_0,a\n01_0,b\n"),
        "line 3: `01_0` would become 1_0, and so would line 2"
    );
    assert!(ambiguity("1_1,a\n1_4,b\n1_1,c\n").contains("would become 1_0"));
}

#[test]
fn ids_of_several_meanings_stop_every_repair() {
    assert_eq!(
        ambiguity("01_0,a\n1_1_3,b\n"),
        "line 3: `1_1_3` could mean several ids or none"
    );
    for nothing in ["1_1_3,a\n", "x,a\n", "1_0,a\n9_9,b\n", "1_0,a\n1_0,b\n", ""] {
        assert_eq!(propose(nothing), RepairProposal::Nothing, "{nothing}");
    }
}

#[test]
fn the_frames_of_a_scores_file_are_shifted_too() {
    let ids = Ids::parse(IDS).unwrap();
    let file = "\u{feff}video,frame,score,origin\r\n\"Test,02\",006,1,computed\r\n\"Test,02\",7,2,constant\r\n";
    let RepairProposal::Certain(repaired) = propose_id_repairs(file.as_bytes(), &ids) else {
        panic!("not certain")
    };
    let expected = "video,frame,score,origin\n\"Test,02\",5,1,computed\n\"Test,02\",6,2,constant\n";
    assert_eq!(repaired.bytes(), expected.as_bytes());
    let plain = b"video,frame,score\n02,005,1\n";
    assert_eq!(propose_id_repairs(plain, &ids), RepairProposal::Nothing);
    assert_eq!(
        propose_id_repairs(b"video,frame,score\n02,x,1\n", &ids),
        RepairProposal::Nothing
    );
}

#[test]
fn files_with_other_problems_have_no_proposal() {
    let ids = Ids::parse(IDS).unwrap();
    for bytes in [
        &b""[..],
        b"\xff",
        b"Id\n01_0\n",
        b"01_0,1\n01_1,2\n",
        b"Id,Predicted\n\"01_0,1\n",
        b"Id,Predicted\n01_0,1,2\n",
        b"\"Id,Predicted\n01_0,1\n",
    ] {
        assert_eq!(propose_id_repairs(bytes, &ids), RepairProposal::Nothing);
    }
    let largest = format!("Id,Predicted\n01_{},1\n", u64::MAX);
    assert!(matches!(
        propose_id_repairs(largest.as_bytes(), &ids),
        RepairProposal::Ambiguous(Ambiguity::NotExpected { .. })
    ));
}
