use oddframe_core::{FrameNumber, Rect};

use crate::error::Problem;

/// The columns of a file of detections, in the order of [`Fields`].
pub(super) const COLUMNS: [&str; 8] = [
    "video",
    "frame",
    "x1",
    "y1",
    "x2",
    "y2",
    "confidence",
    "class",
];

/// The values of a row as text, in the order of [`COLUMNS`]. CSV and JSON lines share the checks by sharing this form.
pub(super) type Fields<'a> = [&'a str; 8];

/// A row that was checked.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) video: &'a str,
    pub(super) frame: FrameNumber,
    pub(super) area: Rect,
    pub(super) confidence: f32,
    pub(super) class: &'a str,
}

/// Checks the fields of a row.
pub(super) fn parse_row<'a>(fields: &Fields<'a>) -> Result<Row<'a>, Problem> {
    if let Some(place) = fields.iter().position(|field| field.is_empty()) {
        return Err(Problem::EmptyField {
            column: COLUMNS[place],
        });
    }
    let frame = parse_frame(fields[1])?;
    let area = parse_area([fields[2], fields[3], fields[4], fields[5]])?;
    let confidence = parse_number("confidence", fields[6])?;
    if !(0.0..=1.0).contains(&confidence) {
        return Err(Problem::ConfidenceRange { value: confidence });
    }
    Ok(Row {
        video: fields[0],
        frame,
        area,
        confidence: confidence as f32,
        class: fields[7],
    })
}

/// A box from the columns `x1,y1,x2,y2`.
pub(crate) fn parse_area(fields: [&str; 4]) -> Result<Rect, Problem> {
    let mut edges = [0.0; 4];
    for ((edge, text), column) in edges.iter_mut().zip(fields).zip(["x1", "y1", "x2", "y2"]) {
        *edge = parse_number(column, text)?;
    }
    let [left, top, right, bottom] = edges;
    check_edges("x1", left, "x2", right)?;
    check_edges("y1", top, "y2", bottom)?;
    Ok(Rect {
        left,
        top,
        right,
        bottom,
    })
}

/// Frames are numbered as their files are: `005` is frame 5.
pub(crate) fn parse_frame(text: &str) -> Result<FrameNumber, Problem> {
    match text.parse() {
        Ok(number) => Ok(FrameNumber(number)),
        Err(_) if text.parse::<f64>().is_ok_and(|number| number < 0.0) => {
            Err(Problem::NegativeFrame { text: text.into() })
        }
        Err(_) => Err(Problem::NotANumber {
            column: "frame",
            text: text.into(),
            expected: "a whole number",
        }),
    }
}

pub(crate) fn parse_number(column: &'static str, text: &str) -> Result<f64, Problem> {
    let number: f64 = text.parse().map_err(|_| Problem::NotANumber {
        column,
        text: text.into(),
        expected: "a number",
    })?;
    if !number.is_finite() {
        let text = text.into();
        return Err(Problem::NotFinite { column, text });
    }
    Ok(number)
}

fn check_edges(
    low_column: &'static str,
    low: f64,
    high_column: &'static str,
    high: f64,
) -> Result<(), Problem> {
    if high > low {
        return Ok(());
    }
    Err(Problem::EmptyBox {
        low_column,
        low,
        high_column,
        high,
    })
}
