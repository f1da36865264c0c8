use super::filter::{FilterKind, WinogradTile};
use super::layout::{Layout, Strips};
use super::panel_rows::PanelRows;
use super::taps::{GroupPoints, TapPlaces};
use crate::geometry::{Direction, Geometry};
use crate::simd::Simd;

/// How a gather or a spread runs with fewer products.
#[derive(Debug, Clone)]
pub(crate) struct WinogradPlan {
    pub(super) simd: Simd,
    pub(super) filter: FilterKind,
    tile: WinogradTile,
    /// Outputs along a side of a tile, and the products along it.
    pub(super) side: usize,
    pub(super) reach: usize,
    pub(super) layout: Layout,
    pub(super) places: TapPlaces,
    pub(super) strips: Strips,
    /// Where the weights of each panel lie.
    pub(super) panels: Vec<PanelRows>,
    /// The frequencies that are multiplied, for each group of the input and for each group of the output.
    pub(super) input_points: Vec<GroupPoints>,
    pub(super) output_points: Vec<GroupPoints>,
}

impl WinogradPlan {
    /// The plan with this tile; `None` for windows that it does not serve.
    pub(crate) fn new(
        geometry: &Geometry,
        direction: Direction,
        tile: WinogradTile,
        simd: Simd,
    ) -> Option<Self> {
        let side = tile.side();
        let layout = Layout::new(geometry, direction, side)?;
        let filter = FilterKind::with_outputs(side, layout.taps)?;
        let reach = side + layout.taps - 1;
        let places = TapPlaces::new(geometry, direction, &layout);
        let columns = layout.output.width();
        let width = simd.panel_width(columns);
        let channels = layout.input.volumes.channels();
        let panels = (0..columns)
            .step_by(width)
            .map(|start| places.input_points(reach, start..columns.min(start + width)))
            .map(|points| PanelRows::new(&points, channels, reach))
            .collect();
        Some(Self {
            simd,
            filter,
            tile,
            side,
            reach,
            strips: Strips::new(&layout, reach * reach, simd),
            input_points: places.input_points(reach, 0..columns),
            panels,
            output_points: places.output_points(reach),
            layout,
            places,
        })
    }

    pub(crate) fn tile(&self) -> WinogradTile {
        self.tile
    }

    /// Values of a tile for each group and channel.
    pub(super) fn frequencies(&self) -> usize {
        self.reach * self.reach
    }
}
