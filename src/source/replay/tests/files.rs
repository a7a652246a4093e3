//! Files, folders, packing.

use super::*;

fn open(inputs: &[&Path]) -> Result<Replay> {
    let inputs: Vec<String> = inputs.iter().map(|path| path.display().to_string()).collect();
    Replay::open(&inputs, ReplayOptions::default())
}

fn texts(replay: &mut Replay) -> Vec<String> {
    read_all(replay).unwrap().posts.into_iter().map(|post| post.text).collect()
}

#[test]
fn packing_is_told_by_the_first_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let (first, rest) = THREE.split_at(40);
    let two_members = [gzip(first.as_bytes()), gzip(rest.as_bytes())].concat();
    let two_frames =
        [zstd::encode_all(first.as_bytes(), 3).unwrap(), zstd::encode_all(rest.as_bytes(), 3).unwrap()]
            .concat();
    for (name, content) in [
        ("plain.gz", THREE.as_bytes().to_vec()),
        ("gzip.jsonl", two_members),
        ("zstd.jsonl", two_frames),
        ("bom.jsonl", [b"\xef\xbb\xbf", THREE.as_bytes()].concat()),
        ("no-newline.jsonl", THREE.trim_end().as_bytes().to_vec()),
    ] {
        let path = file(folder.path(), name, &content);
        let mut replay = open(&[&path]).unwrap();
        assert_eq!(replay.info().total_bytes, Some(content.len() as u64));
        let gave = read_all(&mut replay).unwrap();
        assert_eq!(gave.posts.len(), 3, "{name}: {:?}", gave.rejects);
        assert_eq!(gave.bytes_read, content.len() as u64, "{name}");
    }
}

#[test]
fn foreign_files_are_named_for_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    for (magic, word) in
        [(&b"PK\x03\x04zip"[..], "zip"), (b"PAR1....", "Parquet"), (b"\xff\xfei\0", "UTF-16")]
    {
        let path = file(folder.path(), "x.jsonl", magic);
        let error = read_all(&mut open(&[&path]).unwrap()).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Input);
        assert!(error.causes[0].contains(word), "{error}");
    }
}

#[test]
fn what_was_read_of_cut_or_corrupt_data_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let text = many(50_000);
    // As the zstd program writes it: without a checksum, no reader can tell.
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.include_checksum(true).unwrap();
    std::io::Write::write_all(&mut encoder, text.as_bytes()).unwrap();
    let zst = encoder.finish().unwrap();
    let gz = gzip(text.as_bytes());
    let flipped = |mut bytes: Vec<u8>| {
        let middle = bytes.len() / 2;
        bytes[middle..middle + 64].fill(0xff);
        bytes
    };
    for (name, content, word) in [
        ("cut.gz", gz[..gz.len() / 2].to_vec(), "ends too early"),
        ("no-trailer.gz", gz[..gz.len() - 3].to_vec(), "ends too early"),
        ("flipped.gz", flipped(gz.clone()), "is corrupt"),
        ("garbage-after.gz", [gz.clone(), b"garbage here".to_vec()].concat(), "is corrupt"),
        ("cut.zst", zst[..zst.len() / 2].to_vec(), "ends too early"),
        ("flipped.zst", flipped(zst.clone()), "is corrupt"),
    ] {
        let path = file(folder.path(), name, &content);
        let mut replay = open(&[&path]).unwrap();
        let (gave, error) = read_until_error(&mut replay);
        let error = error.unwrap_or_else(|| panic!("{name} was read without an error"));
        assert_eq!(error.kind, ErrorKind::Input, "{name}: {error}");
        assert!(error.message.contains(name) && error.message.contains(word), "{error}");
        let at: u64 =
            error.message.split("byte ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
        assert!(at > 0 && at <= content.len() as u64, "{error}");
        assert!(!gave.posts.is_empty(), "{name}");
        if name.starts_with("flipped") {
            // Damage inside a gzip member shows at the latest at its end; some lines may be garbage until then.
            assert!(error.hint.unwrap().contains("damaged"));
            continue;
        }
        assert_eq!(gave.rejects.len(), 0, "{name}: the error says it all");
        assert!(gave.posts.iter().enumerate().all(|(i, post)| post.id == (100 + i).to_string()));
        if name != "cut.gz" && name != "cut.zst" {
            assert_eq!(gave.posts.len(), 50_000, "{name}");
        }
    }
    let path = file(folder.path(), "head.gz", &gz[..5]);
    let error = read_all(&mut open(&[&path]).unwrap()).unwrap_err();
    assert!(error.message.contains("ends too early"), "{error}");
}

#[test]
fn folders_are_read_by_name_without_the_tools_own_runs() {
    let folder = tempfile::tempdir().unwrap();
    let line = |text: &str| {
        format!("{{\"id\":\"1\",\"created_at\":\"2020-01-01T00:00:00Z\",\"text\":\"{text}\"}}\n")
    };
    file(folder.path(), "b.jsonl", line("b"));
    file(folder.path(), "a/z.ndjson.gz", gzip(line("a/z").as_bytes()));
    file(folder.path(), "a/y.json", line("a/y"));
    file(
        folder.path(),
        "c.csv.zst",
        zstd::encode_all(&b"id,created_at,text\n7,2020-01-01,c\n"[..], 1).unwrap(),
    );
    file(folder.path(), ".hidden.jsonl", line("hidden"));
    file(folder.path(), ".git/x.jsonl", line("hidden"));
    file(folder.path(), "picture.png", "not a post");
    file(folder.path(), "README", "not a post");
    file(folder.path(), "sentistack-data/runs/r/staging/x.jsonl", line("own"));
    file(folder.path(), "copied/manifest.json", "{}");
    file(folder.path(), "copied/journal.jsonl", "{}");
    file(folder.path(), "copied/staging/x.jsonl", line("own"));
    let mut replay = open(&[folder.path()]).unwrap();
    assert_eq!(replay.notes().len(), 4, "{:#?}", replay.notes());
    assert!(replay.notes().iter().any(|note| note.contains("picture.png")));
    assert_eq!(texts(&mut replay), ["a/y", "a/z", "b", "c"]);

    let pattern = folder.path().join("**/*.js*");
    let mut replay = open(&[&pattern]).unwrap();
    let all = texts(&mut replay);
    assert!(all.contains(&"a/y".to_owned()) && all.contains(&"b".to_owned()));

    let error = open(&[&folder.path().join("copied")]).err().unwrap();
    assert!(error.message.starts_with("nothing to read in "), "{error}");
    assert!(error.to_string().contains("this tool's own runs"), "{error}");
}

#[test]
fn what_is_not_there_is_said_at_once() {
    let folder = tempfile::tempdir().unwrap();
    file(folder.path(), "empty/picture.png", "");
    for (name, words) in [
        ("missing.jsonl", "cannot read"),
        ("none-*.jsonl", "no file matches"),
        ("empty", "nothing to read in"),
    ] {
        let error = open(&[&folder.path().join(name)]).err().unwrap();
        assert_eq!(error.kind, ErrorKind::Input, "{error}");
        assert!(error.message.starts_with(words) && error.hint.is_some(), "{error}");
    }
    assert_eq!(open(&[]).err().unwrap().kind, ErrorKind::Usage);
}

#[test]
fn an_empty_file_beside_others_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    file(folder.path(), "a.jsonl", "");
    file(folder.path(), "b.jsonl", THREE);
    file(folder.path(), "c.jsonl.gz", gzip(b""));
    let path = folder.path();
    assert_eq!(texts(&mut open(&[path]).unwrap()), ["one", "two", "three"]);
    let only = [path.join("a.jsonl"), path.join("c.jsonl.gz")];
    let error = read_all(&mut open(&[&only[0], &only[1]]).unwrap()).unwrap_err();
    assert!(error.message.starts_with("no post could be read from "), "{error}");
}

#[test]
fn a_file_that_is_named_twice_is_read_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "a.jsonl", THREE);
    let mut replay = open(&[&path, folder.path(), &path]).unwrap();
    assert_eq!(replay.notes().len(), 2);
    assert_eq!(texts(&mut replay).len(), 3);
}

#[test]
fn the_fingerprint_changes_with_the_input() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "a.jsonl", THREE);
    let before = open(&[&path]).unwrap().fingerprint();
    assert_eq!(before.len(), 16);
    assert_eq!(before, open(&[&path]).unwrap().fingerprint());
    file(folder.path(), "a.jsonl", format!("{THREE}{THREE}"));
    assert_ne!(before, open(&[&path]).unwrap().fingerprint());
}

#[test]
fn rejects_count_lines_in_each_file() {
    let folder = tempfile::tempdir().unwrap();
    let first = file(folder.path(), "a.jsonl", format!("{THREE}bad\n"));
    let second = file(folder.path(), "b.jsonl", format!("bad\n{THREE}"));
    let gave = read_all(&mut open(&[&first, &second]).unwrap()).unwrap();
    let places: Vec<_> = gave.rejects.iter().map(|r| (r.file.clone(), r.line, r.byte)).collect();
    let name = |path: &Path| path.display().to_string();
    assert_eq!(
        places,
        [(name(&first), Some(4), Some(THREE.len() as u64)), (name(&second), Some(1), Some(0))]
    );
}
