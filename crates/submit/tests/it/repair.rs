//! Damage of ids that has one meaning is undone exactly; other damage changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use oddframe_submit::{
    IdRepairKind, Ids, RepairProposal, Schema, ScoreFile, check, propose_id_repairs,
};
use proptest::prelude::*;

/// The frames of some videos.
type Frames = BTreeMap<u64, BTreeSet<u64>>;

fn frames() -> impl Strategy<Value = Frames> {
    let of_video = prop::collection::btree_set(1_u64..2000, 2..30);
    prop::collection::btree_map(0_u64..40, of_video, 1..5)
}

fn pairs(frames: &Frames) -> Vec<(u64, u64)> {
    let pairs = |(video, frames): (&u64, &BTreeSet<u64>)| {
        let video = *video;
        frames
            .iter()
            .map(move |frame| (video, *frame))
            .collect::<Vec<_>>()
    };
    frames.iter().flat_map(pairs).collect()
}

fn ids(frames: &Frames) -> Ids {
    let lines: Vec<_> = pairs(frames)
        .iter()
        .map(|(video, frame)| format!("{video}_{frame}\n"))
        .collect();
    Ids::parse(format!("Id\n{}", lines.concat()).as_bytes()).unwrap()
}

/// A submission whose ids are written by this function; each row has a score of its own.
fn submission(rows: &[(u64, u64)], write: impl Fn(u64, u64) -> String) -> String {
    let mut text = "Id,Predicted\n".to_owned();
    for (place, (video, frame)) in rows.iter().enumerate() {
        writeln!(text, "{},{}", write(*video, *frame), place as f64 / 8.0).unwrap();
    }
    text
}

fn plain(rows: &[(u64, u64)]) -> String {
    submission(rows, |video, frame| format!("{video}_{frame}"))
}

/// Damages an id in one way. The frame offset is part of the number.
fn damage(kind: IdRepairKind, video: u64, frame: u64) -> String {
    match kind {
        IdRepairKind::Blanks => format!(" {video}_{frame}"),
        IdRepairKind::Extension => format!("{video}_{frame}.jpg"),
        IdRepairKind::Words => format!("{video}_Frame_{frame}"),
        IdRepairKind::Separator => format!("{video}-{frame}"),
        IdRepairKind::LeadingZeros => format!("0{video}_{frame:06}"),
        IdRepairKind::FrameOffset => format!("{video}_{}", frame - 1),
        other => panic!("{other:?}"),
    }
}

/// Damages an id in two ways.
fn damage_twice(first: IdRepairKind, second: IdRepairKind, video: u64, frame: u64) -> String {
    let has = |kind| first == kind || second == kind;
    let frame = if has(IdRepairKind::FrameOffset) {
        frame - 1
    } else {
        frame
    };
    let (video, frame) = if has(IdRepairKind::LeadingZeros) {
        (format!("0{video}"), format!("{frame:06}"))
    } else {
        (video.to_string(), frame.to_string())
    };
    let word = if has(IdRepairKind::Words) { "IMG" } else { "" };
    let separator = if has(IdRepairKind::Separator) {
        "/"
    } else {
        "_"
    };
    let extension = if has(IdRepairKind::Extension) {
        ".png"
    } else {
        ""
    };
    let blank = if has(IdRepairKind::Blanks) { " " } else { "" };
    format!("{video}{separator}{word}{frame}{extension}{blank}")
}

fn kind() -> impl Strategy<Value = IdRepairKind> {
    prop::sample::select(IdRepairKind::ALL.to_vec())
}

proptest! {
    #[test]
    fn damage_of_one_kind_is_undone_exactly(frames in frames(), kind in kind()) {
        let rows = pairs(&frames);
        let damaged = submission(&rows, |video, frame| damage(kind, video, frame));
        let ids = ids(&frames);
        // Consecutive frames that were shifted are expected except for one, which is enough to tell.
        let RepairProposal::Certain(repaired) = propose_id_repairs(damaged.as_bytes(), &ids) else {
            return Err(TestCaseError::fail(format!("{damaged}: {:?}", propose_id_repairs(damaged.as_bytes(), &ids))));
        };
        prop_assert_eq!(std::str::from_utf8(repaired.bytes()).unwrap(), plain(&rows));
        let found: Vec<_> = repaired.repairs().iter().map(|r| (r.kind, r.count)).collect();
        prop_assert_eq!(found, [(kind, rows.len())]);
    }

    #[test]
    fn damage_of_two_kinds_is_undone_exactly(
        frames in frames(),
        first in kind(),
        second in kind(),
        order in any::<prop::sample::Index>(),
    ) {
        let mut rows = pairs(&frames);
        let turn = order.index(rows.len());
        rows.rotate_left(turn);
        let damaged = submission(&rows, |video, frame| damage_twice(first, second, video, frame));
        let RepairProposal::Certain(repaired) = propose_id_repairs(damaged.as_bytes(), &ids(&frames)) else {
            return Err(TestCaseError::fail(damaged));
        };
        prop_assert_eq!(std::str::from_utf8(repaired.bytes()).unwrap(), plain(&rows));
        let found: BTreeSet<_> = repaired.repairs().iter().map(|r| r.kind.name()).collect();
        prop_assert_eq!(found, BTreeSet::from([first.name(), second.name()]));
    }

    #[test]
    fn a_repair_is_certain_or_nothing(
        frames in frames(),
        choices in prop::collection::vec((kind(), any::<bool>(), any::<bool>()), 150),
        twice in any::<prop::sample::Index>(),
    ) {
        // Each row is kept, dropped or damaged by itself; one row occurs a second time.
        let mut text = "Id,Predicted\n".to_owned();
        let rows = pairs(&frames);
        for ((video, frame), (kind, keep, plain)) in rows.iter().zip(&choices) {
            if *keep {
                let id = if *plain { format!("{video}_{frame}") } else { damage(*kind, *video, *frame) };
                writeln!(text, "{id},0.5").unwrap();
            }
        }
        let (video, frame) = rows[twice.index(rows.len())];
        writeln!(text, "0{video}_{frame},0.5").unwrap();
        let ids = ids(&frames);
        if let RepairProposal::Certain(repaired) = propose_id_repairs(text.as_bytes(), &ids) {
            let report = check(repaired.bytes(), &Schema::default(), &ids);
            let kinds: BTreeSet<_> = report.problems.iter().map(oddframe_submit::Problem::kind).collect();
            prop_assert!(kinds.is_subset(&BTreeSet::from(["missing", "row_count"])), "{:?}", kinds);
            let file = ScoreFile::parse(repaired.bytes()).unwrap();
            prop_assert_eq!(file.table.len(), text.lines().count() - 1);
        }
    }

    #[test]
    fn any_text_is_repaired_or_not_without_a_panic(
        text in "(Id,Predicted\n|video,frame,score\n|)([0-9_,.\"eE+/a;\t\r\n -]|frame|.jpg|1_1,1\n){0,40}"
    ) {
        let ids = Ids::parse(b"Id\n1_1\n1_2\n2_1\n").unwrap();
        if let RepairProposal::Certain(repaired) = propose_id_repairs(text.as_bytes(), &ids) {
            // A second pass finds nothing to do.
            prop_assert_eq!(propose_id_repairs(repaired.bytes(), &ids), RepairProposal::Nothing);
        }
    }
}

#[test]
fn a_shift_of_a_million_rows_is_undone_in_one_pass() {
    let frames: Frames = (1..=10)
        .map(|video| (video, (0..100_000).collect()))
        .collect();
    let rows = pairs(&frames);
    let shifted = submission(&rows, |video, frame| format!("{video}_{}", frame + 1));
    let RepairProposal::Certain(repaired) = propose_id_repairs(shifted.as_bytes(), &ids(&frames))
    else {
        panic!("not certain")
    };
    assert_eq!(repaired.repairs()[0].count, 1_000_000);
    assert_eq!(repaired.bytes(), plain(&rows).as_bytes());
}
