//! The one form of a path that templates and groups are compared in.

use std::borrow::Cow;

/// Brings a URL's path into normal form: `/`, or segments that each follow one `/`.
///
/// Repeated and trailing slashes go, `.` and `..` are resolved, matrix parameters
/// (`;jsessionid=…`) go; escapes of unreserved characters are decoded, all other escapes are in
/// upper case, and whatever a path must not hold as it is (controls, spaces, anything beyond
/// ASCII) is escaped, so that the result is plain ASCII. Case is kept. `**` stands only as the last
/// segment, other runs of `*` are one. Normal paths stay as they are.
pub(super) fn normal(path: &str) -> Cow<'_, str> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    if is_normal(path) {
        return Cow::Borrowed(path);
    }
    let mut out = String::with_capacity(path.len() + 1);
    for segment in path.split('/') {
        let start = out.len();
        out.push('/');
        push_segment(&mut out, segment);
        match &out[start + 1..] {
            "" | "." => out.truncate(start),
            ".." => {
                out.truncate(start);
                out.truncate(out.rfind('/').unwrap_or_default());
            }
            _ if out[..start].ends_with("/**") => {
                out.remove(start - 1);
            }
            _ => {}
        }
    }
    if out.is_empty() {
        out.push('/');
    }
    Cow::Owned(out)
}

/// The segments of a normal path.
pub(super) fn segments(normal: &str) -> impl Iterator<Item = &str> + Clone {
    let path = normal.strip_prefix('/').unwrap_or(normal);
    path.split('/').filter(|segment| !segment.is_empty())
}

/// Whether the path is certainly normal; what needs a closer look is not.
fn is_normal(path: &str) -> bool {
    let mut before = b'/';
    path.len() > 1
        && path.starts_with('/')
        && path.bytes().skip(1).all(|byte| {
            let fits = (before != b'/' && byte == b'/')
                || (stays(byte) && !matches!(byte, b'*' | b';') && (before, byte) != (b'/', b'.'));
            before = byte;
            fits
        })
        && before != b'/'
}

fn push_segment(out: &mut String, segment: &str) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let stars_only = segment.len() > 1 && segment.bytes().all(|byte| byte == b'*');
    if stars_only {
        out.push_str("**");
        return;
    }
    let bytes = segment.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        let escaped = match byte {
            b';' if segment[at..].contains('=') => return,
            b'*' if out.ends_with('*') => continue,
            b'%' => match escape(bytes.get(at..at + 2)) {
                Some(decoded) => {
                    at += 2;
                    if is_unreserved(decoded) {
                        out.push(char::from(decoded));
                        continue;
                    }
                    decoded
                }
                // A stray sign becomes an escape of itself, or it might form one with its neighbours.
                None => byte,
            },
            byte if stays(byte) => {
                out.push(char::from(byte));
                continue;
            }
            byte => byte,
        };
        out.push('%');
        out.push(char::from(HEX[usize::from(escaped >> 4)]));
        out.push(char::from(HEX[usize::from(escaped & 15)]));
    }
}

/// The byte that two hexadecimal digits stand for.
fn escape(digits: Option<&[u8]>) -> Option<u8> {
    let &[high, low] = digits? else { return None };
    let value = |digit: u8| char::from(digit).to_digit(16);
    u8::try_from(value(high)? * 16 + value(low)?).ok()
}

/// RFC 3986 §2.3.
const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// RFC 3986 §3.3, `pchar` without escapes.
const fn stays(byte: u8) -> bool {
    is_unreserved(byte)
        || matches!(byte, b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=' | b':' | b'@')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_page_has_one_path() {
        for (came, is) in [
            ("", "/"),
            ("/", "/"),
            ("//", "/"),
            ("/shop/", "/shop"),
            ("/shop//cart///", "/shop/cart"),
            ("shop", "/shop"),
            ("/Shop/Cart", "/Shop/Cart"),
            ("/shop/index.html", "/shop/index.html"),
            ("/a/./b/../c", "/a/c"),
            ("/../..", "/"),
            ("/a/%2e%2E/b", "/b"),
            ("/%7Euser/%61bc", "/~user/abc"),
            ("/b%c3%bcro", "/b%C3%BCro"),
            ("/büro", "/b%C3%BCro"),
            ("/100%", "/100%25"),
            ("/%%34%31", "/%2541"),
            ("/a b\u{7}\u{202e}", "/a%20b%07%E2%80%AE"),
            ("/a%2Fb", "/a%2Fb"),
            ("/page;jsessionid=1A2B/next", "/page/next"),
            ("/a;b", "/a;b"),
            ("/a?x=/1#y", "/a"),
            ("/.well-known/x", "/.well-known/x"),
            ("/a/**", "/a/**"),
            ("/a/**/b", "/a/*/b"),
            ("/a/***", "/a/**"),
            ("/a/**/", "/a/**"),
            ("/x**y", "/x*y"),
        ] {
            assert_eq!(normal(came), is, "{came:?}");
        }
    }
}
