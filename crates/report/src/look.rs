//! What other pages of the tool share with the report: colours, type, cards, tables.

/// A style sheet to stand before a page's own. Its colours are custom properties by role (`--page`, `--text`, `--positive`,
/// …), light or dark as the reader's system says, or as `data-theme` of the root element does.
pub const BASE: &str = include_str!("../assets/look.css");
