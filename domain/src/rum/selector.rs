//! Selectors of elements, so that the same element of many builds and pages is one.
//!
//! Frameworks make up ids and classes: `css-1x2y3z`, `ember1047`, `Button_root__aBcDe`. Such
//! parts say nothing and differ from build to build, so they become `*`.

/// A selector with what was made up collapsed.
///
/// Names after `#` and `.` are taken apart at `-` and `_`. Of the words between:
/// - letters with digits at the end keep the letters: `ember1047` is `ember*`;
/// - digits alone, digits among letters, and what looks like a hexadecimal number of four digits
///   and more, become `*`: `css-1x2y3z` is `css-*`;
/// - so do words of five letters and more that nobody would speak: without a vowel (`bdfkj`), or
///   whose case turns at every other letter (`aBcDe`);
/// - neighbouring `*` become one.
///
/// Elsewhere (tags, attributes, positions) only numbers in brackets and parentheses become `*`:
/// `li:nth-child(3)` is `li:nth-child(*)`, `h1` stays. What is normal stays as it is.
pub fn normal(selector: &str) -> String {
    let mut normal = String::with_capacity(selector.len());
    let mut name = String::new();
    let mut depth = 0_u32;
    let mut in_name = false;
    for letter in selector.chars() {
        if in_name && (letter.is_alphanumeric() || matches!(letter, '-' | '_' | '*')) {
            name.push(letter);
            continue;
        }
        normal.push_str(&normal_name(&name));
        name.clear();
        in_name = false;
        match letter {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            '#' | '.' if depth == 0 => in_name = true,
            _ => {}
        }
        if depth > 0 && (letter.is_ascii_digit() || letter == '*') {
            if !normal.ends_with('*') {
                normal.push('*');
            }
        } else {
            normal.push(letter);
        }
    }
    normal.push_str(&normal_name(&name));
    normal
}

/// The words of a name, the made-up ones collapsed.
fn normal_name(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    let mut separator = "";
    let mut rest = name;
    while !rest.is_empty() || !separator.is_empty() {
        let end = rest.find(['-', '_']).unwrap_or(rest.len());
        let word = normal_word(&rest[..end]);
        // "a-*-*" says no more than "a-*".
        if word != "*" || !normal.ends_with('*') {
            normal.push_str(separator);
            normal.push_str(&word);
        }
        rest = &rest[end..];
        let gap = rest.len() - rest.trim_start_matches(['-', '_']).len();
        (separator, rest) = rest.split_at(gap);
        if rest.is_empty() {
            normal.push_str(separator);
            break;
        }
    }
    normal
}

fn normal_word(word: &str) -> String {
    let is_made_up = |letter: char| letter.is_numeric() || letter == '*';
    let letters = word.trim_end_matches(is_made_up);
    if letters.contains(is_made_up) || is_hexadecimal(word) || is_gibberish(letters) {
        "*".to_owned()
    } else if letters.len() < word.len() {
        format!("{letters}*")
    } else {
        word.to_owned()
    }
}

fn is_hexadecimal(word: &str) -> bool {
    let digit = |byte: u8| byte.is_ascii_digit();
    word.len() >= 4 && word.bytes().any(digit) && word.bytes().all(|byte| digit(byte) || (b'a'..=b'f').contains(&byte))
}

/// Whether nobody would speak it.
fn is_gibberish(letters: &str) -> bool {
    const LETTERS: usize = 5;
    let length = letters.chars().count();
    if length < LETTERS || !letters.is_ascii() {
        return false;
    }
    let vowels = letters.chars().filter(|letter| "aeiouyAEIOUY".contains(*letter)).count();
    // "navBar" has two humps, "aBcDe" three; a name's humps are words of at least two letters.
    let humps = 1 + letters
        .as_bytes()
        .windows(2)
        .filter(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
        .count();
    vowels == 0 || (humps >= 3 && length < 2 * humps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_build_made_up_is_collapsed() {
        for (selector, expected) in [
            ("main>img.packshot", "main>img.packshot"),
            ("#ember1047>div.css-1x2y3z", "#ember*>div.css-*"),
            ("div.Button_root__aBcDe>span", "div.Button_root__*>span"),
            ("div.sc-bdfkjq.kZxQpR", "div.sc-*.*"),
            ("a.col-6.mt-4", "a.col-*.mt-*"),
            ("#item-550e8400-e29b-41d4-a716-446655440000", "#item-*"),
            ("ul>li:nth-child(12)>a[data-id=\"77\"]", "ul>li:nth-child(*)>a[data-id=\"*\"]"),
            ("button#pay.btn.btn-primary", "button#pay.btn.btn-primary"),
            ("nav.mainNavBarItem.navBar>h1.h2", "nav.mainNavBarItem.navBar>h1.h*"),
            ("#_r_5f_>p", "#_r_*_>p"),
            ("", ""),
        ] {
            assert_eq!(normal(selector), expected, "{selector}");
        }
    }

    #[test]
    fn two_builds_of_one_element_meet() {
        assert_eq!(normal("div.hero-8f3a2>img.css-k1l2m3"), normal("div.hero-77be1>img.css-9z8y7x"));
        assert_ne!(normal("button#pay"), normal("button#cancel"));
    }
}
