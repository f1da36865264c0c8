//! The text of the page.

use std::fs;

use oddframe_core::{FrameNumber, VideoId};
use oddframe_report::{Error, ReportOptions, write_report};
use tempfile::tempdir;

use crate::common::{add_events, open, page_of, run_in};

#[test]
fn the_page_is_made_from_the_folder_alone_and_shows_everything() {
    let folder = tempdir().unwrap();
    let run = run_in(folder.path());
    let page = page_of(&run, ReportOptions::default());
    for part in [
        "The oddest moment in 3 videos",
        "class=\"abnormal\"",
        "Scores against the labels",
        "ROC curve",
        "Precision and recall",
        "Scores of normal and abnormal frames",
        "AUC after each step",
        "gaussian(sigma=1) per video",
        "fused by mean",
        "frames, seed 7",
        "frames, seed 8",
        "validation loss",
        "SHA-256 of the labels",
        "0123abcd",
        "kind = &quot;conv_ae&quot;",
        "label",
    ] {
        assert!(page.contains(part), "{part}");
    }
    // The page loads nothing.
    for address in ["http:", "https:", "url(", "@import", "src=\"/", "<link"] {
        assert!(!page.contains(address), "{address}");
    }
    // The last step gives the figures of the run.
    let outcome = oddframe_pipeline::Outcome::read(&run).unwrap();
    let auc = outcome.fused.figures.evaluation.unwrap().micro_auc;
    let steps = &page[page.find("AUC after each step").unwrap()..];
    let last = steps[..steps.find("</table>").unwrap()]
        .rfind("<tr>")
        .unwrap();
    assert!(
        steps[last..].contains(&format!("<td>{auc:.4}</td>")),
        "{auc}"
    );

    // The same bytes, without the models.
    fs::remove_dir_all(folder.path().join("model")).unwrap();
    assert_eq!(
        page_of(&open(folder.path()), ReportOptions::default()),
        page
    );
    fs::remove_file(run.metrics_file()).unwrap();
    let error = write_report(&run, &ReportOptions::default()).unwrap_err();
    assert!(error.to_string().contains("oddframe finish"), "{error}");
}

#[test]
fn names_and_reasons_are_escaped() {
    let folder = tempdir().unwrap();
    let run = run_in(folder.path());
    add_events(&run);
    let page = page_of(&run, ReportOptions::default());
    assert!(page.contains("&lt;/script&gt;&lt;script&gt;hacked=1"));
    assert!(
        !page.contains("<script>hacked") && !page.contains("<img src=x") && !page.contains("<i>")
    );
    // Each script element of the page is one of its own: the data of three videos, and the program.
    assert_eq!(page.matches("<script").count(), 4);
    assert_eq!(page.matches("</script>").count(), 4);
    assert!(!page.contains("\"' onload"));
}

#[test]
fn events_make_the_headline() {
    let folder = tempdir().unwrap();
    let run = run_in(folder.path());
    add_events(&run);
    let page = page_of(&run, ReportOptions::default());
    assert!(page.contains("1 odd moment in 3 videos; the oddest: video <bdi>"));
    assert!(
        page.contains("</bdi>, 0:00, 2 times &lt;img"),
        "time and reason"
    );
    assert!(
        page.contains("class=\"odd\" x=\"18\""),
        "the event is marked"
    );
    assert!(page.contains("class=\"threshold\""));
    assert!(
        page.contains("class=\"suspended\" x=\"5\" y=\"0\" width=\"2\"")
            && page.contains("2 frames suspended")
    );
    assert!(page.contains("0.5 false alarms (with 95% confidence between 0.1 and 2)"));
    assert!(page.contains("<strong>False alarms</strong> Measured on the 3 videos"));
    // Where the scores have another scale than the threshold, no line is drawn.
    let text = fs::read_to_string(run.events_file()).unwrap();
    let other = text.replace("\"peak_score\":", "\"peak_score\":99.0,\"unused\":");
    fs::write(run.events_file(), &other).unwrap();
    let error = write_report(&run, &ReportOptions::default()).unwrap_err();
    assert!(error.to_string().contains("events.json"), "{error}");
    let peak = text.find("\"peak_score\":").unwrap() + "\"peak_score\":".len();
    let end = peak + text[peak..].find(',').unwrap();
    fs::write(
        run.events_file(),
        format!("{}99.0{}", &text[..peak], &text[end..]),
    )
    .unwrap();
    let page = page_of(&run, ReportOptions::default());
    assert!(!page.contains("class=\"threshold\"") && page.contains("class=\"odd\""));
}

#[test]
fn pictures_are_left_out_until_the_page_fits() {
    let folder = tempdir().unwrap();
    let run = run_in(folder.path());
    let pictures = |page: &str| page.matches("data:image/jpeg").count();
    let whole = page_of(&run, ReportOptions::default());
    let mut before = (whole.len(), pictures(&whole));
    assert!(before.1 > 100, "{before:?}");
    let bare = page_of(&run, ReportOptions::default().with_pictures(false));
    assert_eq!(pictures(&bare), 0);
    for share in [0.7, 0.4, 0.1] {
        let limit = bare.len() + ((whole.len() - bare.len()) as f64 * share) as usize;
        let page = page_of(&run, ReportOptions::default().with_max_bytes(limit));
        assert!(page.len() <= limit && page.len() < before.0);
        assert!(pictures(&page) < before.1);
        before = (page.len(), pictures(&page));
    }
    let error = write_report(&run, &ReportOptions::default().with_max_bytes(10_000)).unwrap_err();
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
}

#[test]
fn a_pixelated_page_holds_no_clear_picture() {
    let folder = tempdir().unwrap();
    let run = run_in(folder.path());
    let clear = page_of(&run, ReportOptions::default());
    let blurred = page_of(&run, ReportOptions::default().with_blur(true));
    let data = |page: &str| -> Vec<String> {
        let parts = page.split("data:image/jpeg;base64,").skip(1);
        parts
            .map(|part| part[..part.find('"').unwrap()].to_owned())
            .collect()
    };
    let (clear, blurred) = (data(&clear), data(&blurred));
    assert_eq!(clear.len(), blurred.len());
    assert!(clear.iter().all(|picture| !blurred.contains(picture)));
    // A recipe can ask for it as well.
    let mut recipe = run.recipe().clone();
    recipe.report.blur = true;
    let by_recipe = page_of(&run.with_recipe(recipe).unwrap(), ReportOptions::default());
    assert_eq!(data(&by_recipe), blurred);
    assert!(by_recipe.contains("Faces are not looked for"));
}

#[test]
fn a_damaged_picture_is_named_and_the_old_page_stays() {
    let folder = tempdir().unwrap();
    let run = run_in(folder.path());
    let before = page_of(&run, ReportOptions::default());
    let path = run.picture_file(&VideoId::new("02"), FrameNumber(10));
    fs::write(&path, b"no picture").unwrap();
    let error = write_report(&run, &ReportOptions::default().with_blur(true)).unwrap_err();
    assert!(error.to_string().contains("10.jpg"), "{error}");
    assert_eq!(fs::read_to_string(run.report_file()).unwrap(), before);
    // A picture that somebody has deleted is left out.
    fs::remove_file(&path).unwrap();
    let page = page_of(&run, ReportOptions::default());
    let pictures = |page: &str| page.matches("data:image/jpeg").count();
    assert!(pictures(&page) < pictures(&before));
}
