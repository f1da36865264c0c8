//! What was found, in a sentence and in pictures.

use oddframe_pipeline::{EventsFile, Moment};

use crate::Error;
use crate::contents::{Contents, VideoContents};
use crate::level::Level;
use crate::still::{nearest_picture, render_still};
use crate::text::{count_of, escape, format_rate, format_score, format_time, put};

/// A picture so many frames away still shows a moment.
const NEAR_FRAMES: u64 = 25;

/// Appends the first section.
pub(crate) fn render_found(
    page: &mut String,
    contents: &Contents<'_>,
    level: Level,
) -> Result<(), Error> {
    put!(
        page,
        "<section id=\"found\" aria-labelledby=\"found-title\"><h2 id=\"found-title\">What was found</h2>\n\
         <p class=\"headline\">{}</p>\n",
        describe_findings(contents)
    );
    for warning in &contents.outcome.warnings {
        put!(page, "<p class=\"warning\">{}</p>\n", escape(warning));
    }
    if let Some(file) = &contents.events {
        render_threshold(page, file);
    }
    if let Some(heat) = &contents.heat {
        put!(
            page,
            "<p class=\"note\">The colours on the pictures are the errors of {}, the highest in red. The switch at the top turns them \
             off.</p>\n",
            escape(&heat.system)
        );
    }
    page.push_str("<ol class=\"moments\">\n");
    for moment in &contents.moments {
        if let Some((place, video)) = contents.video(moment) {
            render_moment(page, contents, moment, (place, video), level)?;
        }
    }
    page.push_str("</ol>\n");
    if contents.pictures && contents.blur {
        page.push_str(
            "<p class=\"note\">Pictures are pixelated inside the boxes that a system scored, or as a whole where a frame has no \
             box. Faces are not looked for: a person whom no box marks stays visible in a frame that has other boxes.</p>\n",
        );
    }
    page.push_str("</section>\n");
    Ok(())
}

/// The findings in one sentence, as HTML.
fn describe_findings(contents: &Contents<'_>) -> String {
    let videos = count_of(contents.videos.len(), "video");
    let oddest = contents.moments.first().and_then(|moment| {
        let (_, video) = contents.video(moment)?;
        Some(describe_moment(contents, moment, video))
    });
    match (&contents.events, oddest) {
        (Some(file), Some(oddest)) => format!(
            "{} in {videos}; the oddest: {oddest}.",
            count_of(file.events.len(), "odd moment")
        ),
        (Some(_), None) => format!("Nothing odd in {videos}."),
        (None, Some(oddest)) => format!(
            "The oddest moment in {videos}: {oddest}. No alarm threshold was set, so these are the highest scores, odd or not."
        ),
        (None, None) => format!("{videos}, and no score."),
    }
}

/// How the threshold was chosen and how often it gives a false alarm.
fn render_threshold(page: &mut String, file: &EventsFile) {
    let rate = format_rate(file.false_alarms_per_hour);
    let alarms = if rate == "1" {
        "false alarm"
    } else {
        "false alarms"
    };
    put!(
        page,
        "<p class=\"note\">Alarm threshold {}, chosen from {}. To be expected in an hour of normal video: {rate} {alarms}",
        format_score(file.threshold),
        escape(&file.threshold_from),
    );
    if let Some([low, high]) = file.interval {
        put!(
            page,
            " (with 95% confidence between {} and {})",
            format_rate(low),
            format_rate(high)
        );
    }
    page.push_str(".</p>\n");
}

/// Where a moment is and why it stands out: "video 3, 0:12, moving 3.1 times the usual speed".
fn describe_moment(contents: &Contents<'_>, moment: &Moment, video: &VideoContents) -> String {
    let place = describe_place(moment, video);
    match reason_of(contents, moment, video) {
        Some(reason) => format!("{place}, {}", escape(reason)),
        None => place,
    }
}

/// The reason of the event, or of the frame itself.
fn reason_of<'c>(
    contents: &'c Contents<'_>,
    moment: &Moment,
    video: &'c VideoContents,
) -> Option<&'c str> {
    let file = contents.events.as_ref();
    let event = file.and_then(|file| file.events.get(moment.event?));
    event
        .and_then(|event| event.reason.as_deref())
        .or_else(|| video.reason(moment.frame))
}

fn describe_place(moment: &Moment, video: &VideoContents) -> String {
    let id = escape(&moment.video.to_string());
    let when = match video.clock.seconds_of(moment.frame.0) {
        Some(seconds) => format_time(seconds),
        None => format!("frame {}", moment.frame),
    };
    format!("video <bdi>{id}</bdi>, {when}")
}

fn render_moment(
    page: &mut String,
    contents: &Contents<'_>,
    moment: &Moment,
    (place, video): (usize, &VideoContents),
    level: Level,
) -> Result<(), Error> {
    put!(
        page,
        "<li><a href=\"#v{place}\" data-frame=\"{}\">",
        moment.frame
    );
    let picture = nearest_picture(video, moment.frame, NEAR_FRAMES);
    let picture = picture.filter(|_| contents.pictures && level.moments);
    if let Some(picture) = picture {
        render_still(page, contents, video, picture)?;
    }
    put!(
        page,
        "<span class=\"when\">{}</span></a><span class=\"why\">score {}",
        describe_place(moment, video),
        format_score(moment.score)
    );
    if let Some(reason) = reason_of(contents, moment, video) {
        put!(page, ": {}", escape(reason));
    }
    if let Some(picture) = picture
        && picture.frame != moment.frame.0
    {
        put!(page, " (picture of frame {})", picture.frame);
    }
    page.push_str("</span></li>\n");
    Ok(())
}
