//! The times at which incidents happen.

use oddframe_core::Random;

use crate::AnomalyKind;
use crate::incident::{Incident, Setting};
use crate::preset::{Script, Settings, Timeline};

/// The number of frames from the first to the last number, including the missing ones.
pub(crate) fn frame_span(timeline: Timeline) -> f64 {
    (timeline.frames + timeline.missing) as f64
}

/// Plans the incidents of every test video, at the times at which they happen.
pub(crate) fn schedule_incidents(
    settings: &Settings,
    setting: Setting<'_>,
    random: &mut Random,
) -> Vec<Vec<Incident>> {
    match settings.script {
        Script::Listed(lists) => {
            let mut dealt: Vec<&[AnomalyKind]> = lists.to_vec();
            random.shuffle(&mut dealt);
            let videos = settings.test.iter().zip(dealt);
            videos
                .map(|(timeline, kinds)| {
                    schedule_listed(frame_span(*timeline), kinds, setting, random)
                })
                .collect()
        }
        Script::Filled { normal } => {
            let mut deck = Vec::new();
            let mut videos = Vec::new();
            for (place, timeline) in settings.test.iter().enumerate() {
                videos.push(if normal.contains(&place) {
                    Vec::new()
                } else {
                    schedule_filled(frame_span(*timeline), &mut deck, setting, random)
                });
            }
            videos
        }
    }
}

/// Schedules one incident in each equal part of the video, with normal frames before it and, if it
/// is short, after it.
fn schedule_listed(
    frames: f64,
    kinds: &[AnomalyKind],
    setting: Setting<'_>,
    random: &mut Random,
) -> Vec<Incident> {
    let part = frames / kinds.len() as f64;
    let mut incidents = Vec::new();
    for (i, kind) in kinds.iter().enumerate() {
        let mut incident = Incident::plan_kind(*kind, i as u8 + 1, setting, random);
        // A long incident begins late and continues past the end of its part.
        let begin = if incident.frames < 0.45 * part {
            random.between(0.28, 0.45)
        } else {
            0.6
        };
        incident.delay((part * (i as f64 + begin)).floor());
        incidents.push(incident);
    }
    incidents
}

/// Schedules incidents with normal stretches between them until the end of the video. The kinds
/// come from a shuffled deck, so that all appear equally often.
fn schedule_filled(
    frames: f64,
    deck: &mut Vec<AnomalyKind>,
    setting: Setting<'_>,
    random: &mut Random,
) -> Vec<Incident> {
    let mut incidents: Vec<Incident> = Vec::new();
    let mut free = frames * random.between(0.1, 0.25).min(60.0 / frames);
    while free < frames - 20.0 && incidents.len() < usize::from(u8::MAX) {
        if deck.is_empty() {
            deck.extend(AnomalyKind::ALL);
            random.shuffle(deck);
        }
        let Some(kind) = deck.pop() else { break };
        let mut incident = Incident::plan_kind(kind, incidents.len() as u8 + 1, setting, random);
        // A pause before the incident, and after it one as long as the incident itself or longer.
        let begin = free + incident.frames * random.between(0.3, 0.9);
        free = begin + incident.frames * random.between(1.9, 2.5);
        incident.delay(begin.floor());
        incidents.push(incident);
    }
    incidents
}
