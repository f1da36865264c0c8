//! The sections of a page, in their order.

mod alarms;
mod details;
mod figures;
mod found;
mod networks;
mod steps;
mod table;
mod videos;

pub(crate) use self::details::render_details;
pub(crate) use self::figures::render_figures;
pub(crate) use self::found::render_found;
pub(crate) use self::networks::render_networks;
pub(crate) use self::steps::render_steps;
pub(crate) use self::videos::render_videos;
