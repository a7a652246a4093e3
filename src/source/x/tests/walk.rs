use proptest::prelude::*;

use super::*;

/// An X that has the given number of posts in each second of the window.
struct World(Vec<u32>);

impl World {
    fn available(&self, span: Span) -> u32 {
        self.0[span.start as usize..span.end as usize].iter().sum()
    }

    /// The page of `ask`. A token says how many posts of its span came before.
    fn page(&self, ask: &Ask) -> Got {
        let before: u32 = ask.token.as_deref().map_or(0, |token| token.parse().unwrap());
        let rest = self.available(ask.span) - before;
        let posts = rest.min(ask.posts);
        Got { posts, next: (rest > posts).then(|| (before + posts).to_string()), repeated: false }
    }
}

/// Reads the window, through its written form between any two pages.
fn read(world: &World, cap: u32, spread: bool) -> (Walk, Vec<(Ask, Got)>) {
    let mut walk = Walk::new(Span { start: 0, end: world.0.len() as i64 }, cap, spread);
    let mut pages = Vec::new();
    while let Some(ask) = walk.ask() {
        let got = world.page(&ask);
        walk.came(got.clone());
        pages.push((ask, got));
        if !walk.is_over() {
            walk = Walk::read(&walk.written()).unwrap();
        }
    }
    (walk, pages)
}

proptest! {
    #[test]
    fn never_more_than_the_cap_and_all_where_it_fits(
        seconds in prop::collection::vec(0u32..40, 1..60), cap in 10u32..450, spread: bool
    ) {
        let world = World(seconds);
        let all = world.available(Span { start: 0, end: world.0.len() as i64 });
        let (walk, pages) = read(&world, cap, spread);
        let came: u32 = pages.iter().map(|(_, got)| got.posts).sum();
        prop_assert!(came <= cap);
        prop_assert!(pages.iter().all(|(ask, _)| (10..=100).contains(&ask.posts)));
        // What is left of the cap may be too little for a page.
        prop_assert!(came == all || cap - came < 10, "{came} of {all} under {cap}");
        prop_assert_eq!(walk.capped(), came < all);
        // Without a page twice.
        let mut asked: Vec<_> = pages.iter().map(|(ask, _)| (ask.span.start, ask.token.clone())).collect();
        asked.sort();
        asked.dedup();
        prop_assert_eq!(asked.len(), pages.len());
    }
}

#[test]
fn newest_asks_the_window_as_one() {
    let (_, pages) = read(&World(vec![10; 900]), 250, false);
    let sizes: Vec<u32> = pages.iter().map(|(ask, _)| ask.posts).collect();
    assert_eq!(sizes, [100, 100, 50]);
    let (_, pages) = read(&World(vec![10; 900]), 205, false);
    let sizes: Vec<u32> = pages.iter().map(|(ask, _)| ask.posts).collect();
    assert_eq!(sizes, [100, 95, 10], "no page of less than ten");
}

#[test]
fn spread_asks_ten_parts_and_gives_what_one_leaves_to_another() {
    let (walk, pages) = read(&World(vec![10; 900]), 100, true);
    assert_eq!(pages.len(), 10);
    assert!(pages.iter().all(|(ask, got)| ask.span.seconds() == 90 && got.posts == 10) && walk.capped());
    // All posts are in one second: nine parts leave their shares to the tenth.
    let mut burst = vec![0; 900];
    burst[450] = 500;
    let (walk, pages) = read(&World(burst), 100, true);
    assert_eq!(pages.iter().map(|(_, got)| got.posts).sum::<u32>(), 100);
    assert!(walk.capped() && pages.len() == 11);
    assert_eq!(read(&World(vec![1; 7]), 100, true).1.len(), 7, "a part has a second at least");
    assert_eq!(read(&World(vec![1; 900]), 35, true).1.len(), 3, "a part has ten posts at least");
}

#[test]
fn a_page_that_repeats_ends_its_part_and_says_that_there_is_more() {
    let mut walk = Walk::new(Span { start: 0, end: 900 }, 1_000, false);
    walk.came(Got { posts: 100, next: Some("a".to_owned()), repeated: false });
    walk.came(Got { posts: 100, next: Some("a".to_owned()), repeated: true });
    assert!(walk.is_over() && walk.capped() && walk.ask().is_none());
}

#[test]
fn pages_without_posts_come_to_an_end() {
    let mut walk = Walk::new(Span { start: 0, end: 900 }, 1_000, false);
    let mut pages = 0;
    while walk.ask().is_some() {
        walk.came(Got { posts: 0, next: Some(format!("t{pages}")), repeated: false });
        pages += 1;
    }
    assert_eq!((pages, walk.capped()), (limits::X_EMPTY_PAGES, true));
}

#[test]
fn what_is_no_mark_of_ours_is_not_read() {
    let good = Walk::new(Span { start: 0, end: 900 }, 100, true);
    assert_eq!(Walk::read(&good.written()), Some(good.clone()));
    for text in ["", "abc", "{}", &good.written().replace("\"k\":10", "\"k\":0")] {
        assert_eq!(Walk::read(text), None, "{text}");
    }
}
