//! A packet as a record of a stream: the JSON that serde_json makes of [`Packet`], written and read in less time. Most
//! texts have nothing to escape, and every record has its fields in the same order; what is otherwise, serde_json reads.

use crate::lines::{is_plain, write_json_string};
use crate::model::{Packet, PacketName, PacketTweet};

/// Appends a packet: what serde_json writes of it, byte for byte.
pub fn write_packet(packet: &Packet, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    out.extend_from_slice(b"{\"run_id\":");
    write_json_string(&packet.run_id, out);
    out.extend_from_slice(b",\"window\":");
    serde_json::to_writer(&mut *out, &packet.name.window)?;
    out.extend_from_slice(b",\"packet\":");
    write_json_string(&packet.name.packet, out);
    if let Some(score) = &packet.score {
        out.extend_from_slice(b",\"score\":");
        serde_json::to_writer(&mut *out, score)?;
    }
    out.extend_from_slice(b",\"tweets\":[");
    for (at, tweet) in packet.tweets.iter().enumerate() {
        out.extend_from_slice(if at == 0 { b"{\"tweet_id\":" } else { b",{\"tweet_id\":" });
        write_json_string(&tweet.tweet_id, out);
        out.extend_from_slice(b",\"text\":");
        write_json_string(&tweet.text, out);
        out.extend_from_slice(b",\"lang\":");
        match &tweet.lang {
            Some(lang) => write_json_string(lang, out),
            None => out.extend_from_slice(b"null"),
        }
        out.push(b'}');
    }
    out.extend_from_slice(b"]}");
    Ok(())
}

/// Reads a packet: what serde_json reads.
///
/// # Errors
/// Where it is none.
pub fn read_packet(record: &[u8]) -> Result<Packet, serde_json::Error> {
    match std::str::from_utf8(record).ok().and_then(as_written) {
        Some(packet) => Ok(packet),
        None => serde_json::from_slice(record),
    }
}

/// The packet, if it is as [`write_packet`] writes it and says nothing of who scores it.
fn as_written(record: &str) -> Option<Packet> {
    let mut left = Left(record);
    left.pass("{\"run_id\":")?;
    let run_id = left.string()?;
    left.pass(",\"window\":")?;
    let window = left.string()?.parse().ok()?;
    left.pass(",\"packet\":")?;
    let packet = left.string()?;
    left.pass(",\"tweets\":[")?;
    // A page of X.
    let mut tweets = Vec::with_capacity(100);
    while left.pass("]}").is_none() {
        if !tweets.is_empty() {
            left.pass(",")?;
        }
        left.pass("{\"tweet_id\":")?;
        let tweet_id = left.string()?;
        left.pass(",\"text\":")?;
        let text = left.string()?;
        left.pass(",\"lang\":")?;
        let lang = if left.pass("null").is_some() { None } else { Some(left.string()?) };
        left.pass("}")?;
        tweets.push(PacketTweet { tweet_id, text, lang });
    }
    left.0.is_empty().then_some(Packet { run_id, name: PacketName { window, packet }, score: None, tweets })
}

/// What is left of a record.
struct Left<'a>(&'a str);

impl Left<'_> {
    fn pass(&mut self, expected: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(expected)?;
        Some(())
    }

    fn string(&mut self) -> Option<String> {
        let text = self.0.strip_prefix('"')?;
        let (plain, rest) = text.split_once('"')?;
        if is_plain(plain.as_bytes()) {
            self.0 = rest;
            return Some(plain.to_owned());
        }
        // The quote may be an escaped one.
        let mut strings = serde_json::Deserializer::from_str(self.0).into_iter::<String>();
        let string = strings.next()?.ok()?;
        self.0 = self.0.get(strings.byte_offset()..)?;
        Some(string)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ScoreOrder, Window};

    #[test]
    fn a_packet_is_written_as_serde_json_writes_it() {
        let texts = [
            "",
            "plain",
            "\"",
            "\\",
            "a\tb\u{1}\u{7f}",
            "\u{0}",
            "é🚲\u{2028}",
            "a text of more than thirty-two bytes, plain",
        ];
        let long = [
            "x".repeat(31) + "\n",
            "x".repeat(32) + "\"",
            "é".repeat(40),
            "🚲".repeat(9) + "\\" + &"y".repeat(40),
        ];
        let texts: Vec<String> = texts.iter().map(|t| (*t).to_owned()).chain(long).collect();
        let tweets = texts.iter().enumerate().map(|(at, text)| PacketTweet {
            tweet_id: text.clone(),
            text: text.clone(),
            lang: (at % 2 == 0).then(|| text.clone()),
        });
        let name = PacketName { window: Window::from_unix(1_700_000_100), packet: "00\"1".into() };
        let mut packet = Packet { run_id: "r\\".into(), name, score: None, tweets: tweets.collect() };
        for score in [None, Some(ScoreOrder::function(&["en".into(), "d\"e".into()]))] {
            packet.score = score;
            let mut out = b"before".to_vec();
            write_packet(&packet, &mut out).unwrap();
            assert_eq!(out[6..], serde_json::to_vec(&packet).unwrap());
            packet.tweets.truncate(1);
        }
        packet.tweets.clear();
        let mut out = Vec::new();
        write_packet(&packet, &mut out).unwrap();
        assert_eq!(out, serde_json::to_vec(&packet).unwrap());
    }

    fn record() -> String {
        let tweet = |id: &str, text: &str, lang: Option<&str>| PacketTweet {
            tweet_id: id.into(),
            text: text.into(),
            lang: lang.map(str::to_owned),
        };
        let tweets = vec![
            tweet("2007965280243811371", "Pure joy... #Velowisp", Some("en")),
            tweet("at://did/app.bsky/3k", "\"é\"\n\\ and 🚲 \u{1}", None),
        ];
        let name = PacketName::numbered(Window::from_unix(1_700_000_100), 17);
        let packet = Packet { run_id: "20231114-a".into(), name, score: None, tweets };
        let mut out = Vec::new();
        write_packet(&packet, &mut out).unwrap();
        assert_eq!(as_written(std::str::from_utf8(&out).unwrap()), Some(packet));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_is_read_in_less_time_is_what_serde_json_reads() {
        let record = record();
        let mut read = 0;
        let mut same = |changed: &[u8]| {
            let theirs = serde_json::from_slice::<Packet>(changed).ok();
            if let Some(ours) = std::str::from_utf8(changed).ok().and_then(as_written) {
                assert_eq!(Some(ours), theirs, "{}", String::from_utf8_lossy(changed));
                read += 1;
            }
            assert_eq!(read_packet(changed).ok(), theirs);
        };
        let bytes = record.as_bytes();
        for at in 0..bytes.len() {
            same(&bytes[..at]);
            same(&[&bytes[..at], &bytes[at + 1..]].concat());
            for other in b"\"\\{}[],: a0un\n\0\x7f\x80\xc3" {
                same(&[&bytes[..at], &[*other], &bytes[at + 1..]].concat());
                same(&[&bytes[..at], &[*other], &bytes[at..]].concat());
            }
        }
        assert!(read > 1_000, "{read}");
    }

    #[test]
    fn what_is_written_otherwise_is_read_all_the_same() {
        let ordered = ScoreOrder::function(&["en".into()]);
        let mut packet: Packet = serde_json::from_str(&record()).unwrap();
        packet.score = Some(ordered);
        assert_eq!(read_packet(&serde_json::to_vec(&packet).unwrap()).unwrap(), packet);
        let value: serde_json::Value = serde_json::to_value(&packet).unwrap();
        assert_eq!(read_packet(serde_json::to_string_pretty(&value).unwrap().as_bytes()).unwrap(), packet);
        packet.tweets.clear();
        packet.score = None;
        assert_eq!(read_packet(&serde_json::to_vec(&packet).unwrap()).unwrap(), packet);
        assert!(read_packet(b"").is_err());
        assert!(read_packet(b"{}").is_err());
    }
}
