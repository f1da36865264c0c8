//! Scoring frame by frame.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use numpy::{PyReadonlyArrayDyn, PyUntypedArrayMethods};
use oddframe::core::{Frame, FrameNumber, FrameShape, Origin, PixelFormat};
use oddframe::pipeline::{LiveScore, LiveScorer};
use pyo3::prelude::*;

use crate::arguments::prepare;
use crate::data::shape_of;
use crate::errors::{Failure, Kind, run};

/// A box as left, top, right, bottom and score.
type BoxRow = (f64, f64, f64, f64, f64);

/// Frame, score, calibrated score, whether it was computed from this frame, boxes, cue and sentence.
type ScoreRow = (
    u64,
    f64,
    Option<f64>,
    bool,
    Vec<BoxRow>,
    Option<String>,
    Option<String>,
);

/// Scores one video whose frames arrive one by one.
#[pyclass(module = "oddframe", frozen)]
pub(crate) struct Scorer {
    state: Mutex<State>,
}

struct State {
    /// None after the end or an error.
    scorer: Option<LiveScorer>,
    /// The number that the next frame gets if the caller gives none.
    next: u64,
}

impl Scorer {
    pub(crate) fn new(scorer: LiveScorer) -> Self {
        Self {
            state: Mutex::new(State {
                scorer: Some(scorer),
                next: 0,
            }),
        }
    }
}

#[pymethods]
impl Scorer {
    /// Takes the next frame, of shape (H, W) or (H, W, 3), and returns the scores that are now settled.
    #[pyo3(signature = (frame, number=None, seconds=None))]
    fn push<'py>(
        &self,
        py: Python<'py>,
        frame: &Bound<'py, PyAny>,
        number: Option<u64>,
        seconds: Option<f64>,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let frame: PyReadonlyArrayDyn<'py, u8> = prepare(py, "as_frame", (frame,))?.extract()?;
        let shape = frame_shape(frame.shape()).map_err(|failure| failure.into_exception(py))?;
        let pixels = match frame.as_slice() {
            Ok(pixels) => pixels.to_vec(),
            Err(_) => frame.as_array().iter().copied().collect(),
        };
        let settled = run(py, || {
            let time = seconds.map(Duration::try_from_secs_f64).transpose();
            let time = time.map_err(|error| Failure::argument(format!("seconds: {error}")))?;
            // Another thread may push at the same time; frames are then taken one after the other.
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let number = number.unwrap_or(state.next);
            if number < state.next {
                return Err(Failure::argument(format!(
                    "frame {number} comes after frame {}: frame numbers rise",
                    state.next - 1
                )));
            }
            let mut taken = Frame::from_pixels(shape, FrameNumber(number), pixels)
                .map_err(Failure::argument)?;
            taken.set_time(time);
            let Some(mut scorer) = state.scorer.take() else {
                return Err(closed());
            };
            // The scorer is put back only if it has taken the frame: after an error or a panic it stays closed.
            let settled = scorer.push(taken)?;
            state.scorer = Some(scorer);
            state.next = number.saturating_add(1);
            Ok(settled)
        })?;
        as_frame_scores(py, settled)
    }

    /// Ends the video, and returns the scores of all frames that had none.
    fn finish<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let settled = run(py, || {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let scorer = state.scorer.take().ok_or_else(closed)?;
            Ok(scorer.finish()?)
        })?;
        as_frame_scores(py, settled)
    }

    fn __enter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __exit__(
        &self,
        py: Python<'_>,
        _kind: &Bound<'_, PyAny>,
        _error: &Bound<'_, PyAny>,
        _traceback: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        self.close(py)
    }

    /// Ends the video without the scores that are not settled. A scorer that has ended stays as it is.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        run(py, || {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.scorer = None;
            Ok(())
        })
    }

    #[getter]
    fn closed(&self) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.scorer.is_none()
    }

    fn __repr__(&self) -> &'static str {
        if self.closed() {
            "<oddframe.Scorer, closed>"
        } else {
            "<oddframe.Scorer>"
        }
    }
}

fn closed() -> Failure {
    Failure::Message(
        Kind::Closed,
        "the scorer is closed: its video has ended, or a frame gave an error; start a new one with Model.scorer".to_owned(),
    )
}

fn frame_shape(shape: &[usize]) -> Result<FrameShape, Failure> {
    match *shape {
        [height, width] => shape_of(width, height, PixelFormat::Gray),
        [height, width, 3] => shape_of(width, height, PixelFormat::Rgb),
        _ => Err(Failure::argument(format!(
            "a frame has shape (H, W) or (H, W, 3), not {shape:?}"
        ))),
    }
}

/// Settled scores as `oddframe.FrameScore`.
fn as_frame_scores(py: Python<'_>, settled: Vec<LiveScore>) -> PyResult<Vec<Bound<'_, PyAny>>> {
    let settled = settled.into_iter();
    settled
        .map(|score| prepare(py, "as_frame_score", row_of(score)))
        .collect()
}

fn row_of(settled: LiveScore) -> ScoreRow {
    let boxes = settled.score.boxes.iter().map(|found| {
        let area = found.area;
        (area.left, area.top, area.right, area.bottom, found.score)
    });
    let boxes = boxes.collect();
    let (cue, sentence) = match settled.score.reason {
        Some(reason) => (Some(reason.cue.into_owned()), Some(reason.sentence)),
        None => (None, None),
    };
    (
        settled.frame.0,
        settled.score.value,
        settled.calibrated,
        settled.score.origin == Origin::Computed,
        boxes,
        cue,
        sentence,
    )
}
