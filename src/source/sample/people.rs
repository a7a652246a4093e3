//! Who writes the sample's posts: invented people, made once from the seed. Knows nothing of what they say.

use crate::model::Author;
use crate::source::rng::Rng;
use crate::source::sample::grammar::push_number;

/// How many people there are. Some of them write much more than others.
pub const PEOPLE: u32 = 6_000;

const FIRST: [&str; 40] = [
    "Ada", "Bo", "Cleo", "Dara", "Emil", "Fay", "Gus", "Hana", "Ines", "Jory", "Kit", "Lena", "Milo", "Nora",
    "Ode", "Pia", "Quin", "Rosa", "Sami", "Tove", "Uma", "Vito", "Wren", "Xeno", "Yara", "Zeno", "Alma",
    "Bram", "Cora", "Dov", "Elif", "Finn", "Greta", "Hugo", "Iris", "Jude", "Kaya", "Levi", "Mara", "Nils",
];
const LAST: [&str; 32] = [
    "Alderton",
    "Birch",
    "Calloway",
    "Dunmore",
    "Eastlake",
    "Fennimore",
    "Gale",
    "Hartwell",
    "Inglewood",
    "Juno",
    "Kettle",
    "Larkin",
    "Mossman",
    "Northey",
    "Oakes",
    "Penhale",
    "Quill",
    "Rowan",
    "Saltmarsh",
    "Thackery",
    "Underhay",
    "Vale",
    "Weir",
    "Yarrow",
    "Zell",
    "Ashgrove",
    "Brook",
    "Cobb",
    "Dray",
    "Ember",
    "Frost",
    "Glass",
];
const HANDLE: [&str; 24] = [
    "pedals", "spokes", "quay", "lantern", "wheels", "rides", "harbour", "chain", "bell", "saddle", "north",
    "river", "hill", "dock", "tandem", "rain", "gears", "tyre", "morning", "alder", "juniper", "ferry",
    "bridge", "tin",
];
const HOME: [&str; 14] = [
    "Port Alder",
    "Port Alder",
    "Port Alder",
    "North Quay",
    "Port Alder, by the river",
    "Saint Wen's",
    "on a bike",
    "Cobbler's Hill",
    "somewhere rainy",
    "Marlow",
    "the 7:42 ferry",
    "Juniper Park",
    "Upper Weir",
    "earth, mostly",
];

/// All people of a seed.
#[derive(Clone, Debug)]
pub struct People(Vec<Author>);

impl People {
    pub fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed, 0x7065_6f70_6c65);
        Self((0..PEOPLE).map(|number| person(number, &mut rng)).collect())
    }

    /// Somebody. The first ones of the list write much more than the last ones.
    pub fn somebody(&self, rng: &mut Rng) -> &Author {
        let reach = rng.below(PEOPLE) + 1;
        let number = rng.below(reach);
        self.0.get(number as usize).unwrap_or(&self.0[0])
    }
}

fn person(number: u32, rng: &mut Rng) -> Author {
    let first = pick(&FIRST, rng);
    let mut id = String::with_capacity(16);
    push_number(
        1_000_000_000_000_u64 + u64::from(number) * 1_000_003 + u64::from(rng.below(1_000_000)),
        &mut id,
    );
    let mut username = first.to_ascii_lowercase();
    username.push('_');
    username.push_str(pick(&HANDLE, rng));
    push_number(number, &mut username);
    let name = if rng.chance(250) { first.to_owned() } else { format!("{first} {}", pick(&LAST, rng)) };
    Author {
        id: Some(id),
        username: Some(username),
        name: Some(name),
        location: rng.chance(650).then(|| pick(&HOME, rng).to_owned()),
        verified: Some(rng.chance(333)),
    }
}

fn pick(from: &[&'static str], rng: &mut Rng) -> &'static str {
    from[rng.below(from.len() as u32) as usize]
}
