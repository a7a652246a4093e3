//! Brings a picture down to the 256 colours that a PNG palette holds: the most frequent ones stay, each of the rest (shades at
//! the edges of letters) becomes the nearest of them.

use crate::theme::Ink;

pub struct Indexed {
    /// Red, green, blue; at most 256 times.
    pub palette: Vec<u8>,
    /// One byte a pixel.
    pub pixels: Vec<u8>,
}

const COLORS: usize = 256;
/// Colours are counted in boxes of 8 by 8 by 8.
const BOXES: usize = 1 << 15;

#[derive(Clone, Copy, Default)]
struct Count {
    pixels: u64,
    sum: [u64; 3],
}

impl Indexed {
    /// From pixels of four bytes, the last of which (opacity) is not looked at.
    pub fn new(rgba: &[u8]) -> Self {
        let counts = count(rgba);
        let mut order: Vec<u16> = (0..BOXES as u16).filter(|b| counts[usize::from(*b)].pixels > 0).collect();
        order.sort_by_key(|b| (std::cmp::Reverse(counts[usize::from(*b)].pixels), *b));
        let color = |b: u16| color_of(b, &counts[usize::from(b)]);
        let palette: Vec<[u8; 3]> = order.iter().take(COLORS).map(|b| color(*b)).collect();
        let mut index_of = vec![0u8; BOXES];
        for (i, b) in order.iter().enumerate() {
            index_of[usize::from(*b)] = if i < COLORS { i as u8 } else { nearest(&palette, color(*b)) };
        }
        let pixels = pixels_of(rgba).map(|p| index_of[box_of(p)]).collect();
        Self { palette: palette.concat(), pixels }
    }
}

fn box_of([r, g, b, _]: [u8; 4]) -> usize {
    usize::from(r >> 3) << 10 | usize::from(g >> 3) << 5 | usize::from(b >> 3)
}

fn count(rgba: &[u8]) -> Vec<Count> {
    let mut counts = vec![Count::default(); BOXES];
    let mut flush = |pixel: u32, run: u64| {
        let pixel = pixel.to_le_bytes();
        let count = &mut counts[box_of(pixel)];
        count.pixels += run;
        for (sum, channel) in count.sum.iter_mut().zip(pixel) {
            *sum += u64::from(channel) * run;
        }
    };
    // Most pixels are like the one before.
    let (mut last, mut run) = (0u32, 0u64);
    for pixel in pixels_of(rgba).map(u32::from_le_bytes) {
        if pixel != last {
            flush(last, run);
            (last, run) = (pixel, 0);
        }
        run += 1;
    }
    flush(last, run);
    counts
}

fn pixels_of(rgba: &[u8]) -> impl Iterator<Item = [u8; 4]> + '_ {
    rgba.as_chunks::<4>().0.iter().copied()
}

/// The colour of an ink as a pixel.
fn pixel_of(ink: Ink) -> [u8; 4] {
    let [_, r, g, b] = ink.light().to_be_bytes();
    [r, g, b, u8::MAX]
}

/// The theme's colour that lies in the box, exactly; else the mean of the pixels in it.
fn color_of(b: u16, count: &Count) -> [u8; 3] {
    let exact = Ink::ALL.into_iter().map(pixel_of).find(|c| box_of(*c) == usize::from(b));
    exact.map_or_else(|| count.sum.map(|sum| (sum / count.pixels.max(1)) as u8), |[r, g, b, _]| [r, g, b])
}

fn nearest(palette: &[[u8; 3]], color: [u8; 3]) -> u8 {
    let apart = |other: &[u8; 3]| (0..3).map(|i| u32::from(color[i].abs_diff(other[i])).pow(2)).sum::<u32>();
    palette.iter().enumerate().min_by_key(|(_, other)| apart(other)).map_or(0, |(i, _)| i as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inks_lie_in_boxes_of_their_own() {
        let mut boxes: Vec<usize> = Ink::ALL.into_iter().map(|i| box_of(pixel_of(i))).collect();
        boxes.sort_unstable();
        boxes.dedup();
        assert_eq!(boxes.len(), Ink::ALL.len());
    }

    #[test]
    fn few_colours_stay_exact_and_many_come_near() {
        let two = [0xff, 0xff, 0xff, 255, 0x0c, 0x72, 0xb6, 255, 0xff, 0xff, 0xff, 255];
        let indexed = Indexed::new(&two);
        assert_eq!(indexed.palette, [0xff, 0xff, 0xff, 0x0c, 0x72, 0xb6]);
        assert_eq!(indexed.pixels, [0, 1, 0]);
        let many: Vec<u8> =
            (0..=255u8).flat_map(|r| (0..=255u8).flat_map(move |g| [r, g, r ^ g, 255])).collect();
        let indexed = Indexed::new(&many);
        assert_eq!((indexed.palette.len(), indexed.pixels.len()), (768, 65_536));
    }
}
