//! The appearance of people.

use oddframe_core::Random;

use crate::surface::Color;

/// The clothing of a person's upper body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Top {
    Plain,
    Bands,
    Coat,
    /// A chequered costume with a large head, worn by abnormal persons only.
    Costume,
}

/// The thing that a person carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Load {
    Nothing,
    Backpack,
    Handbag,
}

/// The appearance of one person.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outfit {
    pub(crate) height_m: f32,
    /// The fraction by which the body is wider than usual.
    pub(crate) breadth: f32,
    pub(crate) skin: Color,
    pub(crate) hair: Color,
    pub(crate) hat: bool,
    pub(crate) top: Top,
    pub(crate) cloth: Color,
    pub(crate) second: Color,
    pub(crate) skirt: bool,
    pub(crate) legs: Color,
    pub(crate) shoes: Color,
    pub(crate) load: Load,
    pub(crate) leather: Color,
}

const SKIN: [Color; 5] = [
    [232., 190., 160.],
    [214., 168., 134.],
    [182., 132., 98.],
    [138., 94., 66.],
    [96., 64., 46.],
];
const HAIR: [Color; 5] = [
    [38., 32., 30.],
    [74., 52., 36.],
    [128., 92., 52.],
    [176., 148., 98.],
    [150., 148., 146.],
];
const CLOTH: [Color; 12] = [
    [52., 60., 82.],
    [72., 70., 72.],
    [146., 58., 54.],
    [214., 208., 198.],
    [70., 98., 76.],
    [178., 152., 110.],
    [88., 116., 150.],
    [112., 84., 118.],
    [36., 36., 40.],
    [196., 164., 72.],
    [120., 132., 136.],
    [158., 108., 92.],
];
const LEGS: [Color; 7] = [
    [40., 48., 70.],
    [34., 34., 38.],
    [92., 94., 100.],
    [128., 112., 90.],
    [66., 84., 112.],
    [74., 62., 54.],
    [150., 146., 138.],
];

/// A random element.
fn pick_random<T: Copy>(random: &mut Random, from: &[T]) -> T {
    from[random.below(from.len() as u64) as usize]
}

impl Outfit {
    /// A normal person.
    pub(crate) fn draw_random(random: &mut Random) -> Self {
        // Frequent choices are listed several times. The order of the draws is part of every scene:
        // another order would change all pictures of a seed.
        let top = [Top::Plain, Top::Plain, Top::Plain, Top::Bands, Top::Coat];
        let load = [
            Load::Nothing,
            Load::Nothing,
            Load::Nothing,
            Load::Backpack,
            Load::Handbag,
        ];
        Self {
            height_m: random.between(1.58, 1.9) as f32,
            breadth: random.between(-0.06, 0.16) as f32,
            skin: pick_random(random, &SKIN),
            hair: pick_random(random, &HAIR),
            hat: random.chance(0.12),
            top: pick_random(random, &top),
            cloth: pick_random(random, &CLOTH),
            second: pick_random(random, &CLOTH),
            skirt: random.chance(0.15),
            legs: pick_random(random, &LEGS),
            shoes: pick_random(
                random,
                &[[30., 28., 28.], [86., 60., 42.], [206., 204., 200.]],
            ),
            load: pick_random(random, &load),
            leather: pick_random(
                random,
                &[
                    [70., 46., 34.],
                    [40., 42., 48.],
                    [128., 44., 48.],
                    [62., 78., 64.],
                ],
            ),
        }
    }

    /// The same person without a load.
    #[must_use]
    pub(crate) fn without_load(self) -> Self {
        Self {
            load: Load::Nothing,
            ..self
        }
    }

    /// The same person dressed for cycling, in colours that nobody on foot wears.
    #[must_use]
    pub(crate) fn dressed_for_cycling(self, random: &mut Random) -> Self {
        let bright = [
            [226., 58., 46.],
            [240., 208., 48.],
            [48., 130., 216.],
            [84., 184., 60.],
        ];
        Self {
            cloth: pick_random(random, &bright),
            second: pick_random(random, &bright),
            top: Top::Plain,
            ..self
        }
        .without_load()
    }

    /// The same person in a costume.
    #[must_use]
    pub(crate) fn in_costume(self, random: &mut Random) -> Self {
        let bright = [
            ([236., 206., 40.], [206., 40., 122.]),
            ([60., 196., 190.], [232., 120., 32.]),
        ];
        let (cloth, second) = pick_random(random, &bright);
        Self {
            top: Top::Costume,
            cloth,
            second,
            legs: cloth,
            hat: false,
            skirt: false,
            breadth: 0.55,
            ..self
        }
        .without_load()
    }
}
