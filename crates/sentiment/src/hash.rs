//! The hash that names a feature. It is part of the model file's meaning: a change here makes every stored
//! weight wrong, so it goes with a new [`crate::format::FEATURES_VERSION`].

const K0: u64 = 0x9E37_79B9_7F4A_7C15;
const K1: u64 = 0xD6E8_FEB8_6659_FD93;

/// Multiply to 128 bits and fold: the mixing step of wyhash and its kin.
#[inline]
pub const fn mix(a: u64, b: u64) -> u64 {
    let wide = (a as u128).wrapping_mul(b as u128);
    (wide as u64) ^ ((wide >> 64) as u64)
}

/// Hashes bytes, eight at a time.
#[inline]
pub fn bytes(data: &[u8]) -> u64 {
    let mut state = K1 ^ (data.len() as u64).wrapping_mul(K0);
    let (words, rest) = data.as_chunks::<8>();
    for word in words {
        state = mix(state ^ u64::from_le_bytes(*word), K0);
    }
    let mut tail = 0u64;
    for &byte in rest {
        tail = (tail << 8) | u64::from(byte);
    }
    mix(state ^ tail, K1) ^ state
}

/// Hashes an ordered pair of hashes under a namespace, so that bigrams, skip bigrams and negated words do not
/// meet. One multiplication is enough, since both are well mixed already.
#[inline]
pub const fn pair(first: u64, second: u64, namespace: u64) -> u64 {
    mix(first.rotate_left(23) ^ namespace.wrapping_mul(K1), second ^ K0)
}

/// Hashes a few bytes that were gathered by [`gather`].
#[inline]
pub const fn gathered(bytes: u64, length: usize) -> u64 {
    let state = mix(bytes ^ K1, K0 ^ length as u64);
    mix(state, K1)
}

/// Appends a byte to gathered ones.
#[inline]
pub const fn gather(bytes: u64, byte: u8) -> u64 {
    bytes.rotate_left(8) ^ byte as u64
}
