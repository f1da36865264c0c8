//! The page in a browser: what the script does, both themes, a phone, and paper. Skipped where Chromium is missing.

use oddframe_report::ReportOptions;
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

use crate::common::{NASTY_REASON, add_events, page_of, run_in};
use crate::webdriver::{ARROW_LEFT, ARROW_RIGHT, Browser, END, HOME};

/// A browser that shows the report of a run with events; none where there is no browser.
fn open_report() -> Option<(Browser, TempDir)> {
    let Some(browser) = Browser::start() else {
        eprintln!("skipped: chromium or chromedriver is not installed");
        return None;
    };
    let folder = tempdir().unwrap();
    let run = run_in(folder.path());
    add_events(&run);
    page_of(&run, ReportOptions::default());
    browser.open(&run.report_file());
    Some((browser, folder))
}

/// The video of the event, which is not the first one of the page.
const VIDEO: &str =
    "const video = document.getElementById(document.querySelector('.moments a').hash.slice(1));";

/// The place of a share of the width of its curve, in the middle of its height.
fn place_on_curve(browser: &Browser, share: f64) -> (i64, i64) {
    let area = browser.run_script(&format!(
        "{VIDEO} const curve = video.querySelector('.curve'); curve.scrollIntoView({{ block: 'center' }});
         const area = curve.getBoundingClientRect(); return [area.left, area.top, area.width, area.height];",
    ));
    let number = |place: usize| area[place].as_f64().unwrap();
    let x = number(0) + share * number(2);
    (x as i64, (number(1) + number(3) / 2.0) as i64)
}

/// What the cursor of the video says, and the frame of its picture.
fn cursor(browser: &Browser) -> (String, String) {
    let shown = browser.run_script(&format!(
        "{VIDEO} return [video.querySelector('.now p').textContent, video.querySelector('.now img').alt];",
    ));
    let text = |place: usize| shown[place].as_str().unwrap().to_owned();
    (text(0), text(1))
}

#[test]
fn mouse_finger_and_keys_move_the_cursor() {
    let Some((browser, _folder)) = open_report() else {
        return;
    };
    // The video has 40 frames, numbered from 0: a quarter of the width is frame 10.
    let (x, y) = place_on_curve(&browser, 0.2625);
    browser.point_at("mouse", x, y);
    let (text, picture) = cursor(&browser);
    assert!(text.starts_with("frame 10, 0:00.4, score "), "{text}");
    assert!(picture.starts_with("frame 10 of "), "{picture}");

    let (x, y) = place_on_curve(&browser, 0.5125);
    browser.point_at("touch", x, y);
    let (text, picture) = cursor(&browser);
    assert!(text.starts_with("frame 20, 0:00.8, score "), "{text}");
    assert!(
        text.contains("in event 1") && text.ends_with(NASTY_REASON),
        "{text}"
    );
    assert!(picture.contains("1 place marked"), "{picture}");

    browser.run_script(&format!("{VIDEO} video.querySelector('.curve').focus()"));
    browser.press(&[ARROW_RIGHT, ARROW_RIGHT, ARROW_LEFT]);
    assert!(cursor(&browser).0.starts_with("frame 21,"));
    browser.press(&[HOME]);
    assert!(cursor(&browser).0.starts_with("frame 0,"));
    browser.press(&[END, ARROW_RIGHT]);
    assert!(cursor(&browser).0.starts_with("frame 39,"));
    // A screen reader hears the same.
    let spoken = browser.run_script(&format!(
        "{VIDEO} const curve = video.querySelector('.curve');
         return [curve.getAttribute('role'), curve.getAttribute('aria-valuenow'), curve.getAttribute('aria-valuetext')];",
    ));
    assert_eq!(
        (spoken[0].as_str(), spoken[1].as_str()),
        (Some("slider"), Some("39"))
    );
    assert!(spoken[2].as_str().unwrap().starts_with("frame 39,"));
    // A moment leads to its frame.
    browser.run_script("document.querySelector('.moments a').click()");
    assert!(cursor(&browser).0.starts_with("frame 20,"));

    assert_eq!(browser.run_script("return typeof hacked"), "undefined");
    assert_eq!(browser.console(), Vec::<Value>::new());
}

/// Returns every text of the page whose contrast with its background is below 4.5, with its contrast.
const FAINT_TEXTS: &str = r#"
const colour = (text) => (text.match(/[\d.]+/g) || []).map(Number);
const light = (rgb) => {
  const [r, g, b] = rgb.map((value) => value / 255)
    .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const background = (element) => {
  for (let node = element; node; node = node.parentElement) {
    const [r, g, b, alpha = 1] = colour(getComputedStyle(node).backgroundColor);
    if (alpha > 0.99) return [r, g, b];
  }
  return [255, 255, 255];
};
document.querySelectorAll("details").forEach((details) => { details.open = true; });
const faint = [];
let texts = 0;
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  if (!walker.currentNode.textContent.trim() || element.closest("script, style") || !element.getClientRects().length) continue;
  texts += 1;
  const style = getComputedStyle(element);
  const ink = colour(element.closest("svg") ? style.fill : style.color).slice(0, 3);
  const [a, b] = [light(ink), light(background(element))].sort((x, y) => y - x);
  const contrast = (a + 0.05) / (b + 0.05);
  if (contrast < 4.5) faint.push([walker.currentNode.textContent.trim(), contrast]);
}
return [texts, faint];
"#;

#[test]
fn all_text_is_easy_to_read_in_both_themes() {
    let Some((browser, _folder)) = open_report() else {
        return;
    };
    let page_colour = "return getComputedStyle(document.body).backgroundColor";
    let mut colours = Vec::new();
    // By the system's theme, and then by the switch: both ways to a theme have to give the same colours.
    for theme in ["light", "dark"] {
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": theme }] });
        browser.devtools("Emulation.setEmulatedMedia", &features);
        let found = browser.run_script(FAINT_TEXTS);
        assert!(found[0].as_u64().unwrap() > 100, "{found}");
        assert_eq!(found[1], json!([]), "{theme}");
        colours.push(browser.run_script(page_colour));
    }
    for theme in [0, 1] {
        browser.run_script("document.getElementById('theme').click()");
        assert_eq!(browser.run_script(page_colour), colours[theme]);
        assert_eq!(
            browser.run_script(FAINT_TEXTS)[1],
            json!([]),
            "switched to {theme}"
        );
    }
    assert_ne!(colours[0], colours[1]);
}

#[test]
fn a_phone_does_not_scroll_sideways() {
    let Some((browser, _folder)) = open_report() else {
        return;
    };
    let phone = json!({ "width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": true });
    browser.devtools("Emulation.setDeviceMetricsOverride", &phone);
    let widths = browser.run_script(
        "document.querySelectorAll('details').forEach((details) => { details.open = true; });
         scrollTo(200, 0);
         return [innerWidth, document.documentElement.scrollWidth, Math.round(scrollX)];",
    );
    assert_eq!(widths, json!([360, 360, 0]));
}

#[test]
fn boxes_lie_on_their_pictures_at_every_width() {
    let Some((browser, _folder)) = open_report() else {
        return;
    };
    for width in [360, 800, 1600] {
        let screen =
            json!({ "width": width, "height": 740, "deviceScaleFactor": 1, "mobile": false });
        browser.devtools("Emulation.setDeviceMetricsOverride", &screen);
        let found = browser.run_script(
            "document.querySelectorAll('details').forEach((details) => { details.open = true; });
             const sides = (node) => { const area = node.getBoundingClientRect(); return [area.left, area.top, area.width, area.height]; };
             const drawn = [...document.querySelectorAll('.still svg')];
             const apart = drawn.filter((svg) => {
               const picture = sides(svg.parentElement.querySelector('img'));
               return sides(svg).some((side, place) => Math.abs(side - picture[place]) > 1);
             });
             return [drawn.length > 1, apart.length];",
        );
        assert_eq!(found, json!([true, 0]), "{width} pixels wide");
    }
}

#[test]
fn the_page_prints_without_what_only_a_screen_needs() {
    let Some((browser, _folder)) = open_report() else {
        return;
    };
    assert!(browser.print().starts_with("JVBERi"), "a PDF file");
    let dark = json!({ "media": "print", "features": [{ "name": "prefers-color-scheme", "value": "dark" }] });
    browser.devtools("Emulation.setEmulatedMedia", &dark);
    let shown = browser.run_script(
        "const shows = (name) => [...document.querySelectorAll(name)].some((node) => node.getClientRects().length > 0);
         return [getComputedStyle(document.body).backgroundColor, ['nav', '#theme', '.now', '.film'].map(shows),
                 ['.moments img', '.curve', '.chart', 'table'].map(shows)];",
    );
    assert_eq!(
        shown,
        json!(["rgb(255, 255, 255)", vec![false; 4], vec![true; 4]])
    );
    assert_eq!(browser.run_script(FAINT_TEXTS)[1], json!([]));
}

#[test]
fn headings_landmarks_and_tables_are_in_order() {
    let Some((browser, _folder)) = open_report() else {
        return;
    };
    let found = browser.run_script(
        "const levels = [...document.querySelectorAll('h1, h2, h3, h4')].map((node) => Number(node.tagName[1]));
         const ids = [...document.querySelectorAll('[id]')].map((node) => node.id);
         return {
           skipped: levels.filter((level, place) => level > (levels[place - 1] || 0) + 1),
           ones: levels.filter((level) => level === 1).length,
           landmarks: ['header', 'nav', 'main', 'footer'].map((name) => document.querySelectorAll(name).length),
           unscoped: document.querySelectorAll('th:not([scope])').length,
           untold: document.querySelectorAll('img:not([alt]), svg:not([aria-label]):not([aria-hidden])').length,
           twice: ids.length - new Set(ids).size,
           broken: [...document.querySelectorAll('a[href^=\"#\"]')].filter((link) => !document.getElementById(link.hash.slice(1))).length,
         };",
    );
    let expected = json!({
        "skipped": [], "ones": 1, "landmarks": [1, 1, 1, 1], "unscoped": 0, "untold": 0, "twice": 0, "broken": 0,
    });
    assert_eq!(found, expected);
}
