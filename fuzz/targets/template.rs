//! Page-group templates as teams write them, one a line, and a path that they group: the last line.
#![no_main]

use domain::projects::{PageGroups, Template, learn};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (lines, path) = text.rsplit_once('\n').unwrap_or(("", text));
    let templates: Vec<Template> = lines.lines().filter_map(|line| Template::parse(line).ok()).take(50).collect();
    for template in &templates {
        let again = Template::parse(template.as_str());
        assert_eq!(again.as_ref().ok(), Some(template), "a template that is read is one");
        assert!(template.as_str().len() <= Template::MOST_BYTES && template.as_str().is_ascii());
    }
    let groups = PageGroups::new(templates.clone(), Vec::new());
    let learnt = learn(&groups, lines.lines());
    for template in &learnt {
        assert_eq!(Template::read(template.as_str()).as_ref().ok(), Some(template), "what is learnt can be read again");
    }
    for groups in [groups, PageGroups::new(templates, learnt)] {
        let group = groups.group(path);
        assert!(group.starts_with('/') && group.len() <= Template::MOST_BYTES, "{group:?}");
        assert!(group.is_ascii() && !group.contains(|c: char| c.is_control()), "{group:?}");
        assert_eq!(groups.group(&group), group, "a group is of itself");
    }
});
