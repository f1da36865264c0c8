//! Heat maps over the pictures.

use std::fs;

use oddframe_core::{FrameNumber, VideoId};
use oddframe_report::{ReportOptions, write_report};
use serde_json::json;
use tempfile::tempdir;

use crate::common::{page_of, run_in};
use crate::webdriver::Browser;

/// The heat maps of a page.
fn heat_maps(page: &str) -> Vec<&str> {
    let parts = page.split("class=\"heat\" alt=\"\" src=\"data:image/png;base64,");
    let maps = parts.skip(1);
    maps.map(|part| &part[..part.find('"').unwrap()]).collect()
}

#[test]
fn every_picture_with_a_map_has_its_heat() {
    let folder = tempdir().unwrap();
    let run = run_in(folder.path());
    let page = page_of(&run, ReportOptions::default());
    let pictures = page.matches("data:image/jpeg").count();
    // The maps of the first fused system, `frames`, cover every frame.
    assert_eq!(heat_maps(&page).len(), pictures);
    assert!(page.contains("errors of frames, the highest in red"));
    assert!(page.contains("id=\"heat\" checked"));
    let mut distinct = heat_maps(&page);
    distinct.sort_unstable();
    distinct.dedup();
    assert!(distinct.len() > 100, "{}", distinct.len());

    // A frame without a map has a picture without heat.
    let maps = run.maps_folder().join("frames.0/02");
    fs::remove_file(maps.join("20.npy")).unwrap();
    let fewer = page_of(&run, ReportOptions::default());
    let shown = fewer.matches("alt=\"frame 20 of 02").count();
    assert!(shown > 0);
    assert_eq!(heat_maps(&fewer).len(), pictures - shown);

    // Pixelated, the heat is so coarse that it shows no outline.
    let blurred = page_of(&run, ReportOptions::default().with_blur(true));
    let bytes = |page: &str| heat_maps(page).iter().map(|map| map.len()).sum::<usize>();
    assert!(bytes(&blurred) < bytes(&fewer) && bytes(&blurred) > 0);
    // Without pictures there is nothing to lay it over.
    let bare = page_of(&run, ReportOptions::default().with_pictures(false));
    assert!(heat_maps(&bare).is_empty() && !bare.contains("id=\"heat\""));

    // The budget holds for the heat as well.
    let limit = usize::midpoint(bare.len(), fewer.len());
    let small = page_of(&run, ReportOptions::default().with_max_bytes(limit));
    assert!(small.len() <= limit && !heat_maps(&small).is_empty());

    fs::write(maps.join("21.npy"), "no array").unwrap();
    let error = write_report(&run, &ReportOptions::default()).unwrap_err();
    assert!(error.to_string().contains("21.npy"), "{error}");
    fs::remove_dir_all(run.maps_folder()).unwrap();
    let without = page_of(&run, ReportOptions::default());
    assert!(heat_maps(&without).is_empty() && !without.contains("id=\"heat\""));
    assert_eq!(without.matches("data:image/jpeg").count(), pictures);
}

#[test]
fn the_hottest_place_is_where_the_map_is_highest() {
    let folder = tempdir().unwrap();
    let run = run_in(folder.path());
    let Some(browser) = Browser::start() else {
        eprintln!("skipped: chromium or chromedriver is not installed");
        return;
    };
    // A map that is high in its lower right quarter alone. The system sees 24 by 16 pixels.
    let (video, frame) = (VideoId::new("03"), FrameNumber(20));
    let mut values = [0.0_f32; 24 * 16];
    for y in 8..16 {
        values[24 * y + 12..24 * (y + 1)].fill(1e3);
    }
    let path = run.maps_folder().join("frames.0/03/20.npy");
    let mut bytes = fs::read(&path).unwrap();
    let data = bytes.len() - 4 * values.len();
    bytes.truncate(data);
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    fs::write(&path, bytes).unwrap();
    let map = run.read_map("frames", 0, &video, frame).unwrap().unwrap();
    assert_eq!(map.values, values);
    page_of(&run, ReportOptions::default());
    browser.open(&run.report_file());
    let found = browser.run_script(
        "document.querySelectorAll('details').forEach((details) => { details.open = true; });
         const still = [...document.querySelectorAll('.film .still')]
           .find((still) => still.querySelector('img').alt.startsWith('frame 20 of 03'));
         const [picture, heat] = still.querySelectorAll('img');
         const canvas = document.createElement('canvas');
         [canvas.width, canvas.height] = [heat.naturalWidth, heat.naturalHeight];
         const context = canvas.getContext('2d', { willReadFrequently: true });
         context.drawImage(heat, 0, 0);
         const at = (x, y) => [...context.getImageData(x * heat.naturalWidth, y * heat.naturalHeight, 1, 1).data];
         const sides = (node) => { const area = node.getBoundingClientRect(); return [area.left, area.top, area.width, area.height].map(Math.round); };
         const shows = () => heat.getClientRects().length > 0;
         const before = shows();
         document.getElementById('heat').click();
         const off = shows();
         document.getElementById('heat').click();
         return { hot: at(0.75, 0.75), cold: [at(0.25, 0.25)[3], at(0.75, 0.25)[3], at(0.25, 0.75)[3]],
                  covers: JSON.stringify(sides(heat)) === JSON.stringify(sides(picture)), shown: [before, off, shows()] };",
    );
    let expected = json!({
        "hot": [255, 0, 60, 165], "cold": [0, 0, 0], "covers": true, "shown": [true, false, true],
    });
    assert_eq!(found, expected);
    assert_eq!(browser.console(), Vec::<serde_json::Value>::new());
}
