//! Options as recipes hold them.

use oddframe_flow::{DisOptions, FarnebackOptions};

#[test]
fn what_a_recipe_does_not_say_has_its_default() {
    let options: FarnebackOptions = serde_json::from_str(r#"{"winsize": 21}"#).unwrap();
    let expected = FarnebackOptions {
        winsize: 21,
        ..FarnebackOptions::default()
    };
    assert_eq!(options, expected);
    let options: DisOptions = serde_json::from_str(r#"{"finest_scale": 1}"#).unwrap();
    let expected = DisOptions {
        finest_scale: 1,
        ..DisOptions::fast()
    };
    assert_eq!(options, expected);
}

#[test]
fn unknown_options_are_refused() {
    assert!(serde_json::from_str::<FarnebackOptions>(r#"{"winsise": 21}"#).is_err());
    assert!(serde_json::from_str::<DisOptions>(r#"{"patch_size": 8}"#).is_err());
}
