//! A packet as a record of a stream: the JSON that serde_json makes of [`Packet`], written in less time, since most texts
//! have nothing to escape.

use crate::lines::write_json_string;
use crate::model::Packet;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{PacketName, PacketTweet, ScoreOrder, Window};

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
            tweet_id: text.into(),
            text: text.clone(),
            lang: (at % 2 == 0).then(|| text.into()),
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
}
