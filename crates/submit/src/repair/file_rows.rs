use std::borrow::Cow;

use oddframe_core::{FrameNumber, last_number, quote_csv_field};

use super::id_text::{KindSet, read_id_text};
use crate::id::Id;
use crate::lines::{COMMAS, Lines};
use crate::schema::SCORES_COLUMNS;

/// The rows of a file, with the fields that hold their ids.
pub(super) struct FileRows<'a> {
    header: (usize, &'a str),
    rows: Vec<FileRow<'a>>,
}

/// One row.
pub(super) struct FileRow<'a> {
    pub(super) line: usize,
    /// The whole row, as the file has it.
    text: &'a str,
    id: IdFields<'a>,
}

/// The fields of an id.
enum IdFields<'a> {
    /// A submission: the first column.
    One(Cow<'a, str>),
    /// A scores file: the columns of the video and of the frame.
    Two(Cow<'a, str>, Cow<'a, str>),
}

impl<'a> FileRows<'a> {
    /// Reads the rows of a submission with two columns or of a scores file. `None` for anything else, and for files whose
    /// rows cannot be split into fields: they have problems that come before their ids.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut lines = Lines::new(bytes).ok()?;
        let header = lines.next()?;
        let mut fields = Vec::new();
        if !COMMAS.split_line(header.1, &mut fields) {
            return None;
        }
        let columns = fields.len();
        let has_two = fields == SCORES_COLUMNS || fields == SCORES_COLUMNS[..3];
        // Without a header the first line is a row; the reader of the file says so.
        let is_row = read_id_text(&fields[0]).is_some();
        if !has_two && columns != 2 || is_row {
            return None;
        }
        let mut rows = Vec::new();
        for (line, text) in lines {
            if !COMMAS.split_line(text, &mut fields) || fields.len() != columns {
                return None;
            }
            let id = if has_two {
                let frame = fields.swap_remove(1);
                IdFields::Two(fields.swap_remove(0), frame)
            } else {
                IdFields::One(fields.swap_remove(0))
            };
            rows.push(FileRow { line, text, id });
        }
        (!rows.is_empty()).then_some(Self { header, rows })
    }

    pub(super) fn rows(&self) -> &[FileRow<'a>] {
        &self.rows
    }

    /// The file with other ids, where a row is marked as changed. Rows stay on their lines.
    pub(super) fn with_ids(&self, ids: impl Iterator<Item = (Id, bool)>) -> Vec<u8> {
        let mut text = String::new();
        let mut written = 0;
        let mut write_line = |line: usize, content: &str| {
            // Blank lines stay, so that later messages name the lines of the original file.
            while written + 1 < line {
                text.push('\n');
                written += 1;
            }
            text.push_str(content);
            text.push('\n');
            written += 1;
        };
        write_line(self.header.0, self.header.1);
        for (row, (id, is_changed)) in self.rows.iter().zip(ids) {
            if is_changed {
                write_line(row.line, &row.with_id(id));
            } else {
                write_line(row.line, row.text);
            }
        }
        text.into_bytes()
    }
}

impl FileRow<'_> {
    /// The id as the file has it; that of a scores file is put together.
    pub(super) fn id_text(&self) -> Cow<'_, str> {
        match &self.id {
            IdFields::One(text) => Cow::Borrowed(text),
            IdFields::Two(video, frame) => format!("{video}_{frame}").into(),
        }
    }

    /// The id, and the repairs that its text needs.
    pub(super) fn read_id(&self) -> Option<(Id, KindSet)> {
        match &self.id {
            IdFields::One(text) => read_id_text(text),
            // Scores files name videos freely, and every reader of them accepts leading zeros.
            IdFields::Two(video, frame) => {
                let is_number = !frame.is_empty() && frame.bytes().all(|b| b.is_ascii_digit());
                let id = Id {
                    video: last_number(video)?,
                    frame: FrameNumber(is_number.then(|| frame.parse().ok())??),
                };
                Some((id, KindSet::default()))
            }
        }
    }

    fn with_id(&self, id: Id) -> String {
        let mut fields = Vec::new();
        // The row was split before, so this succeeds again.
        let _ = COMMAS.split_line(self.text, &mut fields);
        match &self.id {
            IdFields::One(_) => fields[0] = id.to_string().into(),
            IdFields::Two(..) => fields[1] = id.frame.to_string().into(),
        }
        let fields: Vec<_> = fields.iter().map(|field| quote_csv_field(field)).collect();
        fields.join(",")
    }
}
