/// A picture of what a model takes for normal, such as the usual speed at each place.
///
/// ```
/// use oddframe_core::ModelPicture;
/// let picture = ModelPicture { name: "speed".into(), caption: "the usual speed".into(), png: Vec::new() };
/// assert_eq!(format!("{}.png", picture.name), "speed.png");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelPicture {
    /// The name of its file, without an ending.
    pub name: String,
    /// What it shows, in a few words.
    pub caption: String,
    /// The contents of a PNG file.
    pub png: Vec<u8>,
}
