//! Builds a made-up run and writes its report into the folder given: `cargo run --release --example demo -- FOLDER [KIND]`.
//! KIND is `days` (384 windows, the default), `one`, `empty`, `month`, `years` or `hostile`.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used)]

use std::path::PathBuf;
use std::time::Instant;

use sentistack_report::{
    Facts, Label4, ReportData, ShareTile, WindowPoint, WindowStatus, WordCounts, render,
};

/// A small generator of numbers that look random (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        // The front of the list is more frequent, as in real language.
        words[((self.roll().powi(2)) * words.len() as f64) as usize]
    }
}

const COMMON: &[&str] = &[
    "flight", "airline", "airport", "plane", "seat", "crew", "boarding", "ticket", "travel", "trip", "gate",
    "bag", "morning", "boston", "denver", "chicago", "terminal", "landing", "cabin", "window",
];
const OWN: [&[&str]; 4] = [
    &[
        "thanks",
        "great",
        "love",
        "awesome",
        "thank",
        "amazing",
        "best",
        "helpful",
        "friendly",
        "smooth",
        "early",
        "kudos",
        "appreciate",
        "lovely",
        "excellent",
        "upgrade",
        "happy",
        "fantastic",
        "perfect",
        "rocks",
        "wonderful",
        "#thankyou",
        "impressed",
        "sweet",
        "excited",
        "beautiful",
        "pleasant",
        "quick",
        "comfy",
        "❤",
        "😍",
        "smile",
        "brilliant",
    ],
    &[
        "delayed",
        "cancelled",
        "hours",
        "worst",
        "lost",
        "hold",
        "waiting",
        "stuck",
        "luggage",
        "rude",
        "terrible",
        "late",
        "missed",
        "phone",
        "refund",
        "awful",
        "horrible",
        "ridiculous",
        "stranded",
        "disappointed",
        "broken",
        "nightmare",
        "unacceptable",
        "overbooked",
        "#fail",
        "frustrating",
        "apology",
        "ignored",
        "fee",
        "😡",
        "queue",
        "tarmac",
    ],
    &[
        "does",
        "number",
        "schedule",
        "question",
        "policy",
        "check",
        "status",
        "available",
        "website",
        "confirm",
        "info",
        "reservation",
        "tomorrow",
        "email",
        "change",
        "link",
        "route",
        "miles",
        "app",
        "account",
        "option",
        "passport",
        "date",
        "form",
        "電車",
        "customs",
        "weekend",
        "carry",
    ],
    &[
        "but",
        "although",
        "finally",
        "eventually",
        "despite",
        "however",
        "almost",
        "mostly",
        "otherwise",
        "shame",
        "pity",
        "improved",
        "decent",
        "average",
        "okay",
        "hopefully",
        "saved",
        "redeemed",
        "mixed",
        "bittersweet",
        "yet",
    ],
];

fn main() {
    let mut args = std::env::args().skip(1);
    let folder = PathBuf::from(args.next().expect("a folder"));
    let kind = args.next().unwrap_or_else(|| "days".to_owned());
    let began = Instant::now();
    let data = build(&kind);
    let built = began.elapsed();
    let began = Instant::now();
    let report = render(&data).expect("report");
    let took = began.elapsed();
    std::fs::create_dir_all(&folder).expect("folder");
    std::fs::write(folder.join("report.html"), &report.html).expect("html");
    println!("data in {built:.1?}, rendered in {took:.1?}; report.html {} kB", report.html.len() / 1000);
    for p in &report.pictures {
        std::fs::write(folder.join(format!("{}.svg", p.name)), &p.svg).expect("svg");
        std::fs::write(folder.join(format!("{}.png", p.name)), &p.png).expect("png");
        println!("{}: svg {} kB, png {} kB", p.name, p.svg.len() / 1000, p.png.len() / 1000);
    }
}

fn build(kind: &str) -> ReportData {
    let (seconds, n, first) = match kind {
        "one" => (900, 1, 1_424_131_200),
        "empty" => (900, 0, 0),
        "month" => (900, 2_880, 1_424_131_200),
        "years" => (3_600, 26_000, 1_424_131_200),
        _ => (900, 384, 1_424_131_200),
    };
    let mut dice = Dice(7);
    let mut words = WordCounts::new();
    let mut windows = Vec::new();
    let mut total = [0u64; 4];
    for i in 0..n {
        let start = first + i * i64::from(seconds);
        if n > 300 && (n * 52 / 100..n * 54 / 100).contains(&i) {
            continue;
        }
        let w = window(&mut dice, start, i as f64 / n as f64, &mut words, n);
        (0..4).for_each(|l| total[l] += w.counts[l]);
        windows.push(w);
    }
    let hostile = kind == "hostile";
    if hostile {
        for text in [
            "<script>alert(1)</script>",
            "\"quoted\" ]]> \u{202E}drow",
            "zero\u{200D}width\u{0}null",
            "<img src=x onerror=alert(1)>",
        ] {
            (0..3_000).for_each(|_| words.add(Label4::Negative, text));
        }
        (0..3_000).for_each(|_| words.add(Label4::Mixed, &"long".repeat(25_000)));
    }
    let scored: u64 = total.iter().sum();
    ReportData {
        title: if hostile {
            "<script>alert('x')</script> \u{202E}topic\u{0} & \"friends\" ]]>".repeat(3)
        } else {
            "us-airlines".into()
        },
        facts: facts(scored, seconds, hostile),
        shares: Label4::ALL.map(|label| share(label, total[label.index()], scored)),
        windows,
        words,
        synthetic: true,
    }
}

fn window(dice: &mut Dice, start: i64, at: f64, words: &mut WordCounts, n: i64) -> WindowPoint {
    let hour = (start % 86_400) as f64 / 3_600.0;
    let rhythm =
        0.35 + 0.65 * (1.0 - ((hour - 16.0) / 12.0 * std::f64::consts::PI).cos().mul_add(-0.5, 0.5)).powi(2);
    let storm = if at > 0.6 { 1.0 - (at - 0.6) } else { 0.0 };
    let mut tweets = (120.0 * rhythm * (1.0 + 0.5 * storm) * (0.85 + 0.3 * dice.roll())) as u64;
    let mut status = WindowStatus::Complete;
    if tweets > 158 {
        (tweets, status) = (158, WindowStatus::Capped);
    }
    if (0.235..0.25).contains(&at) {
        (tweets, status) = (0, WindowStatus::Empty);
    }
    if at > 0.995 && n > 1 {
        (tweets, status) = (tweets / 3, WindowStatus::Partial);
    }
    let mood = [0.24 - 0.08 * storm, 0.42 + 0.16 * storm, 0.26 - 0.06 * storm, 0.08];
    let mut counts = [0u64; 4];
    let mut sums = [0.0; 4];
    for _ in 0..tweets {
        let mut r = dice.roll();
        let label = Label4::ALL
            .into_iter()
            .find(|l| {
                r -= mood[l.index()];
                r < 0.0
            })
            .unwrap_or(Label4::Neutral);
        counts[label.index()] += 1;
        for other in Label4::ALL {
            sums[other.index()] += if other == label { 0.64 } else { 0.12 };
        }
        if n <= 3_000 {
            let own = OWN[label.index()];
            let text = format!(
                "{} {} {} {} {}",
                dice.pick(COMMON),
                dice.pick(own),
                dice.pick(COMMON),
                dice.pick(own),
                dice.pick(COMMON)
            );
            words.add(label, &text);
        }
    }
    let avg = (tweets > 0).then(|| sums.map(|s| s / tweets as f64));
    WindowPoint { start_unix: start, status, tweets, unscored: 0, collapsed: tweets / 40, counts, avg, sums }
}

fn share(label: Label4, count: u64, of: u64) -> ShareTile {
    let p = (of > 0).then(|| count as f64 / of as f64);
    let half = p.map(|p| 1.96 * (p * (1.0 - p) / of as f64).sqrt());
    let at = |sign: f64| Some(p? + sign * half?);
    ShareTile { label, share: p, low: at(-1.0), high: at(1.0), count }
}

fn facts(scored: u64, seconds: u32, hostile: bool) -> Facts {
    let evil = if hostile { "<b>\u{202E}&'\"]]>".to_owned() } else { String::new() };
    Facts {
        run_id: "20150221t000412z-7f3a".into(),
        topic: format!("us-airlines{evil}"),
        source: format!("sample{evil}"),
        model: format!("embedded-v1{evil}"),
        tool_version: "0.1.0".into(),
        lang: vec!["en".into()],
        window_seconds: seconds,
        started: "2015-02-21T00:04:12Z".into(),
        finished: "2015-02-21T00:04:15Z".into(),
        first_post: Some("2015-02-17T00:00:03Z".into()),
        last_post: Some("2015-02-20T23:57:41Z".into()),
        tweets: scored + 412,
        scored,
        unscored: 412,
        collapsed: scored / 40,
        rejected: 3,
        dropped: 1_204,
        dropped_by: vec![(format!("duplicate{evil}"), 1_100), ("window cap".into(), 104)],
        share_method: "A label's share is its scored tweets over all scored tweets; the interval is the 95 % normal interval.".into(),
        notes: vec![format!("The run was resumed once.{evil}")],
        words_sampled: Some((20_000, scored)),
    }
}
