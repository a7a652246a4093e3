//! Laws of the packers: the program comes out as it went in, and the same program makes the same bytes.

use std::io::{Cursor, Read};

use flate2::read::GzDecoder;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::elf::Fault;
use super::reference::{NotAReference, Reference};
use super::*;
use crate::config::stack::settings::Architecture;

/// Something that is neither random nor simple, so that deflate has choices to make.
fn program(bytes: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_u32;
    let mut next = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state >> 16
    };
    let words: Vec<Vec<u8>> =
        (0..64).map(|_| (0..next() % 24 + 1).map(|_| next().to_le_bytes()[0]).collect()).collect();
    let mut made = Vec::new();
    while made.len() < bytes {
        made.extend_from_slice(&words[next() as usize % 64]);
    }
    made.truncate(bytes);
    made
}

fn unzipped(packed: &[u8]) -> (String, Option<u32>, Vec<u8>) {
    let mut archive = ::zip::ZipArchive::new(Cursor::new(packed)).unwrap();
    assert_eq!(archive.len(), 1);
    let mut file = archive.by_index(0).unwrap();
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).unwrap();
    (file.name().unwrap().into_owned(), file.unix_mode(), bytes)
}

/// Name, kind, mode, owner, time and content of each entry.
type Entry = (String, tar::EntryType, u32, (u64, u64), u64, Vec<u8>);

fn untarred(layer: &[u8]) -> Vec<Entry> {
    let mut archive = tar::Archive::new(GzDecoder::new(layer));
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        let head = entry.header();
        let owner = (head.uid().unwrap(), head.gid().unwrap());
        let name = entry.path().unwrap().display().to_string();
        (name, head.entry_type(), head.mode().unwrap(), owner, head.mtime().unwrap(), bytes)
    });
    entries.collect()
}

fn json(blob: &image::Blob) -> Value {
    serde_json::from_slice(&blob.bytes).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_goes_in_comes_out(bytes in prop::collection::vec(any::<u8>(), 0..20_000), repeat in 1..20_usize) {
        let bytes = bytes.repeat(repeat);
        let packed = zip::pack(&bytes).unwrap();
        prop_assert_eq!(&packed, &zip::pack(&bytes).unwrap());
        prop_assert_eq!(unzipped(&packed), ("bootstrap".to_owned(), Some(0o100_755), bytes.clone()));
        let image = image::pack(&bytes, Architecture::X86_64).unwrap();
        prop_assert_eq!(&image, &image::pack(&bytes, Architecture::X86_64).unwrap());
        let entries = untarred(&image.layer.bytes);
        prop_assert_eq!(&entries[0], &("bootstrap".to_owned(), tar::EntryType::Regular, 0o755, (0, 0), 0, bytes));
        prop_assert_eq!(&entries[1], &("tmp/".to_owned(), tar::EntryType::Directory, 0o1777, (0, 0), 0, vec![]));
        prop_assert_eq!(entries.len(), 2);
    }

    #[test]
    fn one_changed_byte_changes_every_name(at in 0..50_000_usize, by in 1..=255_u8) {
        let old = program(50_000);
        let mut new = old.clone();
        new[at] = new[at].wrapping_add(by);
        prop_assert_ne!(zip::pack(&old).unwrap(), zip::pack(&new).unwrap());
        let (old, new) =
            (image::pack(&old, Architecture::Arm64).unwrap(), image::pack(&new, Architecture::Arm64).unwrap());
        prop_assert_ne!(&old.layer.digest, &new.layer.digest);
        prop_assert_ne!(&old.config.digest, &new.config.digest);
        prop_assert_ne!(old.digest(), new.digest());
    }

    #[test]
    fn a_damaged_program_is_a_fault_or_none_and_never_a_panic(
        changes in prop::collection::vec((0..200_usize, any::<u8>()), 0..12),
        length in 0..260_usize,
    ) {
        let mut bytes = elf_file(62, 3, 0x1000, &[(1, &[]), (2, &needed(true)), (3, b"/lib/ld.so\0")]);
        for (at, byte) in changes {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        bytes.truncate(length);
        for architecture in [Architecture::X86_64, Architecture::Arm64] {
            if let Err(fault) = elf::check(&bytes, architecture) {
                prop_assert!(!fault.hint(architecture).is_empty());
            }
        }
    }
}

/// The bytes themselves: should a new version of a packer make others, every digest of every function changes with it,
/// and that is to be known, not to be found out.
#[test]
fn the_bytes_are_those_of_every_machine_and_day() {
    let bytes = program(300_000);
    let image = image::pack(&bytes, Architecture::X86_64).unwrap();
    let zip = Digest::of(&zip::pack(&bytes).unwrap());
    let made = [&Digest::of(&bytes), &zip, &image.layer.digest, image.digest()];
    assert_eq!(
        made.map(Digest::short),
        ["3bdf9b839dd9", "8a699b153e5a", "816fb3a69177", "e267dbcdda05"],
        "the program of this test, its zip, its layer, its image"
    );
}

#[test]
fn an_image_says_what_it_holds() {
    let bytes = program(10_000);
    for (architecture, word) in [(Architecture::X86_64, "amd64"), (Architecture::Arm64, "arm64")] {
        let image = image::pack(&bytes, architecture).unwrap();
        let mut tar = Vec::new();
        GzDecoder::new(&image.layer.bytes[..]).read_to_end(&mut tar).unwrap();
        let config = json(&image.config);
        assert_eq!(config["architecture"], word);
        assert_eq!(config["os"], "linux");
        assert_eq!(config["config"], json!({"Entrypoint": ["/bootstrap"], "WorkingDir": "/"}));
        assert_eq!(
            config["rootfs"],
            json!({"type": "layers", "diff_ids": [Digest::of(&tar).as_str()]}),
            "of the layer unpacked"
        );
        assert_eq!(config["created"], "1970-01-01T00:00:00Z");
        let described = |blob: &image::Blob| {
            assert_eq!(Digest::of(&blob.bytes), blob.digest);
            json!({"mediaType": blob.media_type, "digest": blob.digest.as_str(), "size": blob.bytes.len()})
        };
        assert_eq!(
            json(&image.manifest),
            json!({
                "schemaVersion": 2,
                "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "config": described(&image.config),
                "layers": [described(&image.layer)],
            })
        );
        assert_eq!(image.layer.media_type, "application/vnd.oci.image.layer.v1.tar+gzip");
        let mut entry = described(&image.manifest);
        entry["platform"] = json!({"architecture": word, "os": "linux"});
        let files = layout::files(&image).unwrap();
        let index: Value = serde_json::from_slice(&files.last().unwrap().1).unwrap();
        assert_eq!(index["manifests"], json!([entry]));
        for (name, bytes) in &files[1..4] {
            assert_eq!(name, &format!("blobs/sha256/{}", Digest::of(bytes).hex()));
        }
        assert_eq!((files[0].0.as_str(), files.len()), ("oci-layout", 5));
    }
}

#[test]
fn a_program_that_lambda_does_not_take_is_refused_by_its_size() {
    assert_eq!(check_size(limits::FUNCTION_BYTES), Ok(()));
    let error = check_size(limits::FUNCTION_BYTES + 1).unwrap_err();
    assert!(error.message.contains("250 MiB at most"), "{error}");
}

/// A little-endian 64-bit ELF file of segments of these kinds and contents, one after the other.
fn elf_file(machine: u16, kind: u16, entry: u64, segments: &[(u32, &[u8])]) -> Vec<u8> {
    let mut file = b"\x7fELF\x02\x01\x01".to_vec();
    file.resize(16, 0);
    file.extend(kind.to_le_bytes());
    file.extend(machine.to_le_bytes());
    file.extend(1_u32.to_le_bytes());
    file.extend(entry.to_le_bytes());
    file.extend(64_u64.to_le_bytes());
    file.extend([0; 12]);
    for field in [64_u16, 56, segments.len() as u16, 64, 0, 0] {
        file.extend(field.to_le_bytes());
    }
    let mut offset = (64 + 56 * segments.len()) as u64;
    for (kind, content) in segments {
        file.extend(kind.to_le_bytes());
        file.extend(5_u32.to_le_bytes());
        let size = content.len() as u64;
        for field in [offset, 0, 0, size, size, 8] {
            file.extend(field.to_le_bytes());
        }
        offset += size;
    }
    segments.iter().for_each(|(_, content)| file.extend_from_slice(content));
    file
}

/// A dynamic section, which wants a library or not.
fn needed(library: bool) -> Vec<u8> {
    let entries: [[u64; 2]; 3] = [[u64::from(library), 1], [0, 0], [1, 1]];
    entries.as_flattened().iter().flat_map(|word| word.to_le_bytes()).collect()
}

#[test]
fn a_program_is_taken_by_what_it_is() {
    use Architecture::{Arm64, X86_64};
    let (x86, arm) = (62, 183);
    let loads: &[(u32, &[u8])] = &[(1, b"code")];
    let changed = |at: usize, byte: u8| {
        let mut file = elf_file(x86, 2, 1, loads);
        file[at] = byte;
        file
    };
    let other = |found: &str, wanted| Err(Fault::OtherProcessor { found: found.to_owned(), wanted });
    for (file, wanted, verdict) in [
        (elf_file(x86, 2, 1, loads), X86_64, Ok(())),
        (elf_file(arm, 3, 1, &[(1, b"code"), (2, &needed(false))]), Arm64, Ok(())),
        (elf_file(x86, 2, 1, loads), Arm64, other("x86_64", Arm64)),
        (elf_file(arm, 2, 1, loads), X86_64, other("arm64", X86_64)),
        (elf_file(243, 2, 1, loads), X86_64, other("another processor (ELF machine 243)", X86_64)),
        (elf_file(x86, 1, 1, loads), X86_64, Err(Fault::NotExecutable)),
        (elf_file(x86, 4, 1, loads), X86_64, Err(Fault::NotExecutable)),
        (elf_file(x86, 3, 0, loads), X86_64, Err(Fault::NoEntry)),
        (
            elf_file(x86, 3, 1, &[(3, b"/lib64/ld-linux-x86-64.so.2\0"), (1, b"code")]),
            X86_64,
            Err(Fault::Dynamic("/lib64/ld-linux-x86-64.so.2".to_owned())),
        ),
        (elf_file(x86, 3, 1, &[(3, b"\0")]), X86_64, Err(Fault::Dynamic("a loader".to_owned()))),
        (
            elf_file(x86, 3, 1, &[(2, &needed(true))]),
            X86_64,
            Err(Fault::Dynamic("shared libraries".to_owned())),
        ),
        (elf_file(x86, 2, 1, &[]), X86_64, Err(Fault::Damaged("it has no segments"))),
        (
            elf_file(x86, 2, 1, loads)[..80].to_vec(),
            X86_64,
            Err(Fault::Damaged("its program headers are cut")),
        ),
        (elf_file(x86, 2, 1, loads)[..40].to_vec(), X86_64, Err(Fault::Damaged("its header is cut"))),
        (changed(4, 1), X86_64, Err(Fault::Not64)),
        (changed(5, 2), X86_64, Err(Fault::BigEndian)),
        (vec![], X86_64, Err(Fault::Empty)),
        (b"#!/bin/sh\n".to_vec(), X86_64, Err(Fault::Script)),
        (b"\xcf\xfa\xed\xfe".to_vec(), X86_64, Err(Fault::NotElf)),
    ] {
        assert_eq!(elf::check(&file, wanted), verdict);
    }
}

/// The tests themselves are a program that was built the usual way.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn a_program_built_the_usual_way_is_not_the_function() {
    let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    let architecture = if cfg!(target_arch = "aarch64") { Architecture::Arm64 } else { Architecture::X86_64 };
    let fault = elf::check(&own, architecture).unwrap_err();
    assert!(matches!(&fault, Fault::Dynamic(loader) if loader.contains("/ld-linux")), "{fault}");
    assert!(fault.hint(architecture).contains("cargo xtask function --arch"));
}

#[test]
fn a_place_in_a_registry_is_read_and_written_alike() {
    for (text, registry, repository, tag) in [
        ("127.0.0.1:5000/fn", "127.0.0.1:5000", "fn", None),
        ("localhost/a/b-c/d__e.f:v1", "localhost", "a/b-c/d__e.f", Some("v1")),
        ("[::1]:5000/fn:_x", "[::1]:5000", "fn", Some("_x")),
        (
            "111122223333.dkr.ecr.eu-west-1.amazonaws.com/sentistack:x86_64-0123",
            "111122223333.dkr.ecr.eu-west-1.amazonaws.com",
            "sentistack",
            Some("x86_64-0123"),
        ),
    ] {
        let read: Reference = text.parse().unwrap();
        assert_eq!((read.registry.as_str(), read.repository.as_str()), (registry, repository));
        assert_eq!(read.tag.as_deref(), tag);
        assert_eq!(read.to_string(), text);
    }
    let ecr: Reference = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/s".parse().unwrap();
    assert!(ecr.is_ecr() && ecr.base_url().starts_with("https://"));
    let local: Reference = "127.0.0.1:5000/s".parse().unwrap();
    assert!(!local.is_ecr() && local.base_url() == "http://127.0.0.1:5000");
    let evil: Reference = "111122223333.dkr.ecr.eu-west-1.amazonaws.com.evil.example/s".parse().unwrap();
    assert!(!evil.is_ecr());
}

#[test]
fn what_is_no_place_in_a_registry_says_why_and_no_password() {
    use NotAReference as N;
    let long = format!("a.example/{}", "b/".repeat(130) + "b");
    let tag = format!("a.example/b:{}", "x".repeat(129));
    for (text, why) in [
        ("", N::NoRegistry),
        ("fn", N::NoRegistry),
        ("team/fn:v1", N::NoRegistry),
        ("https://a.example/fn", N::Scheme),
        ("me:s3cret@a.example/fn", N::User),
        ("a.example/fn@sha256:00", N::Digest),
        ("a.example:x/fn", N::Registry),
        ("a.example:99999/fn", N::Registry),
        ("a b.example/fn", N::Registry),
        ("a.example/", N::Repository),
        ("a.example/Fn", N::Repository),
        ("a.example//fn", N::Repository),
        ("a.example/fn-", N::Repository),
        ("a.example/f___n", N::Repository),
        ("a.example/f..n", N::Repository),
        ("a.example/fn/../x", N::Repository),
        ("a.example/fn?x=1", N::Repository),
        (long.as_str(), N::Repository),
        ("a.example/fn:", N::Tag),
        ("a.example/fn:-x", N::Tag),
        ("a.example/fn:a/b", N::Tag),
        ("a.example/fn:a:b", N::Tag),
        (tag.as_str(), N::Tag),
    ] {
        let error = text.parse::<Reference>().unwrap_err();
        assert_eq!(error, why, "{text}");
        assert!(!error.to_string().contains("s3cret"));
    }
}
