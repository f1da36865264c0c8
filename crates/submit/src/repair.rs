//! Repairs of the ids of a submission that have only one possible meaning.

mod file_rows;
mod id_text;
mod kind;
mod offset;

use std::fmt;

use crate::id::Id;
use crate::ids::{Cursor, Ids};
use crate::text::excerpt;

use self::file_rows::{FileRow, FileRows};
use self::id_text::KindSet;
pub use self::kind::IdRepairKind;
use self::offset::{find_offsets, is_proven, shift};

/// The ids that one kind of repair changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdRepair {
    /// The kind.
    pub kind: IdRepairKind,
    /// The number of rows.
    pub count: usize,
    /// The line of the first one.
    pub line: usize,
    /// Its id, as the file has it.
    pub found: Box<str>,
    /// The id after all repairs.
    pub id: Id,
}

impl fmt::Display for IdRepair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} rows, such as `{}` to `{}` on line {}",
            self.kind, self.count, self.found, self.id, self.line
        )
    }
}

/// A file whose ids were repaired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepairedFile {
    repairs: Vec<IdRepair>,
    bytes: Vec<u8>,
}

impl RepairedFile {
    /// What was repaired: one entry for each kind. A row with two mistakes counts for both.
    pub fn repairs(&self) -> &[IdRepair] {
        &self.repairs
    }

    /// The file with the repaired ids; everything else is as it was, on the same lines.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Why ids are not repaired, although some of them look as if they could be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Ambiguity {
    /// An id that has no single meaning.
    #[error("line {line}: `{found}` could mean several ids or none")]
    NotUnderstood {
        /// The line.
        line: usize,
        /// The text.
        found: Box<str>,
    },
    /// Ids that are not expected after the repair.
    #[error(
        "line {line}: `{found}` would become {id}, which is not expected ({count} rows in all)"
    )]
    NotExpected {
        /// The line of the first one.
        line: usize,
        /// Its text.
        found: Box<str>,
        /// The id that it would become.
        id: Id,
        /// The number of such rows.
        count: usize,
    },
    /// Two rows that would get the same id.
    #[error("line {line}: `{found}` would become {id}, and so would line {first_line}")]
    SameId {
        /// The line of the second row.
        line: usize,
        /// Its text.
        found: Box<str>,
        /// The line of the first row.
        first_line: usize,
        /// The id.
        id: Id,
    },
    /// Frames that seem to be counted from another number, without proof.
    #[error(
        "every frame number is expected after adding {offset}, but the first and last rows of video {video} do not prove that \
         its frames were counted from another number"
    )]
    OffsetNotProven {
        /// What would be added.
        offset: i64,
        /// The first video without proof.
        video: u64,
    },
}

/// What can be done about the ids of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RepairProposal {
    /// No id needs a repair, or none can be repaired: reading the file gives its problems.
    Nothing,
    /// Repairs after which every row has an expected id of its own.
    Certain(RepairedFile),
    /// Some ids look as if they could be repaired, but that is not certain. Nothing is changed.
    Ambiguous(Ambiguity),
}

/// Proposes repairs of the ids of a submission, or of the frame numbers of a scores file.
///
/// Ids are repaired that are written with blanks, a file extension, words, another separator or leading zeros
/// (`01_frame_0004.jpg` is `1_4`), and frame numbers that count from another first number. Such an offset of one frame is
/// certain only if the first and the last row of every video of the file become the first and last expected frame.
///
/// All repairs are certain, or none is made: after them every row must have an expected id, and no two rows the same.
/// Missing rows are no obstacle.
///
/// ```
/// use oddframe_submit::{Ids, IdRepairKind, RepairProposal, propose_id_repairs};
///
/// let ids = Ids::parse(b"Id\n1_0\n1_1\n1_2\n")?;
/// let file = b"Id,Predicted\n01_frame_0001,0.5\n01_frame_0002,1\n";
/// let RepairProposal::Certain(repaired) = propose_id_repairs(file, &ids) else { panic!("not certain") };
/// assert_eq!(repaired.bytes(), b"Id,Predicted\n1_1,0.5\n1_2,1\n");
/// let kinds: Vec<_> = repaired.repairs().iter().map(|repair| (repair.kind, repair.count)).collect();
/// assert_eq!(kinds, [(IdRepairKind::Words, 2), (IdRepairKind::LeadingZeros, 2)]);
///
/// // Frames 1 to 3 of a video that has frames 0 to 2.
/// let file = b"Id,Predicted\n1_1,0.5\n1_2,1\n1_3,0\n";
/// assert!(matches!(propose_id_repairs(file, &ids), RepairProposal::Certain(_)));
/// // Without its first row, the file could also be another one.
/// let file = b"Id,Predicted\n1_2,1\n1_3,0\n";
/// assert!(matches!(propose_id_repairs(file, &ids), RepairProposal::Ambiguous(_)));
/// # Ok::<(), oddframe_submit::Error>(())
/// ```
pub fn propose_id_repairs(bytes: &[u8], ids: &Ids) -> RepairProposal {
    let Some(rows) = FileRows::read(bytes) else {
        return RepairProposal::Nothing;
    };
    match repair_rows(&rows, ids) {
        Ok(Some(repaired)) => RepairProposal::Certain(repaired),
        Ok(None) => RepairProposal::Nothing,
        Err(ambiguity) => RepairProposal::Ambiguous(ambiguity),
    }
}

/// A row whose id is understood.
struct ReadRow {
    id: Id,
    kinds: KindSet,
}

fn repair_rows(rows: &FileRows<'_>, ids: &Ids) -> Result<Option<RepairedFile>, Ambiguity> {
    let Some(mut read) = read_rows(rows)? else {
        return Ok(None);
    };
    let has_kinds = read.iter().any(|row| !row.kinds.is_empty());
    let mut cursor = Cursor::default();
    let mut unknown = read
        .iter()
        .zip(rows.rows())
        .filter(|(row, _)| ids.find_slot(row.id, &mut cursor).is_none());
    if let Some((first, row)) = unknown.next() {
        let not_expected = Ambiguity::NotExpected {
            line: row.line,
            found: excerpt(&row.id_text()),
            id: first.id,
            count: 1 + unknown.count(),
        };
        let candidates = find_offsets(&read.iter().map(|row| row.id), ids);
        let Some(first_offset) = candidates.first().copied() else {
            // Ids of another data set, or of frames that do not exist: there is nothing to repair.
            return if has_kinds {
                Err(not_expected)
            } else {
                Ok(None)
            };
        };
        let mut unproven = None;
        let proven = candidates.into_iter().find(|offset| {
            let proof = is_proven(read.iter().map(|row| row.id), *offset, ids);
            unproven = unproven.or(proof.err());
            proof.is_ok()
        });
        let Some(offset) = proven else {
            return Err(Ambiguity::OffsetNotProven {
                offset: first_offset,
                video: unproven.unwrap_or(first.id.video),
            });
        };
        for row in &mut read {
            // An offset is a candidate only if every id has one with it.
            row.id = shift(row.id, offset).unwrap_or(row.id);
            row.kinds.insert(IdRepairKind::FrameOffset);
        }
    } else if !has_kinds {
        return Ok(None);
    }
    check_distinct(&read, rows, ids)?;
    Ok(Some(RepairedFile {
        repairs: count_repairs(&read, rows),
        bytes: rows.with_ids(read.iter().map(|row| (row.id, !row.kinds.is_empty()))),
    }))
}

/// Reads the id of every row; `None` if no id of another shape is understood.
fn read_rows(rows: &FileRows<'_>) -> Result<Option<Vec<ReadRow>>, Ambiguity> {
    let (mut read, mut repairable, mut strange) = (Vec::new(), false, None);
    for row in rows.rows() {
        match row.read_id() {
            Some((id, kinds)) => {
                repairable |= !kinds.is_empty();
                read.push(ReadRow { id, kinds });
            }
            None => {
                strange.get_or_insert(row);
            }
        }
    }
    match strange {
        None => Ok(Some(read)),
        Some(row) if repairable => Err(Ambiguity::NotUnderstood {
            line: row.line,
            found: excerpt(&row.id_text()),
        }),
        Some(_) => Ok(None),
    }
}

fn check_distinct(read: &[ReadRow], rows: &FileRows<'_>, ids: &Ids) -> Result<(), Ambiguity> {
    let mut first_lines = vec![0; ids.len()];
    let mut cursor = Cursor::default();
    for (ReadRow { id, .. }, row) in read.iter().zip(rows.rows()) {
        let Some(slot) = ids.find_slot(*id, &mut cursor) else {
            continue;
        };
        match first_lines[slot] {
            0 => first_lines[slot] = row.line,
            first_line => {
                return Err(Ambiguity::SameId {
                    line: row.line,
                    found: excerpt(&row.id_text()),
                    first_line,
                    id: *id,
                });
            }
        }
    }
    Ok(())
}

fn count_repairs(read: &[ReadRow], rows: &FileRows<'_>) -> Vec<IdRepair> {
    let count = |kind: IdRepairKind| {
        let mut changed = read
            .iter()
            .zip(rows.rows())
            .filter(|(row, _)| row.kinds.contains(kind));
        let (row, file_row): (&ReadRow, &FileRow<'_>) = changed.next()?;
        Some(IdRepair {
            kind,
            count: 1 + changed.count(),
            line: file_row.line,
            found: excerpt(&file_row.id_text()),
            id: row.id,
        })
    };
    IdRepairKind::ALL.into_iter().filter_map(count).collect()
}

#[cfg(test)]
mod tests;
