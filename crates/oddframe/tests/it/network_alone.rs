//! The `network_alone` example, as a user runs it.

use std::process::Command;

use crate::common::built_example;

#[test]
fn every_network_of_the_example_learns_and_survives_being_saved() {
    // The program itself checks that losses fall and that loaded networks give the same output.
    let output = Command::new(built_example("network_alone"))
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{printed}{errors}");
    let kinds: Vec<_> = printed
        .lines()
        .filter_map(|line| line.split_once(": "))
        .filter(|(_, rest)| rest.contains("parameters, losses"))
        .map(|(kind, _)| kind)
        .collect();
    assert_eq!(kinds, ["conv_ae", "unet", "conv_lstm"]);
    assert!(
        printed.contains("weights of a U-Net are missing"),
        "{printed}"
    );
}
