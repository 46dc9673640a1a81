//! What a letter looks like, and what it cannot be made to look like.

use super::*;

#[test]
fn a_letter_has_the_headers_that_mail_wants_and_two_parts() {
    let letter = letter("ada@example.com", &words("Confirm your address", "Open this link."));
    let wire = wire(&letter);
    let headers = headers(&wire);
    for expected in [
        "From: PerfAlly <no-reply@perfally.example>",
        "To: ada@example.com",
        "Subject: Confirm your address",
        "Date: Sun, 22 Nov 2026 10:00:00 +0000",
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
        &format!("Message-ID: <{}@perfally.example>", letter.id),
    ] {
        assert!(headers.iter().any(|header| header == expected), "{expected}: {headers:#?}");
    }
    assert!(headers.iter().any(|header| header.starts_with("Content-Type: multipart/alternative")));
    let (text, html) = (wire.find("text/plain").unwrap(), wire.find("text/html").unwrap());
    assert!(text < html, "the preferred part is the last");
    assert!(wire.lines().all(|line| line.len() <= 998));
}

#[test]
fn text_and_html_say_the_same() {
    let letter = letter("ada@example.com", &words("Confirm your address", "Open this link."));
    for said in ["Open this link.", "The end.", "https://perfally.example"] {
        assert!(letter.text.contains(said) && letter.html.contains(said), "{said}");
    }
    assert!(letter.text.contains("https://perfally.example/confirm?token=a_b-c&x=1\n"), "{}", letter.text);
    let href = r#"href="https://perfally.example/confirm?token=a_b-c&#38;x=1""#;
    assert!(letter.html.contains(href), "{}", letter.html);
}

#[test]
fn the_same_letter_keeps_its_message_id() {
    let letter = letter("ada@example.com", &words("Hello", "Hello."));
    let id = |wire: String| headers(&wire).into_iter().find(|header| header.starts_with("Message-ID")).unwrap();
    assert_eq!(id(wire(&letter)), id(wire(&letter)));
}

#[test]
fn no_header_can_be_smuggled_in() {
    let evil = "Hi\r\nBcc: eve@example.com\r\n\r\n<b>body</b>";
    for subject in [evil, "Hi\nBcc: eve@example.com", "Hi\rBcc: eve@example.com", "Hi\u{2028}Bcc: eve@example.com\0"] {
        let plain = headers(&wire(&letter("ada@example.com", &words("Hi", "Hello."))));
        let letter = letter("ada@example.com", &words(subject, evil));
        let wire = wire(&letter);
        let names = |headers: &[String]| -> Vec<String> {
            headers.iter().map(|header| header.split(':').next().unwrap_or_default().to_owned()).collect()
        };
        assert_eq!(names(&headers(&wire)), names(&plain), "{subject:?}");
        let envelope = letter.message(&from()).unwrap().envelope().clone();
        assert_eq!(envelope.to().len(), 1);
    }
    // An address with a line break is none.
    assert!(Email::parse("ada@example.com\r\nBcc: eve@example.com").is_err());
    assert!(Email::parse("ada@example.com>\r\nRCPT TO:<eve@example.com").is_err());
}

#[test]
fn a_foreign_name_in_the_subject_is_encoded() {
    let wire = wire(&letter("ada@example.com", &words("Zeit für Łukasz", "Grüße.")));
    let subject = headers(&wire).into_iter().find(|header| header.starts_with("Subject")).unwrap();
    assert!(subject.is_ascii() && subject.contains("=?utf-8?"), "{subject}");
}

#[test]
fn what_people_typed_is_text_in_html() {
    let letter = letter("ada@example.com", &words("<i>", "<script>alert(1)</script> & \"so\""));
    assert!(!letter.html.contains("<script") && !letter.html.contains("<i>"), "{}", letter.html);
    assert!(letter.text.contains("<script>alert(1)</script> & \"so\""));
}

#[test]
fn without_a_button_nothing_asks_to_be_pressed() {
    let letter = letter("ada@example.com", &Words { button: None, ..words("Changed", "It was changed.") });
    assert!(!letter.html.contains("button") && letter.link.is_none());
}

fn read(variables: &[(&str, &str)], public_url: &str) -> std::result::Result<MailConfig, Vec<crate::config::Fault>> {
    let get =
        |name: &str| variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned());
    let mut variables = Variables::new(&get);
    let config = MailConfig::read(&mut variables, "mail".into(), &Url::parse(public_url).unwrap());
    variables.finish(config)
}

#[test]
fn without_a_server_mail_goes_to_the_folder_and_links_to_a_developers_log_alone() {
    for (public_url, logs) in [
        ("http://127.0.0.1:3000", true),
        ("http://localhost:3000", true),
        ("http://[::1]:3000", true),
        ("https://perfally.example", false),
        ("http://192.168.1.5", false),
    ] {
        let config = read(&[], public_url).unwrap();
        let Transport::Folder { path, log_links } = config.transport else { panic!("{public_url}") };
        assert_eq!((path.to_str(), log_links), (Some("mail"), logs), "{public_url}");
    }
}

#[test]
fn the_sender_is_of_the_public_host_unless_it_is_set() {
    assert_eq!(read(&[], "https://perfally.example").unwrap().from, from());
    assert_eq!(read(&[], "http://127.0.0.1").unwrap().from.email.to_string(), "no-reply@localhost");
    let set = read(&[("MAIL_FROM", "Speed <speed@shop.example>")], "https://perfally.example").unwrap();
    assert_eq!(set.from.to_string(), "Speed <speed@shop.example>");
}

#[test]
fn wrong_variables_are_named_together_without_the_password() {
    let faults = read(&[("SMTP_URL", "https://ada:hunter2@mail.example"), ("MAIL_FROM", "ada")], "https://p.example");
    let faults = faults.unwrap_err();
    assert_eq!(faults.iter().map(|fault| fault.variable).collect::<Vec<_>>(), ["SMTP_URL", "MAIL_FROM"]);
    assert!(!format!("{faults:?}").contains("hunter2"));
    let good = read(&[("SMTP_URL", "smtps://ada:hunter2@mail.example:465")], "https://p.example").unwrap();
    assert!(!format!("{good:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_letter_in_the_folder_is_whole_and_its_owners_alone() {
    let folder = std::env::temp_dir().join(format!("perfally-mail-{}", Uuid::now_v7()));
    let transport = Transport::Folder { path: folder.join("mail"), log_links: false };
    let post = Post::new(&MailConfig { transport, from: from() }).unwrap();
    let letter = letter("ada@example.com", &words("Hello", "Hello."));
    for _ in 0..2 {
        post.send(&letter).await.unwrap();
    }
    let files: Vec<_> = std::fs::read_dir(folder.join("mail")).unwrap().map(|entry| entry.unwrap().path()).collect();
    let [file] = &files[..] else { panic!("{files:?}") };
    assert_eq!(file.file_name().unwrap().to_str().unwrap(), format!("{}.eml", letter.id));
    assert!(std::fs::read_to_string(file).unwrap().contains("To: ada@example.com\r\n"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder.join("mail")), mode(file)), (0o700, 0o600));
    }
    std::fs::remove_dir_all(folder).unwrap();
}
