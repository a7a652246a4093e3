//! What a reader of the report sees: figures, escaping, pictures; and what happens at the edges.
#![allow(clippy::expect_used, clippy::unwrap_used)]

use std::collections::HashSet;

use sentistack_report::{
    Facts, Label4, Report, ReportData, ShareTile, WindowPoint, WindowStatus, WordCounts, render,
};

const T: i64 = 1_424_131_200; // 2015-02-17T00:00:00Z

fn window(i: i64, counts: [u64; 4]) -> WindowPoint {
    let tweets = counts.iter().sum();
    let status = if tweets == 0 { WindowStatus::Empty } else { WindowStatus::Complete };
    let sums = counts.map(|n| n as f64 * 0.7);
    let avg = (tweets > 0).then(|| sums.map(|s| s / tweets as f64));
    WindowPoint { start_unix: T + i * 900, status, tweets, unscored: 0, collapsed: 0, counts, avg, sums }
}

fn tiles(shares: [Option<f64>; 4]) -> [ShareTile; 4] {
    Label4::ALL.map(|label| {
        let share = shares[label.index()];
        ShareTile { label, share, low: share.map(|s| s - 0.01), high: share.map(|s| s + 0.01), count: 1_234 }
    })
}

fn data(windows: Vec<WindowPoint>) -> ReportData {
    let mut words = WordCounts::new();
    for _ in 0..20 {
        words.add(Label4::Positive, "lovely flight");
        words.add(Label4::Negative, "cancelled flight 😡 電車");
    }
    ReportData {
        title: "us-airlines".into(),
        facts: Facts { window_seconds: 900, tweets: 14_485, source: "replay".into(), ..Facts::default() },
        shares: tiles([Some(0.1634), Some(0.6269), Some(0.2097), Some(0.0)]),
        windows,
        words,
        synthetic: false,
    }
}

fn day() -> Vec<WindowPoint> {
    (0..96).map(|i| window(i, [i as u64, 50, 20, 3])).collect()
}

fn picture<'a>(report: &'a Report, name: &str) -> &'a sentistack_report::Picture {
    report.pictures.iter().find(|p| p.name == name).expect("picture")
}

/// Every picture is XML and PNG, and the page's own pictures are XML too.
fn check(report: &Report) {
    assert_eq!(report.pictures.len(), 5);
    for p in &report.pictures {
        roxmltree::Document::parse(&p.svg).unwrap_or_else(|e| panic!("{}: {e}", p.name));
        resvg::usvg::Tree::from_str(&p.svg, &resvg::usvg::Options::default()).expect(p.name);
        let reader = png::Decoder::new(std::io::Cursor::new(&p.png)).read_info().expect(p.name);
        let expected = if p.name == "overview" { 1_800 } else { 1_712 };
        assert_eq!(reader.info().width, expected, "{}", p.name);
        assert!(p.png.len() < 400_000, "{}: {} bytes", p.name, p.png.len());
    }
    for svg in report.html.split("<svg").skip(1) {
        let svg = format!("<svg{}</svg>", svg.split("</svg>").next().expect("an end"));
        roxmltree::Document::parse(&svg).unwrap_or_else(|e| panic!("{e}: {}", &svg[..200.min(svg.len())]));
    }
    assert!(!report.html.contains("NaN") && !report.html.contains("inf\""));
    assert!(!report.html.contains(" style=\"") && !report.html.contains(" onclick"));
}

#[test]
fn the_page_says_the_figures() {
    let report = render(&data(day())).expect("report");
    check(&report);
    for text in [
        "16.3%",
        "62.7%",
        "21.0%",
        "0.0%",
        "61.7 – 63.7%",
        "1,234 tweets",
        "14,485 tweets",
        "us-airlines",
        "lovely",
    ] {
        assert!(report.html.contains(text), "{text}");
    }
    assert!(report.html.contains("17 Feb 2015 UTC"), "the period");
    assert!(!report.html.contains("SYNTHETIC"));
    assert!(picture(&report, "overview").svg.contains("62.7%"));
}

#[test]
fn ids_are_unique_and_every_chart_has_a_table() {
    let html = render(&data(day())).expect("report").html;
    let ids: Vec<&str> = html.split(" id=\"").skip(1).filter_map(|s| s.split('"').next()).collect();
    assert_eq!(ids.len(), ids.iter().collect::<HashSet<_>>().len(), "{ids:?}");
    assert_eq!(html.matches("<figure").count(), 4);
    assert_eq!(html.matches("<details>").count(), 4);
}

#[test]
fn nothing_is_fetched() {
    let html = render(&data(day())).expect("report").html;
    let outside = html.replace("http://www.w3.org/2000/svg", "");
    for bad in ["http:", "https:", "src=", "@import", "url(//", "<link rel=\"stylesheet"] {
        assert!(!outside.contains(bad), "{bad}");
    }
    assert!(html.contains("default-src 'none'"));
}

#[test]
fn generated_posts_are_called_so_everywhere() {
    let report = render(&ReportData { synthetic: true, ..data(day()) }).expect("report");
    assert!(report.html.contains("<strong>SYNTHETIC</strong>"));
    for p in &report.pictures {
        assert!(p.svg.contains("SYNTHETIC"), "{}", p.name);
    }
}

#[test]
fn hostile_text_stays_text() {
    let evil = "<script>alert(1)</script>\"'&]]><img src=x onerror=alert(1)>\u{202E}\u{2066}\u{0}\u{200D}\u{FEFF}\u{1B}[31m";
    let mut d = data(day());
    d.title = evil.repeat(40);
    let f = &mut d.facts;
    for field in
        [&mut f.run_id, &mut f.topic, &mut f.source, &mut f.model, &mut f.tool_version, &mut f.started]
    {
        evil.clone_into(field);
    }
    (f.share_method, f.finished, f.first_post) = (evil.into(), evil.into(), Some(evil.into()));
    (f.lang, f.notes, f.dropped_by) = (vec![evil.into()], vec![evil.into()], vec![(evil.into(), 3)]);
    for _ in 0..50 {
        d.words.add(Label4::Mixed, evil);
        d.words.add(Label4::Mixed, &"x".repeat(100_000));
    }
    let report = render(&d).expect("report");
    check(&report);
    let all = report.pictures.iter().map(|p| p.svg.as_str()).chain([report.html.as_str()]);
    for text in all {
        assert!(!text.contains("<script>alert") && !text.contains("<img"));
        assert!(!text.contains("]]>"));
        assert!(!text.chars().any(|c| (c.is_control() && c != '\n')
            || matches!(c, '\u{202E}' | '\u{2066}' | '\u{200D}' | '\u{FEFF}')));
    }
    assert_eq!(report.html.matches("<script").count(), 1);
    assert!(report.html.len() < 1_000_000, "{}", report.html.len());
}

#[test]
fn words_that_the_font_lacks_are_in_the_table_only() {
    let report = render(&data(day())).expect("report");
    assert!(report.html.contains("<bdi>😡</bdi>") && report.html.contains("<bdi>電車</bdi>"));
    let cloud = picture(&report, "word-cloud");
    let text = cloud.svg.split("</desc>").nth(1).expect("a picture");
    assert!(text.contains(">cancelled<") && !text.contains('😡') && !text.contains('電'));
}

#[test]
fn no_windows_and_nothing_scored() {
    let mut d = data(Vec::new());
    d.shares = tiles([None; 4]);
    d.words = WordCounts::new();
    d.title = String::new();
    let report = render(&d).expect("report");
    check(&report);
    for text in ["No windows", "Nothing was scored", "No words", "no interval"] {
        assert!(report.html.contains(text), "{text}");
    }
    d.windows = (0..4).map(|i| window(i, [0; 4])).collect();
    check(&render(&d).expect("report"));
}

#[test]
fn one_window() {
    let report = render(&data(vec![window(5, [1, 2, 3, 4])])).expect("report");
    check(&report);
    assert!(report.html.contains("17 Feb 2015, 01:15 – 01:30 UTC"));
}

#[test]
fn empty_windows_and_gaps_break_the_lines() {
    let mut windows = day();
    windows[40] = window(40, [0; 4]);
    windows.drain(60..70);
    windows[30].status = WindowStatus::Capped;
    let report = render(&data(windows)).expect("report");
    check(&report);
    // Three pieces for each label.
    let svg = &picture(&report, "average-scores").svg;
    let lines = svg.lines().filter(|l| l.contains("stroke-width=\"1.9\"")).collect::<Vec<_>>();
    assert_eq!(lines.len(), 4);
    assert!(lines.iter().all(|l| l.matches('M').count() == 3), "{lines:?}");
    assert!(report.html.contains("window capped") && report.html.contains("no data"));
    assert!(picture(&report, "tweets-per-window").svg.contains("url(#p-h)"));
}

#[test]
fn many_windows_share_a_bar_and_the_caption_says_so() {
    let windows: Vec<_> = (0..35_040).map(|i| window(i, [3, 4, 2, 1])).collect();
    let report = render(&data(windows)).expect("report");
    check(&report);
    assert!(report.html.contains("Each bar is 2 days: 192 windows of 15 min added up."));
    assert!(report.html.len() < 600_000, "{}", report.html.len());
}

#[test]
fn broken_figures_do_no_harm() {
    let mut d = data(day());
    d.windows[3].sums = [f64::NAN, f64::INFINITY, -5.0, 1e300];
    d.windows[4].start_unix = i64::MIN;
    d.windows[5].start_unix = i64::MAX;
    d.windows[6].tweets = u64::MAX;
    d.windows[7].counts = [u64::MAX; 4];
    d.facts.window_seconds = 0;
    d.shares[0] = ShareTile {
        label: Label4::Positive,
        share: Some(f64::NAN),
        low: Some(-1.0),
        high: Some(7.0),
        count: 0,
    };
    d.shares[1] = ShareTile {
        label: Label4::Negative,
        share: Some(0.5),
        low: Some(0.9),
        high: Some(0.1),
        count: u64::MAX,
    };
    check(&render(&d).expect("report"));
}

#[test]
fn the_share_beside_the_longest_bar_is_whole_in_a_wide_font_too() {
    let mut d = data(day());
    d.shares = tiles([Some(0.0), Some(1.0), Some(0.0), Some(0.0)]);
    d.shares[1].high = Some(1.0);
    let html = render(&d).expect("report").html;
    for (class, width) in [("narrow", 360.0), ("wide", 800.0)] {
        let charts =
            html.split("<svg").filter(|svg| svg.split('>').next().is_some_and(|tag| tag.contains(class)));
        let text = charts
            .flat_map(|svg| svg.split("<text x=\""))
            .find(|text| text.contains(">100.0%<"))
            .unwrap_or_else(|| panic!("no {class} chart shows the share"));
        let x: f64 = text.split('"').next().unwrap().parse().unwrap();
        // Bold digits of DejaVu Sans, one of the widest: .7 of the size each; the point .4, the percent sign 1.
        assert!(x + 13.0 * (4.0 * 0.7 + 0.4 + 1.0) <= width, "{class}: {x}");
    }
}

#[test]
fn the_same_numbers_give_the_same_bytes() {
    let (a, b) = (render(&data(day())).expect("report"), render(&data(day())).expect("report"));
    assert_eq!(a.html, b.html);
    for (a, b) in a.pictures.iter().zip(&b.pictures) {
        assert!(a.svg == b.svg && a.png == b.png, "{}", a.name);
    }
}

/// The SVG goes through another renderer (one that draws no text); but for the text, both pictures must agree.
#[test]
fn svg_and_png_are_one_picture() {
    let mut windows = day();
    (20..40).for_each(|i| windows[i].status = WindowStatus::Capped);
    let report = render(&data(windows)).expect("report");
    for name in ["tweets-per-window", "share-by-label", "average-scores"] {
        let p = picture(&report, name);
        let mut reader = png::Decoder::new(std::io::Cursor::new(&p.png));
        reader.set_transformations(png::Transformations::EXPAND);
        let mut reader = reader.read_info().expect("png");
        let mut ours = vec![0; reader.output_buffer_size().expect("size")];
        let info = reader.next_frame(&mut ours).expect("frame");
        let tree = resvg::usvg::Tree::from_str(&p.svg, &resvg::usvg::Options::default()).expect("svg");
        let mut theirs = resvg::tiny_skia::Pixmap::new(info.width, info.height).expect("pixmap");
        resvg::render(&tree, resvg::tiny_skia::Transform::from_scale(2.0, 2.0), &mut theirs.as_mut());
        let pairs = ours.chunks_exact(3).zip(theirs.data().chunks_exact(4));
        let apart = pairs.filter(|(a, b)| (0..3).any(|i| a[i].abs_diff(b[i]) > 48)).count();
        let part = apart as f64 / f64::from(info.width * info.height);
        assert!(part < 0.03, "{name}: {:.1} % of the pixels differ", part * 100.0);
    }
}
