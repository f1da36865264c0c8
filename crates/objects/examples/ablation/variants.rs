use oddframe_objects::{CueWeights, ObjectSettings};

/// A way of scoring with a model that is fitted once.
pub(crate) struct Variant {
    pub(crate) name: String,
    pub(crate) settings: ObjectSettings,
}

/// All variants, the setting first; or only the setting.
pub(crate) fn list_variants(short: bool) -> Vec<Variant> {
    let setting = ObjectSettings::default();
    let mut variants = vec![Variant {
        name: "all cues".into(),
        settings: setting,
    }];
    if short {
        return variants;
    }
    for sigma in [0.0, 2.0, 8.0] {
        variants.push(Variant {
            name: format!("all cues, sigma {sigma}"),
            settings: ObjectSettings { sigma, ..setting },
        });
    }
    variants.push(Variant {
        name: "all cues, causal".into(),
        settings: ObjectSettings {
            causal: true,
            ..setting
        },
    });
    let all = CueWeights::default();
    let none = CueWeights {
        motion: 0.0,
        body: 0.0,
        appearance: 0.0,
        shape: 0.0,
        dwelling: 0.0,
    };
    let cues = [
        (
            "motion",
            CueWeights {
                motion: 1.0,
                ..none
            },
            CueWeights { motion: 0.0, ..all },
        ),
        (
            "body",
            CueWeights { body: 1.0, ..none },
            CueWeights { body: 0.0, ..all },
        ),
        (
            "appearance",
            CueWeights {
                appearance: 1.0,
                ..none
            },
            CueWeights {
                appearance: 0.0,
                ..all
            },
        ),
        (
            "shape",
            CueWeights { shape: 1.0, ..none },
            CueWeights { shape: 0.0, ..all },
        ),
        (
            "dwelling",
            CueWeights {
                dwelling: 1.0,
                ..none
            },
            CueWeights {
                dwelling: 0.0,
                ..all
            },
        ),
    ];
    for (cue, alone, without) in cues {
        for (name, weights) in [
            (format!("{cue} alone"), alone),
            (format!("without {cue}"), without),
        ] {
            variants.push(Variant {
                name,
                settings: ObjectSettings { weights, ..setting },
            });
        }
    }
    variants
}
