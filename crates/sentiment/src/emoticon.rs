//! Western emoticons: `:)`, `(-:`, `<3`, `^_^`, `xD`. Noses are dropped and eyes and mouths brought to one form,
//! so that `=-]` and `:)` are the same token.

/// An emoticon found in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Emoticon {
    /// Where it ends in the text.
    pub end: usize,
    /// Its normal form, of `normal_len` bytes.
    pub normal: [u8; 3],
    pub normal_len: usize,
}

/// The emoticon that begins at `at`, if one does.
#[must_use]
pub fn at(bytes: &[u8], at: usize) -> Option<Emoticon> {
    let first = *bytes.get(at)?;
    match first {
        b':' | b';' | b'=' | b'x' | b'X' => upright(bytes, at),
        b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'D' | b'/' | b'\\' | b'|' => mirrored(bytes, at),
        b'<' => heart(bytes, at),
        b'^' | b'-' | b'>' | b'.' | b'o' | b'O' | b'T' => face(bytes, at),
        _ => None,
    }
}

fn found(normal: &[u8], end: usize) -> Option<Emoticon> {
    let mut form = [0; 3];
    let kept = normal.len().min(3);
    form[..kept].copy_from_slice(&normal[..kept]);
    Some(Emoticon { end, normal: form, normal_len: kept })
}

/// A letter or digit at `at` or just before it would make the emoticon part of a word.
fn is_word_byte(bytes: &[u8], at: Option<usize>) -> bool {
    at.and_then(|i| bytes.get(i)).is_some_and(|b| b.is_ascii_alphanumeric() || *b >= 0x80)
}

fn is_nose(byte: u8) -> bool {
    matches!(byte, b'-' | b'o' | b'\'' | b'^' | b'*' | b',')
}

/// Eyes, nose, mouth.
fn upright(bytes: &[u8], at: usize) -> Option<Emoticon> {
    let eyes = match bytes[at] {
        b';' => b';',
        b'x' | b'X' => b'x',
        _ => b':',
    };
    let mut tear = false;
    let mut next = at + 1;
    if bytes.get(next).copied().is_some_and(is_nose) && bytes.get(next + 1).copied().and_then(mouth).is_some()
    {
        tear = bytes[next] == b'\'';
        next += 1;
    }
    let drawn = *bytes.get(next)?;
    let mouth = mouth(drawn)?;
    let end = next + 1;
    if eyes == b'x' && !matches!(drawn, b'D' | b')' | b'(') {
        return None;
    }
    if drawn.is_ascii_alphanumeric() && is_word_byte(bytes, Some(end)) {
        return None;
    }
    if drawn == b'/' && bytes.get(end) == Some(&b'/') {
        return None;
    }
    // `12:3` and `max)` are no faces.
    let before = at.checked_sub(1);
    if (drawn.is_ascii_alphanumeric() || eyes == b'x') && is_word_byte(bytes, before) {
        return None;
    }
    // A mouth may be drawn many times: `:)))`.
    let mut stop = end;
    while bytes.get(stop) == Some(&drawn) {
        stop += 1;
    }
    if tear { found(&[eyes, b'\'', mouth], stop) } else { found(&[eyes, mouth], stop) }
}

fn mouth(byte: u8) -> Option<u8> {
    match byte {
        b')' | b']' | b'}' | b'>' => Some(b')'),
        b'(' | b'[' | b'{' | b'<' | b'c' | b'C' => Some(b'('),
        b'D' => Some(b'D'),
        b'p' | b'P' | b'b' => Some(b'p'),
        b'/' | b'\\' => Some(b'/'),
        b'|' => Some(b'|'),
        b'o' | b'O' | b'0' => Some(b'o'),
        b'*' | b'x' | b'X' => Some(b'*'),
        b's' | b'S' => Some(b's'),
        b'3' => Some(b'3'),
        b'@' => Some(b'@'),
        _ => None,
    }
}

/// Mouth, nose, eyes: `(:`, `D:`, `):`.
fn mirrored(bytes: &[u8], at: usize) -> Option<Emoticon> {
    let mouth = match bytes[at] {
        b'(' | b'[' | b'{' => b')',
        b')' | b']' | b'}' | b'D' => b'(',
        b'|' => b'|',
        _ => b'/',
    };
    let mut next = at + 1;
    if bytes.get(next).copied().is_some_and(is_nose) {
        next += 1;
    }
    let eyes = match *bytes.get(next)? {
        b':' | b'=' => b':',
        b';' => b';',
        _ => return None,
    };
    let end = next + 1;
    let before = at.checked_sub(1);
    if is_word_byte(bytes, Some(end))
        || bytes.get(end).copied().and_then(self::mouth).is_some()
        || is_word_byte(bytes, before)
    {
        return None;
    }
    found(&[eyes, mouth], end)
}

/// `<3`, `<333`, `</3`.
fn heart(bytes: &[u8], at: usize) -> Option<Emoticon> {
    let broken = bytes.get(at + 1) == Some(&b'/');
    let mut end = at + 1 + usize::from(broken);
    if bytes.get(end) != Some(&b'3') {
        return None;
    }
    while bytes.get(end) == Some(&b'3') {
        end += 1;
    }
    if bytes.get(end).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    if broken { found(b"</3", end) } else { found(b"<3", end) }
}

/// Faces seen from the front: `^_^`, `-_-`, `>_<`, `._.`, `o_O`, `T_T`.
fn face(bytes: &[u8], at: usize) -> Option<Emoticon> {
    let eye = bytes[at].to_ascii_lowercase();
    if is_word_byte(bytes, at.checked_sub(1)) && eye.is_ascii_alphabetic() {
        return None;
    }
    let mut next = at + 1;
    while bytes.get(next).is_some_and(|b| matches!(b, b'_' | b'.')) && next < at + 4 {
        next += 1;
    }
    let drawn = bytes.get(at + 1..next)?;
    let caret_pair = eye == b'^' && drawn.is_empty();
    if !(drawn.first() == Some(&b'_') || caret_pair) {
        return None;
    }
    let other = bytes.get(next)?.to_ascii_lowercase();
    let same = other == eye || (eye == b'>' && other == b'<');
    let end = next + 1;
    if !same || (eye.is_ascii_alphabetic() && is_word_byte(bytes, Some(end))) {
        return None;
    }
    found(&[eye, b'_', other], end)
}
