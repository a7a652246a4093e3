//! A run's numbers in; one self-contained HTML page and its pictures (SVG and PNG) out.
//!
//! The crate is pure: no files, no clock, no environment, no printing. It must not know where the numbers came from (a run's
//! tables, a warehouse, a test) nor where the bytes go.

mod bins;
mod charts;
mod data;
mod font;
mod html;
pub mod limits;
pub mod look;
mod num;
mod palette;
mod raster;
mod scene;
mod stopwords;
mod svg;
pub mod text;
mod theme;
mod ticks;
mod words;

pub use data::{Facts, Label4, ReportData, ShareTile, WindowPoint, WindowStatus};
pub use words::{TopWord, WordCounts};

/// What [`render`] made.
#[derive(Debug, Clone)]
pub struct Report {
    /// `report.html`: nothing outside it is needed to read it.
    pub html: String,
    pub pictures: Vec<Picture>,
}

/// One chart as two files.
#[derive(Debug, Clone)]
pub struct Picture {
    /// File name without extension: `tweets-per-window`, `average-scores`, `share-by-label`, `word-cloud` or `overview`.
    pub name: &'static str,
    pub svg: String,
    pub png: Vec<u8>,
}

/// Why a report could not be made. None of these can come from the posts.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    #[error("{0} windows are more than a report holds ({max})", max = limits::MAX_WINDOWS)]
    TooManyWindows(usize),
    #[error("the built-in font cannot be read")]
    Font(#[from] ttf_parser::FaceParsingError),
    #[error("the picture {0} cannot be painted")]
    Paint(&'static str),
    #[error("the picture {0} cannot be encoded")]
    Encode(&'static str, #[source] png::EncodingError),
}

/// Makes the page and its pictures.
pub fn render(data: &ReportData) -> Result<Report, ReportError> {
    if data.windows.len() > limits::MAX_WINDOWS {
        return Err(ReportError::TooManyWindows(data.windows.len()));
    }
    let view = charts::View::new(data)?;
    let mut pictures = Vec::with_capacity(5);
    for chart in charts::Chart::ALL {
        pictures.push(picture(&view, chart.name(), &charts::framed(&view, chart), limits::CHART_ZOOM)?);
    }
    pictures.push(picture(&view, "overview", &charts::overview(&view), limits::OVERVIEW_ZOOM)?);
    Ok(Report { html: html::page(&view), pictures })
}

fn picture(
    view: &charts::View<'_>,
    name: &'static str,
    scene: &scene::Scene,
    zoom: f32,
) -> Result<Picture, ReportError> {
    let png = raster::png(scene, &view.fonts, zoom, name)?;
    Ok(Picture { name, svg: svg::write(scene, svg::Mode::File), png })
}
