//! Which segments of a path name one thing among many, and so are `*` in a page group.

/// Longest segment that is kept as it is: characters, and bytes with its escapes.
const MOST_CHARS: usize = 80;
const MOST_BYTES: usize = 240;

/// Endings that say how a page is made, not which page it is.
const ENDINGS: [&str; 14] = [
    ".html", ".htm", ".xhtml", ".shtml", ".php", ".asp", ".aspx", ".jsp", ".json", ".xml", ".pdf", ".txt", ".md",
    ".amp",
];

/// What a segment is made of. Escapes count as letters of no case.
#[derive(Default)]
struct Census {
    chars: usize,
    digits: usize,
    digit_runs: usize,
    lower: usize,
    upper: usize,
    escaped: usize,
    separators: usize,
    beyond_hex: bool,
}

/// Whether a segment of a normal path is an identifier: a number, date or version, a UUID, a hash,
/// a token, an e-mail address, a slug that carries a number, or longer than any name of a page.
pub(super) fn is_identifier(segment: &str) -> bool {
    // Most segments are plain words, and end here.
    let mut bytes = segment.bytes();
    if segment.len() <= MOST_CHARS && !bytes.any(|byte| byte.is_ascii_digit() || byte == b'@') {
        return false;
    }
    let ending =
        if segment.contains('.') { ENDINGS.iter().find_map(|ending| segment.strip_suffix(ending)) } else { None };
    let stem = ending.filter(|stem| !stem.is_empty()).unwrap_or(segment);
    let census = Census::of(stem);
    if census.chars > MOST_CHARS || segment.len() > MOST_BYTES || is_email(segment) {
        return true;
    }
    if census.digits == 0 {
        return false;
    }
    let letters = census.lower + census.upper + census.escaped;
    let mixed = census.lower > 0 && census.upper > 0;
    if letters == 0 {
        // 42, 2026-11-22, 1.2.3
        true
    } else if census.separators == 0 {
        let is_hash = census.chars >= 8 && !census.beyond_hex;
        // Names of things seldom have their digits in two places: k3j9x2m4q8 does.
        let is_token = census.chars >= 10 && (mixed || census.digit_runs >= 2 || census.digits >= 5);
        is_hash || is_token
    } else {
        let is_long_slug = census.chars >= 16 && (census.separators >= 2 || mixed);
        is_long_slug || is_uuid(stem) || has_number_at_an_end(stem)
    }
}

impl Census {
    fn of(stem: &str) -> Self {
        let mut census = Self::default();
        let mut in_digits = false;
        let mut bytes = stem.bytes();
        while let Some(byte) = bytes.next() {
            let is_digit = byte.is_ascii_digit();
            census.chars += 1;
            match byte {
                b'0'..=b'9' => {
                    census.digits += 1;
                    census.digit_runs += usize::from(!in_digits);
                }
                b'a'..=b'z' => census.lower += 1,
                b'A'..=b'Z' => census.upper += 1,
                b'%' => {
                    let high = bytes.next();
                    bytes.next();
                    census.escaped += 1;
                    // The bytes after the first of a character beyond ASCII: 80 to BF.
                    if matches!(high, Some(b'8' | b'9' | b'A' | b'B')) {
                        census.chars -= 1;
                    }
                }
                _ => census.separators += 1,
            }
            census.beyond_hex |= !byte.is_ascii_hexdigit();
            in_digits = is_digit;
        }
        census
    }
}

/// Something, an at sign, and a host with a dot.
fn is_email(segment: &str) -> bool {
    let at = segment.find('@').map(|at| (at, 1)).or_else(|| segment.find("%40").map(|at| (at, 3)));
    at.is_some_and(|(at, width)| at > 0 && segment[at + width..].trim_matches('.').contains('.'))
}

fn is_uuid(stem: &str) -> bool {
    let mut lengths = [8, 4, 4, 4, 12].into_iter();
    let parts_fit = stem
        .split('-')
        .all(|part| lengths.next() == Some(part.len()) && part.bytes().all(|byte| byte.is_ascii_hexdigit()));
    parts_fit && lengths.next().is_none()
}

/// Whether the first or last word is a number of four digits or more: shoes-4711, 2026-in-review.
fn has_number_at_an_end(stem: &str) -> bool {
    let is_number = |word: &str| word.len() >= 4 && word.bytes().all(|byte| byte.is_ascii_digit());
    let is_separator = |c: char| matches!(c, '-' | '_' | '.' | '~' | ',' | ':' | '+' | '=');
    stem.split(is_separator).next().is_some_and(is_number) || stem.rsplit(is_separator).next().is_some_and(is_number)
}

#[cfg(test)]
mod tests {
    use super::is_identifier;

    #[test]
    fn identifiers_are_told_from_names() {
        for segment in [
            "42",
            "0",
            "42.html",
            "2026-11-22",
            "20261122",
            "1.2.3",
            "018f3c1e-7b2a-7cc0-8000-0123456789ab",
            "018F3C1E-7B2A-7CC0-8000-0123456789AB",
            "d41d8cd98f00b204e9800998ecf8427e",
            "a1b2c3d4",
            "01ARZ3NDEKTSV4RRFFQ69G5FAV",
            "V1StGXR8_Z5jdHi6B-myT",
            "dQw4w9WgXcQ",
            "ck9x2m4q8000001l6",
            "ada@example.com",
            "ada%40example.com",
            "how-to-make-10-things-fast",
            "red-shoes-p12345.html",
            "shoes-4711",
            "2026-in-review",
            &"long".repeat(21),
        ] {
            assert!(is_identifier(segment), "{segment}");
        }
        for segment in [
            "about",
            "index.html",
            "en-us",
            "v2",
            "api-v1",
            "h264",
            "mp3",
            "2fa",
            "step-1",
            "step-2",
            "windows11",
            "playstation5",
            "deadbeef",
            "facade",
            "item-42",
            "a-long-name-of-a-page-without-numbers",
            "@ada",
            "@",
            "b%C3%BCro",
            "%E4%BD%A0%E5%A5%BD%E4%BD%A0%E5%A5%BD%E4%BD%A0%E5%A5%BD%E4%BD%A0%E5%A5%BD",
            ".well-known",
            "*",
            "item-*",
        ] {
            assert!(!is_identifier(segment), "{segment}");
        }
    }
}
