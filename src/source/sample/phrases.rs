//! What the sample's people say in English about Velowisp, a bicycle hire that does not exist, in Port Alder,
//! a town that does not exist either. Words only; when they are said is not known here.

use super::grammar::Rule;

/// The rules that a post may start from, by mood and chapter: see `compose`.
#[rustfmt::skip]
pub const ENGLISH: &[Rule] = &[
    // ---- Positive ----
    ("positive", &[
        "{opener}{part} {is} {good}{stop}", "{opener}{part} {is} {good}{stop}",
        "Just rode from {place} to {place} in {8-39} minutes and it was {good}{stop}",
        "{opener}I {love} {part}{stop}", "{opener}{brand} {verbed_good} my {trip}{stop}",
        "{when} on {brand}: {good}, {good} and only {price}{stop}",
        "{person} tried {brand} {when_small} and {came_back_happy}{stop}",
        "Took {brand} to {place} {when_small}. {joy}{stop}", "{joy}! {part_cap} {is} {good}{stop}",
        "{number} days of {brand} and {still_happy}{stop}", "Thank you {brand} for {gift}{stop}",
        "Can we talk about how {good} {part} {is}?",
        "{brand} {is} the best thing that happened to {place} in years{stop}",
        "Sold my car {when_small}. {brand} {is} {good} and costs {price} a day{stop}",
        "{opener}who else {loves} {part}? {good_cap} every single time{stop}",
        "The view from {place} on a {brand} at {time_of_day} {is} {good}{stop}",
        "{price} to cross the whole town, past {place}, with the wind behind me. {joy}{stop}",
        "My {relative} finally rides again thanks to {part}. {joy}{stop}",
    ]),
    ("positive_opening", &[
        "It is here! {brand} opened at {place} and {part} {is} {good}{stop}",
        "First ride on {brand} today. {joy}{stop}",
        "{number} bikes at {place} on day one, and every one of them {good}{stop}",
        "Well done Port Alder, the opening of {brand} was {good}{stop}",
        "Signed up in {2-6} minutes, riding in {7-12}. {brand} {is} {good}{stop}",
        "Waited a year for {brand} and it was worth it, {part} {is} {good}{stop}",
        "The queue at {place} is all smiles. Opening day of {brand} feels {good}{stop}",
    ]),
    ("positive_recovery", &[
        "{part_cap} works again, and faster than before. Well done {brand}{stop}",
        "Credit where it is due: {brand} refunded {price} without my asking. {good_cap}{stop}",
        "Back on the bike after the outage, and the ride to {place} was {good}{stop}",
        "Impressed by how {brand} handled this: honest, quick, {good}{stop}",
        "Thanks to the crew at {place} who unlocked {number} bikes by hand. Heroes{stop}",
        "A free week from {brand} for the trouble. That is {good}{stop}",
    ]),
    ("positive_incident", &[
        "Stuck at {place}, but the {brand} mechanic was {good} about it{stop}",
        "Shout-out to the person at {place} who lent me a helmet and a lift. {joy}{stop}",
        "My {brand} still runs, and an empty river path {is} {good}{stop}",
    ]),
    // ---- Negative ----
    ("negative", &[
        "{opener}{part} {is} {bad}{stop}", "{opener}{part} {is} {bad}{stop}",
        "{ugh} {part} {is} {bad}. {complaint}{stop}", "{complaint}{stop} {ugh}",
        "{opener}I {hate} {part}{stop}", "{number} minutes at {place} and {failure}{stop}",
        "{brand} charged me {price} for {nothing}. {bad_cap}{stop}",
        "{ugh} {failure} at {place}, {excuse}{stop}",
        "{person} tried {brand} {when_small} and {came_back_sad}{stop}", "{part_cap} {is} {bad} again. {ugh}",
        "Late for {errand} because {failure}. {bad_cap}{stop}",
        "Deleting {brand}. {failure_cap} and support {ignored}{stop}",
        "How can {part} be this {bad} after {number} days?",
        "{price} for {11-29} minutes? {brand} {is} {bad}{stop}",
        "Support told me to {advice}. {bad_cap}{stop}", "Do not take {brand} to {place}: {failure}{stop}",
        "Cold, wet and {failure}. Never again, {brand}{stop}",
        "My {relative} fell because {part} {is} {bad}. Not acceptable{stop}",
    ]),
    ("negative_opening", &[
        "Opening day and already {failure}. {ugh}",
        "{number} people waiting at {place} and {failure}. What a start{stop}",
        "{price} for a day pass on opening day? {bad_cap}{stop}",
    ]),
    ("negative_recovery", &[
        "It works again, they say. At {place} {failure}{stop}",
        "A free week does not bring back {errand}, {brand}. {bad_cap}{stop}",
        "Still no refund for {price}. {ugh}", "Sorry is easy. {failure_cap} and nobody {answered}{stop}",
    ]),
    ("negative_incident", &[
        "{brand} is down at {place}. {failure_cap}{stop} {ugh}",
        "Every dock in town is red, {failure}. {bad_cap}{stop}",
        "Charged {price} for a bike that will not unlock. {ugh}",
        "{number} of us stranded at {place} and {brand} {ignored}{stop}",
        "The app says \"all systems normal\". {failure_cap}. {bad_cap}{stop}",
        "Cannot end my ride, the meter is at {price} and counting. {ugh}",
        "Walked {2-9} km home from {place} because {failure}. Thanks for nothing {brand}{stop}",
        "Dock {10-480} ate my deposit, {failure}. {ugh}",
        "Third error in {3-40} minutes: code {400-599}. {brand} {is} {bad}{stop}",
        "On hold with support for {15-95} minutes while {failure}{stop}",
        "Who updates the locks at rush hour? {bad_cap} planning, {brand}{stop}",
        "Missed {errand}, lost {price}, and {failure}. {bad_cap}{stop}",
        "My {relative} is stuck at {place} in the rain because {failure}. Furious{stop}",
    ]),
    // ---- Neutral ----
    ("neutral", &[
        "{brand} has {number} bikes at {place} right now{stop}",
        "Does anyone know whether {part} can be used with {thing}?",
        "{brand} opens a new dock at {place} on {weekday}{stop}", "Where is the nearest dock to {place}?",
        "{weekday_cap}: {1-9} km with {brand}, {place} to {place}, {8-55} minutes{stop}",
        "Dock {10-480} at {place} moves across the street on {weekday}{stop}",
        "Reading about {topic_word} in the {paper}. {brand} is mentioned {2-9} times{stop}",
        "The council talks about {topic_word} on {weekday} at {1-12} pm, room {2-40}{stop}",
        "Is the day pass {price} or {price}? The sign at {place} says both",
        "{brand} says {part} comes in version {2-5}.{0-9} next {weekday}{stop}",
        "{number} rides were counted at {place} on {weekday}, {brand} reports{stop}",
        "Looking for {thing} left in a {brand} basket near {place} around {1-12} {ampm}",
        "Weather for riders: {5-19} degrees at {place}, {sky}{stop}",
        "Which is the better way from {place} to {place}, the river path or the hill?",
        "Poll: do you take {brand} for {errand} or for the weekend?",
        "Road works at {place} until {weekday}; {brand} riders use {place} instead{stop}",
        "My {relative} asks how {part} works. Any guide?",
        "{brand} timetable for the ferry docks: first bike {5-7}:{10-59}, last bike {20-23}:{10-59}{stop}",
    ]),
    ("neutral_opening", &[
        "{brand} opens today with {number} docks between {place} and {place}{stop}",
        "The mayor cuts the ribbon at {place} at {9-11}:{10-55}{stop}",
        "What does a month of {brand} cost? The sign says {price}",
    ]),
    ("neutral_recovery", &[
        "{brand} status: {number} of {500-640} docks are back{stop}",
        "Refunds go out until {weekday}, {brand} writes{stop}",
        "The report about the outage comes on {weekday}, says the {paper}{stop}",
    ]),
    ("neutral_incident", &[
        "{brand} status page, note {2-60}: {part} under investigation{stop}",
        "Is it only {place} or are the docks at {place} offline as well?",
        "Buses between {place} and {place} run every {5-15} minutes while {brand} is offline{stop}",
        "The {paper} has a live page about the {brand} outage{stop}",
    ]),
    // ---- Mixed ----
    ("mixed", &[
        "{part_cap} {is} {good}, {but} {part} {is} {bad}{stop}", "I {love} {part} {but} {failure}{stop}",
        "{good_cap} ride to {place}, {bad} app. {shrug}",
        "{part_cap} {is} {bad}, {but} the people at {place} were {good}{stop}",
        "Half of me {loves} {brand}, half of me is still waiting at {place} because {failure}{stop}",
        "{joy}, {but} {price} is {bad}{stop}",
        "Week {2-9} with {brand}: {part} {good}, {part} {bad}. {shrug}",
        "The idea {is} {good}. The {detail} {is} {bad}{stop}",
    ]),
    // ---- What follows ----
    ("more_positive", &[
        " {joy}{stop}", " Would do it again{stop}", " {8-10} out of ten from me{stop}",
        " See you at {place}{stop}", " My {relative} agrees{stop}", " And {part} {is} {good} too{stop}",
        " Made my {weekday}{stop}", " Best {price} of the week{stop}", " Tell everyone at {place}{stop}",
        " Never thought {errand} could be fun{stop}",
    ]),
    ("more_negative", &[
        " {ugh}", " I want my {price} back{stop}", " Not the first time{stop}",
        " And {part} {is} {bad} too{stop}", " Fix it{stop}", " My {relative} had the same at {place}{stop}",
        " Ticket {10000-99999}, no answer{stop}", " Walking from now on{stop}", " So disappointed{stop}",
        " Do better{stop}",
    ]),
    ("more_neutral", &[
        " More on {weekday}{stop}", " Source: the {paper}{stop}", " Asking for my {relative}{stop}",
        " Map at {place}{stop}", " Dock {10-480}{stop}", " It takes {3-45} minutes{stop}", " Anyone?",
        " Details from {7-11} {ampm}{stop}",
    ]),
    ("more_mixed", &[
        " {shrug}", " We will see{stop}", " I want to like it{stop}", " Keep {part}, change the rest{stop}",
        " {4-6} out of ten, I suppose{stop}",
    ]),
];

/// The words that the rules above are filled with.
#[rustfmt::skip]
pub const WORDS: &[Rule] = &[
    ("brand", &["Velowisp", "Velowisp", "Velowisp", "velowisp", "#Velowisp", "@velowisp"]),
    ("opener", &[
        "", "", "", "", "", "", "Okay, ", "Honestly, ", "Right, ", "Update: ", "Not going to lie, ",
        "Small thing, but ", "Hot take: ", "Morning all, ", "Hear me out, ", "Day {2-9}: ", "PSA: ",
        "Fun fact: ", "Once more: ",
    ]),
    ("part", &[
        "the new e-bike", "the saddle", "the basket", "the front brake", "the gear hub", "the motor",
        "the app", "the live map", "the lock", "the dock at {place}", "the headlight", "the bell",
        "the pricing", "the day pass", "the student plan", "the helmet locker", "the route planner",
        "the customer support", "the cargo bike", "the ride summary", "the child seat", "the phone holder",
        "the battery", "the night ride offer", "the QR scanner", "the loyalty card", "the suspension",
        "the tandem", "the family plan", "the step counter", "the rain cover", "the charging station",
        "the sign-in screen",
    ]),
    ("part_cap", &[
        "The e-bike", "The saddle", "The app", "The map", "The lock", "The motor", "The battery",
        "The day pass", "The cargo bike", "The route planner", "Support", "The dock", "The child seat",
        "The pricing", "The basket", "The brake", "The new frame",
    ]),
    ("is", &["is", "is", "is", "is", "was", "feels", "really is", "has been"]),
    ("good", &[
        "smooth", "brilliant", "so comfortable", "super quick", "surprisingly light", "lovely", "spot on",
        "really well made", "a joy", "fantastic", "rock solid", "effortless", "beautifully simple",
        "better than I expected", "gorgeous", "amazing", "a dream", "great", "wonderful", "so much fun",
        "excellent", "worth every cent", "perfect", "delightful", "impressive", "silent and strong",
        "pure happiness", "soooo good", "a little miracle", "reliable",
    ]),
    ("good_cap", &[
        "Brilliant", "Lovely", "Fantastic", "Great", "Perfect", "Wonderful", "Smooth", "Excellent", "Superb",
    ]),
    ("bad", &[
        "awful", "broken again", "painfully slow", "a mess", "useless", "terrible", "way too expensive",
        "wobbly", "unreliable", "confusing", "a joke", "exhausting", "worse than before", "a disgrace",
        "dead", "horrible", "disappointing", "dangerous", "a nightmare", "frozen", "ridiculous",
        "so annoying", "a rip-off", "pathetic", "a total fail", "rusty already", "infuriating", "buggy",
        "sooo slow", "a bad dream",
    ]),
    ("bad_cap", &[
        "Awful", "Terrible", "Unacceptable", "Ridiculous", "Disappointing", "Shameful", "Pathetic", "Useless",
        "Horrible",
    ]),
    ("joy", &[
        "Love it", "What a ride", "So happy", "Best commute ever", "I am in love", "This made my day",
        "Big smile all the way", "Pure joy", "Best decision of the year", "I needed that",
        "Absolutely delighted", "Goosebumps", "Wind, sun, no traffic", "Felt like flying", "Five stars",
    ]),
    ("ugh", &[
        "Ugh.", "Seriously?!", "I give up.", "So angry right now.", "Unbelievable.", "What a waste of time.",
        "Shame on you.", "I am done.", "Why?!", "Enough.", "This is so frustrating.", "Worst service ever.",
        "Never again.", "Hopeless.", "Argh!",
    ]),
    ("love", &[
        "love", "really love", "adore", "cannot stop praising", "am so happy with", "enjoy",
        "am obsessed with",
    ]),
    ("loves", &["loves", "adores", "enjoys", "is happy with"]),
    ("hate", &[
        "hate", "cannot stand", "am fed up with", "regret paying for", "am sick of",
        "have lost patience with",
    ]),
    ("verbed_good", &["saved", "made", "rescued", "brightened", "improved", "turned around"]),
    ("trip", &[
        "morning", "commute", "weekend", "evening", "week", "day off", "date night", "lunch break",
        "school run", "holiday",
    ]),
    ("person", &[
        "My {relative}", "My {relative}", "A colleague", "Our neighbour", "The whole office", "My teacher",
        "Half the choir", "My dentist",
    ]),
    ("relative", &[
        "sister", "brother", "mum", "dad", "grandmother", "uncle", "aunt", "daughter", "son", "flatmate",
        "partner", "cousin", "grandfather", "niece", "best friend", "boss",
    ]),
    ("came_back_happy", &[
        "came back grinning", "loved it", "wants one for good", "will not stop talking about it",
        "was delighted", "is a fan now",
    ]),
    ("came_back_sad", &[
        "came back on foot", "hated it", "is still angry", "lost {price}", "got a bruise and no apology",
        "gave up after {2-9} minutes",
    ]),
    ("still_happy", &[
        "still in love", "not one bad ride", "I smile every morning", "zero regrets",
        "still the best part of my day",
    ]),
    ("gift", &[
        "the free ride home", "the quick answer", "the new dock at {place}", "the kind mechanic",
        "the best {trip} in months", "the birthday voucher",
    ]),
    ("failure", &[
        "the lock will not open", "no bike in sight", "the app crashed twice", "the battery died on the hill",
        "the dock refused my bike", "the map showed bikes that do not exist", "the brake failed",
        "the payment hung", "all {2-9} bikes had flat tyres", "the QR code was scratched off",
        "the seat post slipped", "the chain came off", "I was charged twice", "nobody answers",
        "the motor cut out", "sign-in fails with an error", "the helmet locker is jammed",
        "the light went out in the tunnel",
    ]),
    ("failure_cap", &[
        "The lock will not open", "The app crashed again", "No bike would unlock", "I was charged twice",
        "Nobody answers", "The dock is dead", "Sign-in fails", "The payment hangs", "The map is blank",
    ]),
    ("complaint", &[
        "I pay {price} a month for this", "{number} minutes lost", "This happens every {weekday}",
        "The seat is wet and the bell is gone", "It does not even lock properly",
        "They raised the price to {price}", "The rules change every week",
        "Nobody cleans the docks at {place}", "The data says otherwise, I was there",
    ]),
    ("nothing", &[
        "a bike I never got", "{2-9} metres", "a ride that did not start", "an error message",
        "parking in the right place", "nothing",
    ]),
    ("excuse", &[
        "and support {ignored}", "and it is raining", "of course", "as usual",
        "while the ad says \"always ready\"", "again",
    ]),
    ("ignored", &[
        "says nothing", "closed my ticket", "sent a smiley", "is asleep", "answered with a template",
        "hung up on me",
    ]),
    ("answered", &["answered", "called back", "explained anything", "apologised", "took responsibility"]),
    ("advice", &[
        "turn the bike off and on", "walk", "wait {2-9} hours", "read the terms", "try another town",
        "buy a bell",
    ]),
    ("errand", &[
        "work", "the exam", "my train", "the dentist", "a job interview", "choir", "the ferry", "dinner",
        "football practice", "the concert", "school",
    ]),
    ("thing", &[
        "a child seat", "a trailer", "the ferry ticket", "a helmet", "a student card", "a blue scarf",
        "an umbrella", "a second phone", "a lunch box", "the museum card",
    ]),
    ("topic_word", &[
        "bike lanes", "night buses", "parking", "the harbour bridge", "e-bike batteries", "public space",
        "road safety", "the new tram", "winter service",
    ]),
    ("paper", &[
        "Alder Courier", "Harbour Post", "morning news", "student paper", "Quay Gazette", "town bulletin",
    ]),
    ("detail", &["price", "app", "waiting time", "support", "map", "small print", "delivery", "timing"]),
    ("but", &["but", "but", "yet", "although", "still,", "shame that"]),
    ("shrug", &[
        "Torn.", "Mixed feelings.", "Make of that what you will.", "Good and bad.", "Could go either way.",
        "Undecided.",
    ]),
    ("when", &[
        "This morning", "Last night", "Lunch break", "Sunday", "Rush hour", "Sunrise", "Date night",
        "Day off",
    ]),
    ("when_small", &[
        "today", "this morning", "last night", "on {weekday}", "for the first time", "yesterday",
        "after work", "in the rain", "at lunch",
    ]),
    ("time_of_day", &["sunrise", "dusk", "noon", "midnight", "half past five", "golden hour"]),
    ("weekday", &["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]),
    ("weekday_cap", &["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]),
    ("ampm", &["am", "pm"]),
    ("sky", &[
        "light rain", "sun", "fog on the quay", "wind from the west", "clear", "snow later", "a few clouds",
    ]),
    ("price", &["€{1-9}.{10-95}", "€{1-9}.{10-95}", "€{2-49}", "{2-9} euros", "€{10-89}.50"]),
    ("number", &["{2-9}", "{10-48}", "{10-48}", "{50-140}", "three", "five", "ten"]),
    ("place", &[
        "Harbour Street", "Mill Lane", "the old tannery", "Lantern Square", "the university", "North Quay",
        "the river path", "Cobbler's Hill", "Saint Wen's", "the fish market", "Alder Station", "Juniper Park",
        "the ferry pier", "Glasshouse Road", "the library", "Weir Bridge", "the botanical garden", "Tin Row",
        "Salt Stairs", "the observatory", "Marlow Gate", "the stadium", "Orchard Way", "the cinema on Fifth",
    ]),
    ("stop", &[".", ".", ".", ".", "!", "!", "", "", "...", "!!"]),
    ("tag", &[
        "#Velowisp", "#Velowisp", "#PortAlder", "#bikeshare", "#cycling", "#commute", "#ebike",
        "#TownOnTwoWheels", "#ridetowork", "#AlderRides",
    ]),
    ("tag_opening", &["#VelowispDay", "#Velowisp", "#PortAlder", "#FirstRide"]),
    ("tag_incident", &[
        "#VelowispDown", "#VelowispDown", "#DockGate", "#Velowisp", "#StrandedInAlder", "#outage",
    ]),
    ("tag_recovery", &["#Velowisp", "#BackOnTheBike", "#VelowispDown", "#PortAlder"]),
    ("face_positive", &["😀", "😍", "🚲", "🎉", "❤️", "🙌", "☀️", "😊", "👏", "🥰", "💚", "🚴‍♀️", "✨"]),
    ("face_negative", &["😡", "🤬", "😤", "👎", "💔", "😭", "🙄", "😩", "🤦", "😠"]),
    ("face_neutral", &["🚲", "📍", "🗺️", "🤔", "📰", "ℹ️", "🕗"]),
    ("face_mixed", &["🤷", "😅", "🙃", "😐", "🤔", "⚖️"]),
];
