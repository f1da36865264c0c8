use std::collections::HashMap;
use std::io::Write;
use std::path::Path;

use oddframe_core::{ScoreTable, VideoScores, write_atomically};

use crate::ids::Cursor;
use crate::lines::quote;
use crate::missing::Missing;
use crate::number::numbers;
use crate::origin::to_text;
use crate::schema::SCORES_COLUMNS;
use crate::{Error, FileFormat, Id, Ids, Schema};

/// Writes every score of a table, in the table's order; the file is whole or as it was before.
///
/// Scores are written so that they are read back to the same bits.
///
/// # Errors
/// When the file cannot be written or a name cannot stand in it; for a submission also when a video's name
/// has no number, or two have the same.
pub fn write_scores(path: &Path, table: &ScoreTable, format: &FileFormat) -> Result<(), Error> {
    write_atomically(path, |writer| write_scores_to(writer, table, format)).map_err(|e| e.at(path))
}

/// As [`write_scores`], to anything that can be written to.
///
/// # Errors
/// As [`write_scores`], without a path.
pub fn write_scores_to(writer: &mut dyn Write, table: &ScoreTable, format: &FileFormat) -> Result<(), Error> {
    match format {
        FileFormat::Submission(schema) => {
            let numbers = numbers(table.videos().iter().map(VideoScores::id))?;
            write_header(writer, schema)?;
            for (video, number) in table.videos().iter().zip(numbers) {
                for (frame, value) in video.numbers().iter().zip(video.values()) {
                    writeln!(writer, "{number}_{frame},{value:?}")?;
                }
            }
        }
        FileFormat::Scores => {
            writeln!(writer, "{}", SCORES_COLUMNS.join(","))?;
            for video in table.videos() {
                let name = quote(writable(video.id().name())?);
                let scores = video.numbers().iter().zip(video.values()).zip(video.origins());
                for ((frame, value), origin) in scores {
                    writeln!(writer, "{name},{frame},{value:?},{}", to_text(*origin))?;
                }
            }
        }
    }
    Ok(())
}

/// Writes a submission whose rows are in the order of its ids; the file is whole or as it was before.
///
/// # Errors
/// As [`write_scores`]; also when an id has no score. Scores that have no id are left out.
pub fn write_in_order(path: &Path, table: &ScoreTable, schema: &Schema, ids: &Ids) -> Result<(), Error> {
    write_atomically(path, |writer| write_in_order_to(writer, table, schema, ids)).map_err(|e| e.at(path))
}

/// As [`write_in_order`], to anything that can be written to.
///
/// # Errors
/// As [`write_in_order`], without a path.
pub fn write_in_order_to(
    writer: &mut dyn Write,
    table: &ScoreTable,
    schema: &Schema,
    ids: &Ids,
) -> Result<(), Error> {
    let numbers = numbers(table.videos().iter().map(VideoScores::id))?;
    let by_number: HashMap<_, _> = numbers.into_iter().zip(table.videos()).collect();
    let mut cursor = Cursor::default();
    let mut values = vec![None; ids.len()];
    for video in ids.by_video() {
        let Some(scores) = by_number.get(&video.number()) else { continue };
        for (frame, value) in scores.numbers().iter().zip(scores.values()) {
            let id = Id { video: video.number(), frame: *frame };
            if let Some(slot) = ids.slot(id, &mut cursor) {
                values[slot] = Some(*value);
            }
        }
    }
    let missing = Missing::find(ids, |slot| values[slot].is_some());
    if missing.count() > 0 {
        return Err(Error::Missing { missing });
    }
    write_header(writer, schema)?;
    for id in ids.iter() {
        if let Some(value) = ids.slot(id, &mut cursor).and_then(|slot| values[slot]) {
            writeln!(writer, "{id},{value:?}")?;
        }
    }
    Ok(())
}

fn write_header(writer: &mut dyn Write, schema: &Schema) -> Result<(), Error> {
    let (id, score) = (writable(schema.id())?, writable(schema.score())?);
    Ok(writeln!(writer, "{},{}", quote(id), quote(score))?)
}

/// A name that can stand in a row.
fn writable(name: &str) -> Result<&str, Error> {
    if name.is_empty() || name.contains(['\n', '\r']) {
        return Err(Error::Unwritable { name: name.to_owned() });
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
        origins[0] = Origin::Borrowed { from: FrameNumber(1) };
        VideoScores::from_parts(id.into(), numbers, values.to_vec(), origins).unwrap()
    }

    fn table(videos: &[(&str, &[f64])]) -> ScoreTable {
        ScoreTable::new(videos.iter().map(|(id, values)| scores(id, values)).collect()).unwrap()
    }

    fn text(table: &ScoreTable, format: &FileFormat) -> Result<String, Error> {
        let mut bytes = Vec::new();
        write_scores_to(&mut bytes, table, format)?;
        Ok(String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn both_formats() {
        let table = table(&[("10", &[0.1]), ("02", &[1.0, 5e-324])]);
        let submission = FileFormat::Submission(Schema::new("ID", "a,b"));
        assert_eq!(text(&table, &submission).unwrap(), "ID,\"a,b\"\n2_0,1.0\n2_1,5e-324\n10_0,0.1\n");
        assert_eq!(
            text(&table, &FileFormat::Scores).unwrap(),
            "video,frame,score,origin\n02,0,1.0,borrowed:1\n02,1,5e-324,computed\n10,0,0.1,borrowed:1\n"
        );
    }

    #[test]
    fn videos_without_a_number_of_their_own_make_no_submission() {
        let submission = FileFormat::Submission(Schema::default());
        let shanghai = table(&[("01_0014", &[0.1]), ("02_0014", &[0.2])]);
        assert!(matches!(text(&shanghai, &submission), Err(Error::SharedNumber { number: 14, .. })));
        assert!(text(&shanghai, &FileFormat::Scores).is_ok());
        assert!(matches!(text(&table(&[("a", &[1.0])]), &submission), Err(Error::NoNumber { .. })));
    }

    #[test]
    fn odd_names_are_quoted_or_refused() {
        let odd = table(&[("a,\"b\" é", &[1.0])]);
        let text_of_odd = text(&odd, &FileFormat::Scores).unwrap();
        assert_eq!(ScoreFile::parse(text_of_odd.as_bytes()).unwrap().table, odd);
        for name in ["a\nb", "a\r", ""] {
            let error = text(&table(&[(name, &[1.0])]), &FileFormat::Scores).unwrap_err();
            assert!(matches!(error, Error::Unwritable { name: told } if told == name));
        }
        let schema = FileFormat::Submission(Schema::new("Id", "a\nb"));
        assert!(matches!(text(&table(&[("1", &[1.0])]), &schema), Err(Error::Unwritable { .. })));
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
        assert!(error.to_string().starts_with("no score for 1 id, all of video 1 (1 id)"), "{error}");
    }

    #[test]
    fn a_failure_leaves_the_old_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("scores.csv");
        write_scores(&path, &table(&[("1", &[1.0])]), &FileFormat::Scores).unwrap();
        let old = std::fs::read(&path).unwrap();
        // The first video is written before the second one's name is refused.
        let half = table(&[("1", &[2.0]), ("a\nb", &[1.0])]);
        assert!(matches!(write_scores(&path, &half, &FileFormat::Scores), Err(Error::Unwritable { .. })));
        assert_eq!(std::fs::read(&path).unwrap(), old);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
        let nowhere = dir.path().join("no/such/file");
        let error = write_scores(&nowhere, &half, &FileFormat::Scores).unwrap_err();
        assert!(matches!(error, Error::Write { path: Some(p), .. } if p == nowhere));
    }
}
