use std::borrow::Cow;
use std::collections::HashMap;
use std::fs;
use std::path::Path;

use oddframe_core::{FrameNumber, Video, VideoId};

use crate::error::Error;
use crate::id::Id;
use crate::id_rule::video_numbers;
use crate::lines::{COMMAS, Lines};
use crate::missing::{Missing, MissingRun, Place};
use crate::problem::Problem;
use crate::schema::Schema;
use crate::text::excerpt;

/// The ids that a submission must contain, each exactly once, in the order of the file that listed them.
///
/// ```
/// use oddframe_submit::{Id, Ids};
///
/// // A sample submission will do; its scores are ignored.
/// let ids = Ids::parse(b"Id,Predicted\n2_5,0\n1_9,0\n2_4,0\n")?;
/// assert_eq!((ids.len(), ids.videos()), (3, 2));
/// assert_eq!(ids.iter().map(|id| id.to_string()).collect::<Vec<_>>(), ["2_5", "1_9", "2_4"]);
/// assert!(Id::parse("1_9").is_some_and(|id| ids.contains(id)));
/// # Ok::<(), oddframe_submit::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Ids {
    order: Vec<Id>,
    videos: Vec<IdVideo>,
    by_number: HashMap<u64, usize>,
}

/// The expected frames of one video, rising.
///
/// A *slot* is the index of a frame when the frames of all videos are listed one video after the other.
#[derive(Debug, Clone)]
pub(crate) struct IdVideo {
    number: u64,
    name: VideoId,
    frames: Vec<FrameNumber>,
    start: usize,
}

impl IdVideo {
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    pub(crate) fn name(&self) -> &VideoId {
        &self.name
    }

    pub(crate) fn frames(&self) -> &[FrameNumber] {
        &self.frames
    }

    pub(crate) fn slot_of(&self, index: usize) -> usize {
        self.start + index
    }

    /// The index of a frame. In a video without gaps it follows from the frame number; otherwise it is
    /// searched.
    fn find_frame(&self, frame: FrameNumber) -> Option<usize> {
        // The guess is verified, so a video with gaps falls back to a binary search.
        let offset = self
            .frames
            .first()
            .and_then(|first| frame.0.checked_sub(first.0));
        let index = offset.and_then(|offset| usize::try_from(offset).ok());
        match index.filter(|i| self.frames.get(*i) == Some(&frame)) {
            Some(index) => Some(index),
            None => self.frames.binary_search(&frame).ok(),
        }
    }

    pub(crate) fn id_at(&self, index: usize) -> Id {
        Id {
            video: self.number,
            frame: self.frames[index],
        }
    }
}

/// The slot of the last search. Most files are in order, so the next id usually has the next slot.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cursor {
    video: usize,
    index: usize,
}

impl Ids {
    /// Reads a file with a header and a column of ids: the column `Id` (in any case), or the first column
    /// whose first value is an id. Other columns are ignored, so a sample submission will do.
    ///
    /// # Errors
    /// When the file cannot be read or has no such column, an id has another shape or occurs twice, or there
    /// are no ids. The error names the line of the first problem.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let bytes = fs::read(path).map_err(|source| Error::Read {
            path: Some(path.to_path_buf()),
            source,
        })?;
        Self::parse(&bytes).map_err(|e| e.in_file(path))
    }

    /// Reads ids like [`Self::read`], from the bytes of a file.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let mut lines = Lines::new(bytes)?;
        let (line, text) = lines.next().ok_or(Problem::Empty)?;
        let mut fields = Vec::new();
        if !COMMAS.split_line(text, &mut fields) {
            return Err(Problem::Quote { line }.into());
        }
        let name = Schema::default().id().into();
        let columns = fields.len();
        let column = match find_id_column(&fields, lines.clone().next()) {
            Some(column) => column,
            None if fields.iter().any(|f| Id::parse(f).is_some()) => {
                return Err(Problem::NoHeader {
                    line,
                    expected: name,
                    found: excerpt(text),
                }
                .into());
            }
            None => {
                return Err(Problem::MissingColumn {
                    line,
                    expected: name,
                }
                .into());
            }
        };
        let mut rows = Vec::new();
        for (line, text) in lines {
            if !COMMAS.split_line(text, &mut fields) {
                return Err(Problem::Quote { line }.into());
            }
            if fields.len() != columns {
                return Err(Problem::ColumnCount {
                    line,
                    expected: columns,
                    found: fields.len(),
                }
                .into());
            }
            let id = Id::parse(&fields[column])
                .ok_or_else(|| Problem::id_shape(&fields[column], line))?;
            rows.push((id, line));
        }
        if rows.is_empty() {
            return Err(Problem::NoRows { line }.into());
        }
        Ok(Self::group_rows(&rows)?)
    }

    /// The ids of every frame of these videos, in their order.
    ///
    /// # Errors
    /// When there are no videos, a name has no number, or two names have the same.
    pub fn from_videos(videos: &[&Video]) -> Result<Self, Error> {
        let numbers = video_numbers(videos.iter().map(|v| v.id()))?;
        if videos.is_empty() {
            return Err(oddframe_core::Error::Nothing { what: "video" }.into());
        }
        let mut ids = Self {
            order: Vec::new(),
            videos: Vec::new(),
            by_number: HashMap::new(),
        };
        for (video, number) in videos.iter().zip(numbers) {
            // Here the order of the ids is that of the slots: video by video, frame by frame.
            ids.by_number.insert(number, ids.videos.len());
            ids.videos.push(IdVideo {
                number,
                name: video.id().clone(),
                frames: video.numbers().to_vec(),
                start: ids.order.len(),
            });
            ids.order.extend(video.numbers().iter().map(|frame| Id {
                video: number,
                frame: *frame,
            }));
        }
        Ok(ids)
    }

    /// Groups ids, each with its line, by video and sorts them by frame.
    fn group_rows(rows: &[(Id, usize)]) -> Result<Self, Problem> {
        let mut by_number: HashMap<u64, usize> = HashMap::new();
        let mut grouped: Vec<(u64, Vec<(FrameNumber, usize)>)> = Vec::new();
        for (id, line) in rows {
            // Rows of one video mostly follow each other, so the last video is tried before the map.
            let place = match grouped.last() {
                Some((number, _)) if *number == id.video => grouped.len() - 1,
                _ => *by_number.entry(id.video).or_insert_with(|| {
                    grouped.push((id.video, Vec::new()));
                    grouped.len() - 1
                }),
            };
            grouped[place].1.push((id.frame, *line));
        }
        // Slots number the frames video by video, in the order in which the videos first occur.
        let (mut videos, mut start) = (Vec::with_capacity(grouped.len()), 0);
        let mut twice: Option<(usize, usize, Id)> = None;
        for (number, mut frames) in grouped {
            frames.sort_unstable();
            for pair in frames.windows(2).filter(|w| w[0].0 == w[1].0) {
                let found = (
                    pair[1].1,
                    pair[0].1,
                    Id {
                        video: number,
                        frame: pair[1].0,
                    },
                );
                // The earliest repeated line is reported, as a reader of the file would find it.
                twice = Some(twice.map_or(found, |before| before.min(found)));
            }
            let name = VideoId::new(&number.to_string());
            let frames: Vec<_> = frames.into_iter().map(|(frame, _)| frame).collect();
            let count = frames.len();
            videos.push(IdVideo {
                number,
                name,
                frames,
                start,
            });
            start += count;
        }
        match twice {
            Some((line, first_line, id)) => Err(Problem::Duplicate {
                line,
                first_line,
                id: id.to_string().into(),
            }),
            None => Ok(Self {
                order: rows.iter().map(|(id, _)| *id).collect(),
                videos,
                by_number,
            }),
        }
    }

    /// The number of ids.
    #[expect(
        clippy::len_without_is_empty,
        reason = "there is always at least one id"
    )]
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// The number of videos that the ids belong to.
    pub fn videos(&self) -> usize {
        self.videos.len()
    }

    /// The ids in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = Id> {
        self.order.iter().copied()
    }

    /// Whether this id is expected.
    pub fn contains(&self, id: Id) -> bool {
        self.find_slot(id, &mut Cursor::default()).is_some()
    }

    pub(crate) fn by_video(&self) -> &[IdVideo] {
        &self.videos
    }

    pub(crate) fn find_video(&self, number: u64) -> Option<&IdVideo> {
        self.by_number
            .get(&number)
            .map(|place| &self.videos[*place])
    }

    /// The expected ids for whose slots `has` returns false.
    pub(crate) fn find_missing(&self, has: impl Fn(usize) -> bool) -> Missing {
        let mut runs = Vec::new();
        for video in &self.videos {
            let frames = video.frames.len();
            let mut next = 0;
            // In turn: skips the ids that are there, then counts the missing ones that follow each other.
            while let Some(skip) = (next..frames).position(|i| !has(video.slot_of(i))) {
                let first = next + skip;
                let count = (first..frames)
                    .take_while(|i| !has(video.slot_of(*i)))
                    .count();
                next = first + count;
                let place = match (first == 0, next == frames) {
                    (true, true) => Place::Whole,
                    (true, false) => Place::Start,
                    (false, true) => Place::End,
                    (false, false) => Place::Inside,
                };
                runs.push(MissingRun {
                    first: video.id_at(first),
                    last: video.id_at(next - 1),
                    count,
                    place,
                });
            }
        }
        Missing::new(runs, self.videos.len())
    }

    /// The slot of an id, below [`Self::len`].
    pub(crate) fn find_slot(&self, id: Id, cursor: &mut Cursor) -> Option<usize> {
        // Moves the cursor to the video of the id, then to its frame; both are usually there already.
        if self
            .videos
            .get(cursor.video)
            .is_none_or(|video| video.number != id.video)
        {
            *cursor = Cursor {
                video: *self.by_number.get(&id.video)?,
                index: 0,
            };
        }
        let video = &self.videos[cursor.video];
        if video.frames.get(cursor.index) != Some(&id.frame) {
            cursor.index = video.find_frame(id.frame)?;
        }
        // The cursor moves behind the id, where a file in order has its next one.
        cursor.index += 1;
        Some(video.slot_of(cursor.index - 1))
    }
}

/// The column of the ids, found by its name or by the values of the first row.
fn find_id_column(header: &[Cow<'_, str>], first: Option<(usize, &str)>) -> Option<usize> {
    let by_name = header
        .iter()
        .position(|f| f.eq_ignore_ascii_case(Schema::default().id()));
    if by_name.is_some() || find_id(header).is_some() {
        return by_name;
    }
    // The header has neither the name nor an id. The first row shows which of its columns holds ids.
    let (_, text) = first?;
    let mut fields = Vec::new();
    COMMAS
        .split_line(text, &mut fields)
        .then(|| find_id(&fields))?
        .filter(|column| *column < header.len())
}

fn find_id(fields: &[Cow<'_, str>]) -> Option<usize> {
    fields.iter().position(|f| Id::parse(f).is_some())
}

#[cfg(test)]
mod tests {
    use oddframe_core::{FrameShape, PixelFormat};

    use super::*;

    fn texts(ids: &Ids) -> Vec<String> {
        ids.iter().map(|id| id.to_string()).collect()
    }

    fn problem(csv: &str) -> Problem {
        match Ids::parse(csv.as_bytes()) {
            Err(Error::Invalid { problem, .. }) => problem,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_order_is_kept_and_every_id_is_found() {
        let ids = Ids::parse(b"x,ID,y\n,2_5,\n,1_9,\n,2_4,\n\n,1_3,\n").unwrap();
        assert_eq!(texts(&ids), ["2_5", "1_9", "2_4", "1_3"]);
        assert_eq!((ids.len(), ids.videos()), (4, 2));
        let mut cursor = Cursor::default();
        let slots: Vec<_> = ids
            .iter()
            .map(|id| ids.find_slot(id, &mut cursor).unwrap())
            .collect();
        assert_eq!(slots, [1, 3, 0, 2]);
        assert!(ids.contains(Id::parse("1_3").unwrap()));
        assert_eq!(
            texts(&Ids::parse(b"score,row\n0,\"1_3\"\n").unwrap()),
            ["1_3"]
        );
        for strange in ["1_4", "3_3", "2_6"] {
            assert_eq!(
                ids.find_slot(Id::parse(strange).unwrap(), &mut cursor),
                None
            );
        }
    }

    #[test]
    fn ids_are_made_from_videos() {
        let shape = FrameShape::new(2, 2, PixelFormat::Gray).unwrap();
        let video = |id: &str, n: &[u64]| {
            Video::new(
                id.into(),
                shape,
                n.iter().copied().map(FrameNumber).collect(),
            )
            .unwrap()
        };
        let (one, two, seven) = (
            video("01", &[939, 941]),
            video("Test002", &[0]),
            video("02", &[1]),
        );
        assert_eq!(
            texts(&Ids::from_videos(&[&one, &two]).unwrap()),
            ["1_939", "1_941", "2_0"]
        );
        assert!(matches!(
            Ids::from_videos(&[&two, &seven]),
            Err(Error::SharedNumber { .. })
        ));
        assert!(matches!(Ids::from_videos(&[]), Err(Error::Core(_))));
    }

    #[test]
    fn errors_name_the_first_problem() {
        assert_eq!(problem(""), Problem::Empty);
        assert_eq!(problem("Id\n"), Problem::NoRows { line: 1 });
        assert_eq!(
            problem("\n1_2\n1_3\n"),
            Problem::NoHeader {
                line: 2,
                expected: "Id".into(),
                found: "1_2".into()
            }
        );
        assert_eq!(
            problem("video\n1\n"),
            Problem::MissingColumn {
                line: 1,
                expected: "Id".into()
            }
        );
        assert_eq!(
            problem("video\n1,1_2\n"),
            Problem::MissingColumn {
                line: 1,
                expected: "Id".into()
            }
        );
        let meant = Id::parse("1_2");
        assert_eq!(
            problem("Id\n01_2\n"),
            Problem::IdShape {
                line: 2,
                found: "01_2".into(),
                meant
            }
        );
        assert_eq!(
            problem("Id,a\n1_2\n"),
            Problem::ColumnCount {
                line: 2,
                expected: 2,
                found: 1
            }
        );
        assert_eq!(problem("Id\n\"1_2\n"), Problem::Quote { line: 2 });
        let twice = Problem::Duplicate {
            line: 4,
            first_line: 2,
            id: "2_2".into(),
        };
        assert_eq!(problem("Id\n2_2\n1_2\n2_2\n1_2\n"), twice);
    }
}
