use oddframe_core::Random;

use crate::AnomalyKind;
use crate::incident::{Incident, Setting};
use crate::preset::{Script, Settings, Timeline};

/// Frames from the first to the last number, those that are missing included.
pub(crate) fn span(timeline: Timeline) -> f64 {
    (timeline.frames + timeline.missing) as f64
}

/// The incidents of every test video, delayed to where they happen.
pub(crate) fn schedule(settings: &Settings, setting: Setting<'_>, random: &mut Random) -> Vec<Vec<Incident>> {
    match settings.script {
        Script::Listed(lists) => {
            let mut dealt: Vec<&[AnomalyKind]> = lists.to_vec();
            random.shuffle(&mut dealt);
            let videos = settings.test.iter().zip(dealt);
            videos.map(|(timeline, kinds)| listed(span(*timeline), kinds, setting, random)).collect()
        }
        Script::Filled { normal } => {
            let mut deck = Vec::new();
            let fill = |(place, timeline): (usize, &Timeline)| {
                if normal.contains(&place) {
                    return Vec::new();
                }
                filled(span(*timeline), &mut deck, setting, random)
            };
            settings.test.iter().enumerate().map(fill).collect()
        }
    }
}

/// One incident in each equal part of the video, with normal frames before and, where it is short, after it.
fn listed(frames: f64, kinds: &[AnomalyKind], setting: Setting<'_>, random: &mut Random) -> Vec<Incident> {
    let part = frames / kinds.len() as f64;
    let stage = |(i, kind): (usize, &AnomalyKind)| {
        let mut incident = Incident::stage(*kind, i as u8 + 1, setting, random);
        // A long one begins late and runs past the end.
        let begin = if incident.frames < 0.45 * part { random.between(0.28, 0.45) } else { 0.6 };
        incident.delay((part * (i as f64 + begin)).floor());
        incident
    };
    kinds.iter().enumerate().map(stage).collect()
}

/// Incidents with normal stretches between them to the end of the video; every kind has its turn.
fn filled(
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
        let mut incident = Incident::stage(kind, incidents.len() as u8 + 1, setting, random);
        let begin = free + incident.frames * random.between(0.3, 0.9);
        free = begin + incident.frames * random.between(1.9, 2.5);
        incident.delay(begin.floor());
        incidents.push(incident);
    }
    incidents
}
