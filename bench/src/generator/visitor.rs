//! Who visits: real user agents with their shares, and what is known of each.

use domain::rum::{Bot, Device};
use rand::Rng;

use super::random::{chance, weighted};

/// A user agent and what the server must make of it.
#[derive(Debug, Clone, Copy)]
pub struct Visitor {
    /// `None`: the header is not sent.
    pub user_agent: Option<&'static str>,
    pub device: Device,
    pub bot: Bot,
    /// Whether the browser measures layout shifts: Chromium alone does.
    pub chromium: bool,
    /// CSS pixels of the window.
    pub window: (u32, u32),
    share: f64,
}

const fn person(share: f64, device: Device, chromium: bool, window: (u32, u32), user_agent: &'static str) -> Visitor {
    Visitor { user_agent: Some(user_agent), device, bot: Bot::Human, chromium, window, share }
}

const fn machine(
    share: f64,
    bot: Bot,
    device: Device,
    window: (u32, u32),
    user_agent: Option<&'static str>,
) -> Visitor {
    Visitor { user_agent, device, bot, chromium: true, window, share }
}

/// Shares in percent; 62 of 100 are phones.
const PEOPLE: [Visitor; 16] = [
    person(
        21.0,
        Device::Mobile,
        true,
        (412, 915),
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36",
    ),
    person(
        7.0,
        Device::Mobile,
        true,
        (360, 800),
        "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36",
    ),
    person(
        5.0,
        Device::Mobile,
        true,
        (393, 873),
        "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Mobile Safari/537.36",
    ),
    person(
        14.0,
        Device::Mobile,
        false,
        (390, 844),
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    ),
    person(
        7.0,
        Device::Mobile,
        false,
        (375, 812),
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1",
    ),
    person(
        4.0,
        Device::Mobile,
        false,
        (390, 844),
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/138.0.7204.53 Mobile/15E148 Safari/604.1",
    ),
    person(
        2.0,
        Device::Mobile,
        false,
        (390, 844),
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 385.0.0.34.96",
    ),
    person(
        2.0,
        Device::Mobile,
        false,
        (412, 915),
        "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0",
    ),
    person(
        3.0,
        Device::Tablet,
        false,
        (820, 1180),
        "Mozilla/5.0 (iPad; CPU OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1",
    ),
    person(
        1.5,
        Device::Tablet,
        true,
        (800, 1280),
        "Mozilla/5.0 (Linux; Android 13; SM-X200) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36",
    ),
    person(
        17.0,
        Device::Desktop,
        true,
        (1536, 730),
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36",
    ),
    person(
        5.0,
        Device::Desktop,
        true,
        (1920, 945),
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0",
    ),
    person(
        4.0,
        Device::Desktop,
        true,
        (1440, 789),
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36",
    ),
    person(
        3.5,
        Device::Desktop,
        false,
        (1440, 789),
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
    ),
    person(
        2.5,
        Device::Desktop,
        false,
        (1920, 945),
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
    ),
    person(
        1.5,
        Device::Desktop,
        true,
        (1920, 968),
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36",
    ),
];

const MACHINES: [Visitor; 5] = [
    machine(
        6.0,
        Bot::Bot,
        Device::Mobile,
        (412, 732),
        Some(
            "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        ),
    ),
    machine(
        2.0,
        Bot::Bot,
        Device::Desktop,
        (1024, 768),
        Some(
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116.0.1938.76 Safari/537.36",
        ),
    ),
    machine(
        3.0,
        Bot::Bot,
        Device::Desktop,
        (800, 600),
        Some(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/138.0.0.0 Safari/537.36",
        ),
    ),
    machine(
        1.0,
        Bot::Suspect,
        Device::Desktop,
        (0, 0),
        Some("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36"),
    ),
    machine(1.0, Bot::Suspect, Device::Desktop, (1024, 768), None),
];

impl Visitor {
    /// A person, or with probability `machines` none.
    pub fn random(random: &mut impl Rng, machines: f64) -> &'static Self {
        let from: &'static [Self] = if chance(random, machines) { &MACHINES } else { &PEOPLE };
        weighted(random, from, |visitor| visitor.share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_are_62_of_100_people() {
        let (phones, all) = PEOPLE.iter().fold((0.0, 0.0), |(phones, all), visitor| {
            (if visitor.device == Device::Mobile { phones + visitor.share } else { phones }, all + visitor.share)
        });
        assert_eq!((phones, all), (62.0, 100.0));
    }
}
