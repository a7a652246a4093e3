//! A model file with its columns apart, for a program that is to be small: tags and weights side by side hide from each
//! other what a compressor could find, and a quarter of the table's slots are empty. Of 1.28 MB deflated it takes 1.08.
//! Also compiled by the build script, so it knows nothing of this crate,
//! and each uses one of its two halves.
//!
//! | bytes | content |
//! |---|---|
//! | 1 | length of the head |
//! | head | the bytes before the rows, fewer than 16 |
//! | 4 | number of rows of 16 bytes: four tags of two bytes, four pairs of weights |
//! | 1 a row | slots up to its last that is not empty, 0 to 4 |
//! | 2 a slot | tags of those slots |
//! | 2 a slot | weights of those slots |

const ROW: usize = 16;

/// Packs a file. Any bytes are a file: what has another shape is only not made smaller.
#[allow(dead_code)]
pub fn pack(file: &[u8]) -> Vec<u8> {
    let (head, rows) = file.split_at(file.len() % ROW);
    let (mut counts, mut tags, mut weights) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows.chunks_exact(ROW) {
        let is_empty =
            |slot: &usize| [row[2 * slot], row[2 * slot + 1], row[8 + 2 * slot], row[9 + 2 * slot]] == [0; 4];
        let count = 4 - (0..4).rev().take_while(is_empty).count();
        counts.push(count as u8);
        tags.extend_from_slice(&row[..2 * count]);
        weights.extend_from_slice(&row[8..8 + 2 * count]);
    }
    let mut packed = vec![head.len() as u8];
    packed.extend_from_slice(head);
    packed.extend_from_slice(&(counts.len() as u32).to_le_bytes());
    for column in [counts, tags, weights] {
        packed.extend_from_slice(&column);
    }
    packed
}

/// The file again; `None` for bytes that [`pack`] did not make.
#[allow(dead_code)]
pub fn unpack(packed: &[u8]) -> Option<Vec<u8>> {
    let (&head, rest) = packed.split_first()?;
    let (head, rest) = rest.split_at_checked(usize::from(head))?;
    let (rows, rest) = rest.split_first_chunk::<4>()?;
    let (counts, columns) = rest.split_at_checked(u32::from_le_bytes(*rows) as usize)?;
    if columns.len() % 4 != 0 || counts.iter().any(|count| *count > 4) {
        return None;
    }
    let (tags, weights) = columns.split_at(columns.len() / 2);
    let mut file = vec![0; head.len() + counts.len() * ROW];
    let (start, rows) = file.split_at_mut(head.len());
    start.copy_from_slice(head);
    let mut at = 0;
    // Eight bytes at a time, of which the row's own are kept: copying as many as there are would take ten times as long.
    for (row, count) in rows.as_chunks_mut::<ROW>().0.iter_mut().zip(counts) {
        let kept = KEPT.get(usize::from(*count))?;
        row[..8].copy_from_slice(&(eight(tags, at) & kept).to_le_bytes());
        row[8..].copy_from_slice(&(eight(weights, at) & kept).to_le_bytes());
        at += 2 * usize::from(*count);
    }
    (at == tags.len()).then_some(file)
}

/// What is kept of eight bytes, by the number of slots.
#[allow(dead_code)]
const KEPT: [u64; 5] = [0, 0xFFFF, 0xFFFF_FFFF, 0xFFFF_FFFF_FFFF, u64::MAX];

/// The eight bytes from `at` on, zeros behind the end.
#[allow(dead_code)]
#[inline]
fn eight(column: &[u8], at: usize) -> u64 {
    match column.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        Some(eight) => u64::from_le_bytes(*eight),
        None => column.iter().skip(at).rev().fold(0, |number, byte| number << 8 | u64::from(*byte)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_shipped_weights_come_back_from_what_is_smaller() {
        let file = include_bytes!("../weights/embedded.bin");
        let packed = pack(file);
        assert!(packed.len() < file.len() * 4 / 5, "{}", packed.len());
        assert!(unpack(&packed).is_some_and(|again| again == file));
        assert_eq!(unpack(&packed[..packed.len() - 4]), None);
        assert_eq!(unpack(&[&packed[..], &[1, 2, 3, 4]].concat()), None);
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(mut file in prop::collection::vec(any::<u8>(), 0..200), holes in any::<u64>()) {
            for (at, byte) in file.iter_mut().enumerate() {
                if holes >> (at / 2 % 64) & 1 == 1 {
                    *byte = 0;
                }
            }
            prop_assert_eq!(unpack(&pack(&file)), Some(file.clone()));
            let _ = unpack(&file);
        }
    }
}
