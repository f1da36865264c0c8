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
    for (cue, weight_of) in CUES {
        let (mut alone, mut without) = (CueWeights::NONE, all);
        *weight_of(&mut alone) = 1.0;
        *weight_of(&mut without) = 0.0;
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

/// The weight of a cue.
type WeightOf = fn(&mut CueWeights) -> &mut f64;

/// The cues by name.
const CUES: [(&str, WeightOf); 7] = [
    ("motion", |weights| &mut weights.motion),
    ("body", |weights| &mut weights.body),
    ("direction", |weights| &mut weights.direction),
    ("appearance", |weights| &mut weights.appearance),
    ("shape", |weights| &mut weights.shape),
    ("color", |weights| &mut weights.color),
    ("dwelling", |weights| &mut weights.dwelling),
];
