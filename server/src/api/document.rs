//! What is written about the API: the OpenAPI document, made of the operations' own code. The
//! pages at `/developers` are drawn from it too.

use std::sync::{Arc, OnceLock};

use domain::rum::{FiguresQuery, TimeRange, Vital};
use engine::integrations::{Page, fixtures};
use serde::Serialize;
use serde_json::Value;
use utoipa::{
    PartialSchema as _, ToSchema,
    openapi::{
        Components, Content, HeaderBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, Response,
        ResponseBuilder,
        path::{Operation, Parameter, ParameterIn},
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
        tag::TagBuilder,
    },
};

use super::{health::Health, operations, page_views::PageViewList, projects, vitals::Vitals};

/// What a request that could not be answered gets: a problem of RFC 9457.
#[derive(Serialize, ToSchema)]
struct Problem {
    /// `about:blank`: the status says the kind.
    r#type: String,
    /// What is wrong, in a few words.
    title: String,
    status: u16,
    /// What to do.
    detail: String,
    /// Every parameter that must be mended; only where parameters are wrong.
    errors: Option<Vec<ParameterError>>,
}

/// What is wrong with one parameter.
#[derive(Serialize, ToSchema)]
struct ParameterError {
    parameter: String,
    /// What to do.
    detail: String,
}

const DESCRIPTION: &str = "Read what the visitors of your sites measured.

Every request shows an API key in the header `Authorization: Bearer pr_live_…`. Keys are made under \
Settings, API keys. A key of the kind `pr_test_…` is answered from made-up data that never changes, so that tests \
can compare whole answers: its clock stands at 29 January 2026, 00:00 UTC, its one project is \
`01990000-0000-7000-8000-000000000001`, and it costs nothing.

Times are of RFC 3339. Lists have 50 entries a page; `next_cursor` leads to the next. Errors are problems of RFC 9457 \
(`application/problem+json`) that name every parameter to be mended. What is another team's is answered like what does \
not exist.

A plan allows so many requests an hour, of all keys of a team together: `RateLimit-Limit`, `RateLimit-Remaining` and \
`RateLimit-Reset` (in seconds) stand in every answer to a key, `Retry-After` in the 429.";

/// The beginning of the document, to which the operations are added.
pub fn head() -> OpenApi {
    let info = InfoBuilder::new()
        .title("PerfAlly API")
        .version("1")
        .description(Some(DESCRIPTION))
        .license(Some(LicenseBuilder::new().name("MIT").identifier(Some("MIT")).build()))
        .build();
    let tag = |name, description| TagBuilder::new().name(name).description(Some(description)).build();
    let mut components = Components::new();
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("An API key: `pr_live_…` or `pr_test_…`."))
        .build();
    components.add_security_scheme("key", SecurityScheme::Http(bearer));
    for (name, schema) in [("Problem", Problem::schema()), ("ParameterError", ParameterError::schema())] {
        components.schemas.insert(name.to_owned(), schema);
    }
    OpenApiBuilder::new()
        .info(info)
        .components(Some(components))
        .tags(Some([tag("Projects", "Which sites there are."), tag("Field data", "What visitors measured.")]))
        .build()
}

/// The whole document, made once.
pub fn document() -> Arc<Value> {
    static DOCUMENT: OnceLock<Arc<Value>> = OnceLock::new();
    Arc::clone(DOCUMENT.get_or_init(|| {
        let (_, mut api) = operations().split_for_parts();
        for (path, item) in &mut api.paths.paths {
            if let Some(operation) = &mut item.get {
                complete(path, operation);
            }
        }
        // Only what cannot be said in JSON would fail, and there is none of that in it.
        Arc::new(serde_json::to_value(&api).unwrap_or_default())
    }))
}

/// Adds what is the same for every operation, and an answer as a test key gets it.
fn complete(path: &str, operation: &mut Operation) {
    operation.security = Some(vec![SecurityRequirement::new::<_, [&str; 0], &str>("key", [])]);
    let example = operation.operation_id.as_deref().and_then(example);
    if let Some(RefOr::T(found)) = operation.responses.responses.get_mut("200") {
        add_limits(found);
        if let Some(RefOr::T(content)) = found.content.get_mut("application/json") {
            content.example = example;
        }
    }
    let has_query = operation.parameters.as_ref().is_some_and(|all| all.iter().any(is_in_query));
    let mut refusals = vec![
        ("401", "No key, or one that opens nothing."),
        ("403", "The key has no scope for this."),
        ("429", "The plan's requests of this hour are used up, or too many came from this address."),
        ("503", "The database cannot be reached at the moment."),
        ("default", "Anything else that went wrong."),
    ];
    // Parameters that are not known are told too.
    refusals.push(("400", if has_query { "Some parameters must be mended." } else { "There are no such parameters." }));
    if path.contains('{') {
        refusals.push(("404", "There is no such project, or it is not of the key's team."));
    }
    for (status, words) in refusals {
        let content = Content::new(Some(Ref::from_schema_name("Problem")));
        let mut response =
            ResponseBuilder::new().description(words).content("application/problem+json", content).build();
        if matches!(status, "400" | "403" | "404" | "429") {
            add_limits(&mut response);
        }
        operation.responses.responses.insert(status.to_owned(), RefOr::T(response));
    }
}

fn is_in_query(parameter: &RefOr<Parameter>) -> bool {
    matches!(parameter, RefOr::T(Parameter { parameter_in: ParameterIn::Query, .. }))
}

fn add_limits(response: &mut Response) {
    for (name, words) in [
        ("RateLimit-Limit", "Requests that the plan allows in an hour."),
        ("RateLimit-Remaining", "Of these, what is left in this hour."),
        ("RateLimit-Reset", "Seconds until the whole limit is there again."),
    ] {
        let header = HeaderBuilder::new().schema(Some(u32::schema())).description(Some(words)).build();
        response.headers.insert(name.to_owned(), RefOr::T(header));
    }
}

/// What a test key is answered, shortened.
fn example(operation: &str) -> Option<Value> {
    let week = TimeRange { from: fixtures::NOW - chrono::TimeDelta::days(7), to: fixtures::NOW };
    let answer = match operation {
        "listProjects" => json(&projects::ProjectList::from(Page { entries: vec![fixtures::project()], more: false })),
        "getProject" => json(&projects::Project::from(fixtures::project())),
        "getVitals" => json(&Vitals::from(fixtures::vitals(&FiguresQuery {
            vital: Vital::Lcp,
            percentile: domain::rum::Percentile::P75,
            range: week,
            granularity: Some(domain::rum::Granularity::Day),
            group_by: Some(domain::rum::Dimension::Device),
            filters: std::collections::BTreeMap::new(),
        }))),
        "listPageViews" => {
            let mut views = fixtures::page_views(week, None);
            views.truncate(1);
            json(&PageViewList::from(Page { entries: views, more: true }))
        }
        "getHealth" => json(&Health::from(fixtures::health(week))),
        _ => Value::Null,
    };
    Some(answer).filter(|answer| !answer.is_null())
}

fn json(answer: &impl Serialize) -> Value {
    serde_json::to_value(answer).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_whole() {
        let document = document();
        assert_eq!(document["openapi"], "3.1.0");
        let paths = document["paths"].as_object().unwrap();
        assert_eq!(paths.len(), 5);
        for (path, item) in paths {
            let operation = &item["get"];
            for part in ["operationId", "summary", "description"] {
                assert!(operation[part].as_str().is_some_and(|text| !text.is_empty()), "{path} has no {part}");
            }
            assert_eq!(operation["security"], serde_json::json!([{ "key": [] }]), "{path}");
            let answer = &operation["responses"]["200"];
            assert!(answer["content"]["application/json"]["example"].is_object(), "{path} has no example");
            assert!(answer["headers"]["RateLimit-Remaining"].is_object(), "{path}");
            assert_eq!(operation["responses"]["404"].is_object(), path.contains('{'), "{path}");
            let refusal = &operation["responses"]["400"]["content"]["application/problem+json"]["schema"];
            assert_eq!(refusal["$ref"], "#/components/schemas/Problem", "{path}");
        }
    }

    #[test]
    fn nothing_is_referred_to_that_is_not_there() {
        let document = document();
        let text = document.to_string();
        let known = document["components"]["schemas"].as_object().unwrap();
        for name in text.split("\"#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(known.contains_key(name), "{name}");
        }
    }
}
