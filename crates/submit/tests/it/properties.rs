//! Properties of all tables, ids and bytes.

use std::collections::{BTreeMap, BTreeSet};

use oddframe_core::{EdgePolicy, FrameNumber, Origin, ScoreTable, VideoScores};
use oddframe_submit::{
    CompleteOptions, FileFormat, Id, Ids, Schema, ScoreFile, Unknown, check, complete,
    write_in_order_to, write_scores_to,
};
use proptest::prelude::*;

/// Scores by video and frame.
type Scores = BTreeMap<u64, BTreeMap<u64, (f64, Origin)>>;

/// Every finite number, with unusual ones frequent.
fn finite() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<u64>()
            .prop_map(f64::from_bits)
            .prop_filter("finite", |v| v.is_finite()),
        Just(-0.0),
        Just(f64::MIN_POSITIVE / 2.0),
        Just(f64::MAX),
        0.0..1.0_f64,
    ]
}

/// Small numbers that leave gaps, and the largest.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![4 => 0..40_u64, 1 => any::<u64>(), 1 => Just(u64::MAX)]
}

fn origin() -> impl Strategy<Value = Origin> {
    prop_oneof![
        Just(Origin::Computed),
        Just(Origin::Constant),
        number().prop_map(|n| Origin::Borrowed {
            from: FrameNumber(n)
        }),
    ]
}

fn scores() -> impl Strategy<Value = Scores> {
    scores_of(number())
}

fn scores_of(videos: impl Strategy<Value = u64>) -> impl Strategy<Value = Scores> {
    let frames = prop::collection::btree_map(number(), (finite(), origin()), 1..20);
    prop::collection::btree_map(videos, frames, 1..5)
}

fn table(scores: &Scores, name: impl Fn(u64) -> String) -> ScoreTable {
    let videos = scores.iter().map(|(video, frames)| {
        let numbers = frames.keys().copied().map(FrameNumber).collect();
        let (values, origins) = frames.values().copied().unzip();
        VideoScores::from_parts(name(*video).as_str().into(), numbers, values, origins).unwrap()
    });
    ScoreTable::new(videos.collect()).unwrap()
}

fn bytes(table: &ScoreTable, format: &FileFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_scores_to(&mut bytes, table, format).unwrap();
    bytes
}

fn bits(table: &ScoreTable) -> Vec<u64> {
    table.values().map(f64::to_bits).collect()
}

fn submission() -> FileFormat {
    FileFormat::Submission(Schema::default())
}

proptest! {
    #[test]
    fn scores_files_round_trip(scores in scores(), prefix in "[a-z ,\"é]{0,4}") {
        let table = table(&scores, |n| format!("{prefix}{n:03}"));
        let again = ScoreFile::parse(&bytes(&table, &FileFormat::Scores)).unwrap();
        prop_assert_eq!(bits(&again.table), bits(&table));
        prop_assert_eq!(&again.table, &table);
        for (a, b) in again.table.videos().iter().zip(table.videos()) {
            prop_assert_eq!(a.id().name(), b.id().name());
        }
        prop_assert_eq!(again.format, FileFormat::Scores);
    }

    #[test]
    fn submissions_round_trip_and_fit_their_ids(scores in scores()) {
        let table = table(&scores, |n| format!("{n:02}"));
        let file = bytes(&table, &submission());
        let again = ScoreFile::parse(&file).unwrap();
        prop_assert_eq!(bits(&again.table), bits(&table));
        for (a, b) in again.table.videos().iter().zip(table.videos()) {
            prop_assert_eq!((a.id(), a.numbers()), (b.id(), b.numbers()));
        }
        prop_assert_eq!(&again.format, &submission());
        let report = check(&file, &Schema::default(), &Ids::parse(&file).unwrap());
        prop_assert!(report.is_valid(), "{}", report);
    }

    #[test]
    fn a_completed_table_is_valid(
        scores in scores_of(0..4_u64),
        ids in prop::collection::btree_set((0..3_u64, number()), 1..60),
        policy in prop_oneof![
            Just(EdgePolicy::Nearest), Just(EdgePolicy::Reflect), finite().prop_map(EdgePolicy::Constant)
        ],
        turn in any::<prop::sample::Index>(),
    ) {
        // Rows of expected ids, rows of other ids, and ids without a row, in any order.
        let mut order: Vec<_> = ids.iter().map(|(v, f)| format!("{v}_{f}")).collect();
        let middle = turn.index(order.len());
        order.rotate_left(middle);
        let ids = Ids::parse(format!("Id\n{}\n", order.join("\n")).as_bytes()).unwrap();
        let table = table(&scores, |n| format!("cam{n:02}"));
        let options = CompleteOptions::new(policy).with_unknown(Unknown::Drop);
        let Ok(done) = complete(&table, &ids, options) else {
            // Only two reasons remain: no score belongs to these ids, or a video has no score and the policy
            // borrows.
            let known = |(v, frames): (&u64, &BTreeMap<u64, (f64, Origin)>)| {
                frames.keys().any(|f| ids.contains(Id { video: *v, frame: FrameNumber(*f) }))
            };
            prop_assert!(!matches!(policy, EdgePolicy::Constant(_)) || !scores.iter().any(known));
            return Ok(());
        };
        let mut file = Vec::new();
        write_in_order_to(&mut file, &done.table, &Schema::default(), &ids).unwrap();
        let in_table_order = bytes(&done.table, &submission());
        let rows = |csv: &[u8]| csv.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect::<BTreeSet<_>>();
        prop_assert_eq!(rows(&file), rows(&in_table_order));
        for csv in [&file, &in_table_order] {
            let report = check(csv, &Schema::default(), &ids);
            prop_assert!(report.is_valid(), "{}", report);
        }
        let written: Vec<_> = Ids::parse(&file).unwrap().iter().map(|id| id.to_string()).collect();
        prop_assert_eq!(written, order);
        prop_assert_eq!(done.filled_frames() + table.len() - done.dropped, ids.len());
        for video in done.table.videos() {
            for ((frame, value), origin) in video.numbers().iter().zip(video.values()).zip(video.origins()) {
                let given = scores.get(&video.id().number().unwrap()).and_then(|frames| frames.get(&frame.0));
                if let Some(given) = given {
                    prop_assert_eq!((value.to_bits(), *origin), (given.0.to_bits(), given.1));
                } else {
                    prop_assert_ne!(*origin, Origin::Computed);
                }
            }
        }
    }

    #[test]
    fn any_bytes_are_an_error_or_a_report(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        read_as_everything(&bytes);
    }

    #[test]
    fn any_text_of_the_right_letters_is_an_error_or_a_report(
        text in "(Id,Predicted\n|video,frame,score,origin\n|)([0-9_,.\"eE+\\-a;\t\r\n]|computed|borrowed:|1_1,1\n){0,40}"
    ) {
        read_as_everything(text.as_bytes());
    }

    #[test]
    fn damaged_files_are_an_error_or_a_report(
        scores in scores(),
        format in prop_oneof![Just(submission()), Just(FileFormat::Scores)],
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..4),
    ) {
        let mut file = bytes(&table(&scores, |n| n.to_string()), &format);
        for (place, byte, how) in changes {
            let place = place.index(file.len().max(1)).min(file.len().saturating_sub(1));
            match how {
                0 => file[place] = byte,
                1 => file.insert(place, byte),
                _ => file.truncate(place.max(1)),
            }
        }
        read_as_everything(&file);
    }

    #[test]
    fn every_missing_row_is_reported(
        kept in prop::collection::vec(any::<bool>(), 60)
    ) {
        let all: Vec<_> = (0..60).map(|i| format!("{}_{}", i / 12, i % 12)).collect();
        let ids = Ids::parse(format!("Id\n{}\n", all.join("\n")).as_bytes()).unwrap();
        let rows = all.iter().zip(&kept).filter(|(_, k)| **k);
        let rows: String = rows.flat_map(|(id, _)| [id, ",0\n"]).collect();
        let report = check(format!("Id,Predicted\n{rows}").as_bytes(), &Schema::default(), &ids);
        let missing = kept.iter().filter(|k| !**k).count();
        prop_assert_eq!(report.is_valid(), missing == 0);
        if missing < 60 {
            let reported: u64 = report.problems.iter().filter(|p| p.kind() == "missing").map(|p| {
                let fields: BTreeMap<_, _> = p.fields().into_iter().collect();
                match fields["count"] {
                    oddframe_submit::Field::Number(count) => count,
                    oddframe_submit::Field::Text(_) => 0,
                }
            }).sum();
            prop_assert_eq!(reported, missing as u64);
        }
    }
}

/// Reads the bytes in every way; none may panic.
fn read_as_everything(bytes: &[u8]) {
    let ids = Ids::parse(b"Id\n1_1\n1_2\n2_1\n").unwrap();
    let report = check(bytes, &Schema::default(), &ids);
    assert!(!report.to_string().is_empty());
    let kinds: BTreeSet<_> = report
        .problems
        .iter()
        .map(|p| (p.kind(), p.line()))
        .collect();
    assert_eq!(kinds.is_empty(), report.is_valid());
    for line in report
        .problems
        .iter()
        .filter_map(oddframe_submit::Problem::line)
    {
        assert!((1..=bytes.len().max(1)).contains(&line), "line {line}");
    }
    if let Ok(file) = ScoreFile::parse(bytes) {
        assert!(file.table.values().all(f64::is_finite));
        if report.is_valid() {
            assert_eq!(file.table.len(), 3);
        }
    }
    let _ = Ids::parse(bytes);
}
