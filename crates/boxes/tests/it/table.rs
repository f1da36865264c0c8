//! What a table of detections holds.

use oddframe_boxes::{ClipCounts, DetectionFilter, DetectionTable};
use oddframe_core::{FrameNumber, VideoId};

#[test]
fn columns_may_have_any_order_and_further_ones_are_ignored() {
    let text =
        "class,confidence,track,y2,x2,y1,x1,frame,video\r\nperson,0.5,17,40,30,20,10,007,02\r\n";
    let table = DetectionTable::parse(text).unwrap();
    let boxes = table.boxes(&"2".into(), FrameNumber(7));
    assert_eq!(boxes.len(), 1);
    let area = boxes[0].area;
    assert_eq!(
        [area.left, area.top, area.right, area.bottom],
        [10.0, 20.0, 30.0, 40.0]
    );
    assert_eq!((boxes[0].confidence, &*boxes[0].class), (0.5, "person"));
}

#[test]
fn csv_and_json_lines_give_the_same_table() {
    let csv = "\u{feff}video,frame,x1,y1,x2,y2,confidence,class\n\"a, b\",3,0,0,1.5,2,1,car\n\n01,0,-2,0,1,2,0,person\n";
    let json = concat!(
        "{\"video\":\"a, b\",\"frame\":\"003\",\"x1\":0,\"y1\":0,\"x2\":1.5,\"y2\":2,\"confidence\":1,\"class\":\"car\"}\n",
        "{\"class\":\"person\",\"video\":1,\"frame\":0,\"x1\":-2,\"y1\":0,\"x2\":1,\"y2\":2.0,\"confidence\":0,\"score\":[1]}\n",
    );
    let (csv, json) = (
        DetectionTable::parse(csv).unwrap(),
        DetectionTable::parse(json).unwrap(),
    );
    assert_eq!(csv, json);
    assert_eq!(csv.len(), 2);
    let names: Vec<&str> = csv.videos().map(VideoId::name).collect();
    assert_eq!(names, ["01", "a, b"]);
}

#[test]
fn frames_and_videos_without_a_row_have_no_box() {
    let header = "video,frame,x1,y1,x2,y2,confidence,class";
    let table = DetectionTable::parse(header).unwrap();
    assert!(table.is_empty());
    assert!(table.boxes(&"1".into(), FrameNumber(0)).is_empty());
    table.check_videos(&[]).unwrap();
}

#[test]
fn clipping_is_counted_video_by_video() {
    let text = "video,frame,x1,y1,x2,y2,confidence,class\n1,0,-3,0,4,9,0.5,person\n1,1,8,0,9,9,0.5,person\n\
                1,1,1,1,2,2,0.5,person\n2,0,-9,0,-1,9,0.5,person\n";
    let mut table = DetectionTable::parse(text).unwrap();
    let counts = table.clip_video(&"01".into(), 8, 8);
    assert_eq!(
        counts,
        ClipCounts {
            clipped: 1,
            dropped: 1
        }
    );
    assert_eq!(table.len(), 3);
    assert_eq!(table.boxes(&"1".into(), FrameNumber(0))[0].area.bottom, 8.0);
    assert_eq!(table.clip_video(&"3".into(), 8, 8), ClipCounts::default());
}

#[test]
fn filters_leave_the_videos_known() {
    let text = "video,frame,x1,y1,x2,y2,confidence,class\n9,0,0,0,4,9,0.5,person\n9,0,0,0,4,9,0.4,person\n";
    let mut table = DetectionTable::parse(text).unwrap();
    table.retain(&DetectionFilter::new().with_confidence_above(0.4));
    assert_eq!(table.len(), 1);
    table.retain(&DetectionFilter::new().with_classes(["car"]));
    assert!(table.is_empty());
    let error = table
        .check_videos(&["1".into(), "2".into()])
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("1 unknown videos: 9") && error.contains("2 videos, such as 1"),
        "{error}"
    );
}
