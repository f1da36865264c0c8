use std::collections::HashMap;
use std::io::Write;
use std::path::Path;

use oddframe_core::{ScoreTable, VideoScores, quote_csv_field, write_atomically};

use crate::error::Error;
use crate::id::Id;
use crate::id_rule::{IdRule, video_numbers};
use crate::ids::{Cursor, Ids};
use crate::origin::to_text;
use crate::schema::{FileFormat, SCORES_COLUMNS, Schema};

/// Writes every score of a table, sorted by video and frame. The file is written as a whole or not at all.
///
/// Scores are written so that reading them gives the same bits.
///
/// ```
/// use oddframe_submit::{FileFormat, Schema, ScoreFile, read_scores, write_scores};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("submission.csv");
/// let table = ScoreFile::parse(b"video,frame,score\n01,0,0.1\n02,5,1e-9\n")?.table;
/// write_scores(&path, &table, &FileFormat::Submission(Schema::default()))?;
/// assert_eq!(std::fs::read_to_string(&path)?, "Id,Predicted\n1_0,0.1\n2_5,1e-9\n");
/// assert_eq!(read_scores(&path)?.table.values().collect::<Vec<_>>(), [0.1, 1e-9]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When the file cannot be written, or a name is empty or contains a line break. For a submission with
/// [`IdRule::VideoNumber`] also when a video has no number ([`Error::NoNumber`]) or two videos have the same
/// ([`Error::SharedNumber`]); [`IdRule::unambiguous_for`] selects a rule that works.
pub fn write_scores(path: &Path, table: &ScoreTable, format: &FileFormat) -> Result<(), Error> {
    write_atomically(path, |writer| write_scores_to(writer, table, format))
        .map_err(|e| e.in_file(path))
}

/// Writes scores like [`write_scores`], to any writer.
///
/// ```
/// use oddframe_submit::{FileFormat, IdRule, Schema, ScoreFile, write_scores_to};
///
/// // Both videos of this data set have the number 14, so their ids need the whole names.
/// let table = ScoreFile::parse(b"video,frame,score\n01_0014,0,0.5\n02_0014,0,0.25\n")?.table;
/// let rule = IdRule::unambiguous_for(table.videos().iter().map(|video| video.id()));
/// let mut file = Vec::new();
/// write_scores_to(&mut file, &table, &FileFormat::Submission(Schema::default().with_id_rule(rule)))?;
/// assert_eq!(file, b"Id,Predicted\n01_0014_0,0.5\n02_0014_0,0.25\n");
/// # Ok::<(), oddframe_submit::Error>(())
/// ```
///
/// # Errors
/// As [`write_scores`], without a path.
pub fn write_scores_to(
    writer: &mut dyn Write,
    table: &ScoreTable,
    format: &FileFormat,
) -> Result<(), Error> {
    match format {
        FileFormat::Submission(schema) => {
            let names = id_names(table, schema.id_rule())?;
            write_header(writer, schema)?;
            for (video, name) in table.videos().iter().zip(names) {
                for (frame, value) in video.numbers().iter().zip(video.values()) {
                    // Quotes, if the name needs them, enclose the whole id.
                    let id = format!("{name}_{frame}");
                    // `{:?}` prints the shortest text that reads back to the same bits.
                    writeln!(writer, "{},{value:?}", quote_csv_field(&id))?;
                }
            }
        }
        FileFormat::Scores => {
            writeln!(writer, "{}", SCORES_COLUMNS.join(","))?;
            for video in table.videos() {
                let name = quote_csv_field(check_name(video.id().name())?);
                let scores = video
                    .numbers()
                    .iter()
                    .zip(video.values())
                    .zip(video.origins());
                for ((frame, value), origin) in scores {
                    writeln!(writer, "{name},{frame},{value:?},{}", to_text(*origin))?;
                }
            }
        }
    }
    Ok(())
}

/// Writes a submission with its rows in the order of the ids, which consist of numbers. Scores without an id
/// are left out. The file is written as a whole or not at all.
///
/// # Errors
/// As [`write_scores`]; also when an id has no score.
pub fn write_in_order(
    path: &Path,
    table: &ScoreTable,
    schema: &Schema,
    ids: &Ids,
) -> Result<(), Error> {
    write_atomically(path, |writer| write_in_order_to(writer, table, schema, ids))
        .map_err(|e| e.in_file(path))
}

/// Writes a submission like [`write_in_order`], to any writer.
///
/// # Errors
/// As [`write_in_order`], without a path.
pub fn write_in_order_to(
    writer: &mut dyn Write,
    table: &ScoreTable,
    schema: &Schema,
    ids: &Ids,
) -> Result<(), Error> {
    let numbers = video_numbers(table.videos().iter().map(VideoScores::id))?;
    let by_number: HashMap<_, _> = numbers.into_iter().zip(table.videos()).collect();
    let mut cursor = Cursor::default();
    // Values are gathered by slot first, so the table may have any order and missing ids are found before
    // writing.
    let mut values = vec![None; ids.len()];
    for video in ids.by_video() {
        let Some(scores) = by_number.get(&video.number()) else {
            continue;
        };
        for (frame, value) in scores.numbers().iter().zip(scores.values()) {
            let id = Id {
                video: video.number(),
                frame: *frame,
            };
            if let Some(slot) = ids.find_slot(id, &mut cursor) {
                values[slot] = Some(*value);
            }
        }
    }
    let missing = ids.find_missing(|slot| values[slot].is_some());
    if missing.count() > 0 {
        return Err(Error::Missing { missing });
    }
    // Every slot has a value from here on, so the file has exactly one row for each id.
    write_header(writer, schema)?;
    for id in ids.iter() {
        if let Some(value) = ids.find_slot(id, &mut cursor).and_then(|slot| values[slot]) {
            writeln!(writer, "{id},{value:?}")?;
        }
    }
    Ok(())
}

fn write_header(writer: &mut dyn Write, schema: &Schema) -> Result<(), Error> {
    let (id, score) = (check_name(schema.id())?, check_name(schema.score())?);
    Ok(writeln!(
        writer,
        "{},{}",
        quote_csv_field(id),
        quote_csv_field(score)
    )?)
}

/// The first part of the ids of each video.
fn id_names(table: &ScoreTable, rule: IdRule) -> Result<Vec<String>, Error> {
    let videos = table.videos().iter().map(VideoScores::id);
    match rule {
        IdRule::VideoNumber => Ok(video_numbers(videos)?.iter().map(u64::to_string).collect()),
        IdRule::VideoName => videos
            .map(|video| Ok(check_name(video.name())?.to_owned()))
            .collect(),
    }
}

/// Returns a name that can be written to a row of a CSV file.
fn check_name(name: &str) -> Result<&str, Error> {
    if name.is_empty() || name.contains(['\n', '\r']) {
        return Err(Error::Unwritable {
            name: name.to_owned(),
        });
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use oddframe_core::{FrameNumber, Origin};

    use super::*;
    use crate::ScoreFile;

    fn scores(id: &str, values: &[f64]) -> VideoScores {
        let numbers = (0..values.len() as u64).map(FrameNumber).collect();
        let mut origins = vec![Origin::Computed; values.len()];
        origins[0] = Origin::Borrowed {
            from: FrameNumber(1),
        };
        VideoScores::from_parts(id.into(), numbers, values.to_vec(), origins).unwrap()
    }

    fn table(videos: &[(&str, &[f64])]) -> ScoreTable {
        ScoreTable::new(
            videos
                .iter()
                .map(|(id, values)| scores(id, values))
                .collect(),
        )
        .unwrap()
    }

    fn text(table: &ScoreTable, format: &FileFormat) -> Result<String, Error> {
        let mut bytes = Vec::new();
        write_scores_to(&mut bytes, table, format)?;
        Ok(String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn both_formats_are_written() {
        let table = table(&[("10", &[0.1]), ("02", &[1.0, 5e-324])]);
        let submission = FileFormat::Submission(Schema::new("ID", "a,b"));
        assert_eq!(
            text(&table, &submission).unwrap(),
            "ID,\"a,b\"\n2_0,1.0\n2_1,5e-324\n10_0,0.1\n"
        );
        assert_eq!(
            text(&table, &FileFormat::Scores).unwrap(),
            "video,frame,score,origin\n02,0,1.0,borrowed:1\n02,1,5e-324,computed\n10,0,0.1,borrowed:1\n"
        );
    }

    #[test]
    fn videos_without_their_own_number_need_whole_names() {
        let submission = FileFormat::Submission(Schema::default());
        let shanghai = table(&[("01_0014", &[0.1]), ("02_0014", &[0.2])]);
        assert!(matches!(
            text(&shanghai, &submission),
            Err(Error::SharedNumber { number: 14, .. })
        ));
        assert!(text(&shanghai, &FileFormat::Scores).is_ok());
        let named = FileFormat::Submission(Schema::default().with_id_rule(IdRule::VideoName));
        let written = text(&shanghai, &named).unwrap();
        assert_eq!(written, "Id,Predicted\n01_0014_0,0.1\n02_0014_0,0.2\n");
        assert_eq!(ScoreFile::parse(written.as_bytes()).unwrap().format, named);
        let quoted = text(&table(&[("a,b", &[0.1])]), &named).unwrap();
        assert_eq!(quoted, "Id,Predicted\n\"a,b_0\",0.1\n");
        assert!(matches!(
            text(&table(&[("a\n", &[0.1])]), &named),
            Err(Error::Unwritable { .. })
        ));
        assert!(matches!(
            text(&table(&[("a", &[1.0])]), &submission),
            Err(Error::NoNumber { .. })
        ));
    }

    #[test]
    fn names_are_quoted_or_refused() {
        let odd = table(&[("a,\"b\" é", &[1.0])]);
        let text_of_odd = text(&odd, &FileFormat::Scores).unwrap();
        assert_eq!(ScoreFile::parse(text_of_odd.as_bytes()).unwrap().table, odd);
        for name in ["a\nb", "a\r", ""] {
            let error = text(&table(&[(name, &[1.0])]), &FileFormat::Scores).unwrap_err();
            assert!(matches!(error, Error::Unwritable { name: refused } if refused == name));
        }
        let schema = FileFormat::Submission(Schema::new("Id", "a\nb"));
        assert!(matches!(
            text(&table(&[("1", &[1.0])]), &schema),
            Err(Error::Unwritable { .. })
        ));
    }

    #[test]
    fn the_order_of_the_ids_is_kept() {
        let ids = Ids::parse(b"Id\n2_1\n1_0\n2_0\n").unwrap();
        let mut bytes = Vec::new();
        let more = table(&[("01", &[1.0, 9.0]), ("02", &[2.0, 3.0]), ("3", &[9.0])]);
        write_in_order_to(&mut bytes, &more, &Schema::default(), &ids).unwrap();
        assert_eq!(bytes, b"Id,Predicted\n2_1,3.0\n1_0,1.0\n2_0,2.0\n");
        let less = table(&[("02", &[2.0, 3.0])]);
        let error = write_in_order_to(&mut bytes, &less, &Schema::default(), &ids).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("no score for 1 id, all of video 1 (1 id)"),
            "{error}"
        );
    }

    #[test]
    fn a_failure_leaves_the_old_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("scores.csv");
        write_scores(&path, &table(&[("1", &[1.0])]), &FileFormat::Scores).unwrap();
        let old = std::fs::read(&path).unwrap();
        // The first video is written before the name of the second is refused.
        let half = table(&[("1", &[2.0]), ("a\nb", &[1.0])]);
        assert!(matches!(
            write_scores(&path, &half, &FileFormat::Scores),
            Err(Error::Unwritable { .. })
        ));
        assert_eq!(std::fs::read(&path).unwrap(), old);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
        let nowhere = dir.path().join("no/such/file");
        let error = write_scores(&nowhere, &half, &FileFormat::Scores).unwrap_err();
        assert!(matches!(error, Error::Write { path: Some(p), .. } if p == nowhere));
    }
}
