//! HTML entities, which tweets carry from the API (`&amp;`, and `&amp;amp;` from careless exporters).

/// Bytes after `&` within which the `;` must come.
const MAX_ENTITY_BYTES: usize = 10;

/// Decodes the entities of `text` into `out` (its old content is dropped), twice over for those encoded twice.
/// Returns false, with `out` untouched, if there is nothing to decode.
pub fn decode_into(text: &str, out: &mut String) -> bool {
    if !text.as_bytes().contains(&b'&') || !text.as_bytes().contains(&b';') {
        return false;
    }
    out.clear();
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        // `&amp;lt;` is `<`: the outer entity first, then what it uncovers.
        let (decoded, length) = match entity(rest) {
            Some(('&', length)) => match nested(&rest[length..]) {
                Some((inner, more)) => (inner, length + more),
                None => ('&', length),
            },
            Some(found) => found,
            None => ('&', 1),
        };
        out.push(decoded);
        rest = &rest[length..];
    }
    out.push_str(rest);
    true
}

/// The entity at the start of `text` (which begins with `&`): its character and its length in bytes.
fn entity(text: &str) -> Option<(char, usize)> {
    nested(&text[1..]).map(|(c, length)| (c, length + 1))
}

/// The same without the ampersand.
fn nested(text: &str) -> Option<(char, usize)> {
    let end = text.bytes().take(MAX_ENTITY_BYTES).position(|b| b == b';')?;
    let name = &text[..end];
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "hellip" => '…',
        "rsquo" | "lsquo" => '’',
        "rdquo" | "ldquo" => '"',
        "ndash" | "mdash" => '-',
        _ => numeric(name)?,
    };
    Some((c, end + 1))
}

fn numeric(name: &str) -> Option<char> {
    let digits = name.strip_prefix('#')?;
    let code = match digits.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => digits.parse().ok()?,
    };
    char::from_u32(code).filter(|c| *c != '\0')
}
