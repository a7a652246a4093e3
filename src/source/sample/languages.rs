//! What the sample's people say in Spanish, German, French and Japanese: few words, so that a run has posts
//! in other languages to keep and not to score.

use super::grammar::Rule;

/// The languages, with the rule that a post in each starts from.
pub const OTHERS: [(&str, &str); 4] = [("es", "es"), ("de", "de"), ("fr", "fr"), ("ja", "ja")];

#[rustfmt::skip]
pub const RULES: &[Rule] = &[
    ("es", &[
        "{es_part} de Velowisp {es_is} {es_adj} {es_where}", "Hoy fui en Velowisp {es_where}: {es_adj}",
        "¿Alguien sabe cuánto cuesta {es_part} de Velowisp? Dicen que {2-19} euros",
        "{5-50} minutos esperando {es_where} y {es_part} {es_is} {es_adj}",
        "Gracias Velowisp, {es_part} {es_is} {es_adj}", "Mi hermana dice que {es_part} {es_is} {es_adj} 🚲",
    ]),
    ("es_part", &[
        "la bici nueva", "la aplicación", "el candado", "el mapa", "la batería", "el bono diario",
        "el sillín", "la estación {10-480}",
    ]),
    ("es_is", &["es", "está", "sigue siendo", "me parece"]),
    ("es_adj", &[
        "genial", "un desastre", "muy cómoda", "carísimo", "una maravilla", "lentísimo", "lo mejor del día",
        "horrible", "bastante normal",
    ]),
    ("es_where", &[
        "en el puerto", "junto a la biblioteca", "en la plaza", "cerca de la estación", "por el río",
        "en la universidad",
    ]),
    ("de", &[
        "{de_part} von Velowisp ist {de_adj} {de_where}", "Heute mit Velowisp {de_where} gefahren, {de_adj}!",
        "Weiß jemand, ob {de_part} {de_where} funktioniert?",
        "{5-50} Minuten {de_where} gewartet, {de_part} ist {de_adj}",
        "Danke Velowisp, {de_part} ist {de_adj}", "Meine Oma findet, {de_part} sei {de_adj} 🚲",
    ]),
    ("de_part", &[
        "das neue Rad", "die App", "das Schloss", "die Karte", "der Akku", "die Tageskarte", "der Sattel",
        "Station {10-480}",
    ]),
    ("de_adj", &[
        "großartig", "kaputt", "sehr bequem", "viel zu teuer", "ein Traum", "furchtbar langsam",
        "ganz in Ordnung", "eine Frechheit", "zuverlässig",
    ]),
    ("de_where", &[
        "am Hafen", "an der Bibliothek", "auf dem Platz", "beim Bahnhof", "am Fluss", "vor der Uni",
    ]),
    ("fr", &[
        "{fr_part} de Velowisp est {fr_adj} {fr_where}", "Ce matin en Velowisp {fr_where}, {fr_adj} !",
        "Quelqu'un sait si {fr_part} marche {fr_where} ?",
        "{5-50} minutes d'attente {fr_where}, {fr_part} est {fr_adj}",
        "Merci Velowisp, {fr_part} est {fr_adj}", "Ma voisine trouve que {fr_part} est {fr_adj} 🚲",
    ]),
    ("fr_part", &[
        "le nouveau vélo", "l'appli", "le cadenas", "le plan", "la batterie", "le forfait jour", "la selle",
        "la borne {10-480}",
    ]),
    ("fr_adj", &[
        "génial", "en panne", "très confortable", "hors de prix", "une merveille", "trop lent", "correct",
        "une honte", "parfait",
    ]),
    ("fr_where", &[
        "au port", "près de la bibliothèque", "sur la place", "devant la gare", "le long du fleuve",
        "à la fac",
    ]),
    ("ja", &[
        "{ja_where}でVelowispに乗った。{ja_part}が{ja_adj}", "Velowispの{ja_part}、{ja_adj}！",
        "{ja_where}で{5-50}分待った。{ja_part}が{ja_adj}", "{ja_part}は{ja_where}でも使えますか？",
        "今日の通勤はVelowisp。{ja_adj} 🚲",
    ]),
    ("ja_part", &["新しい自転車", "アプリ", "鍵", "地図", "バッテリー", "一日券", "サドル", "{10-480}番ポート"]),
    ("ja_adj", &["最高です", "壊れています", "とても快適", "高すぎる", "夢みたい", "遅すぎる", "普通かな", "残念です", "便利"]),
    ("ja_where", &["港", "図書館の前", "広場", "駅の近く", "川沿い", "大学"]),
];
