//! The API's own description, as its page reads it. The server makes the document of its
//! operations' code; nothing is written here that could fall behind it.

use std::sync::Arc;

use serde_json::Value;

/// The OpenAPI document, in the context of pages.
#[derive(Debug, Clone)]
pub struct ApiDocument(pub Arc<Value>);

/// One operation, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Operation {
    /// Names it in addresses: `getVitals`.
    pub id: String,
    /// `GET`
    pub method: String,
    pub path: String,
    pub tag: String,
    pub title: String,
    pub words: String,
    pub parameters: Vec<Parameter>,
    /// Status and words, in order.
    pub answers: Vec<(String, String)>,
    /// An answer, as indented JSON.
    pub example: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parameter {
    pub name: String,
    pub in_path: bool,
    pub required: bool,
    /// Its type, or what may be chosen.
    pub kind: String,
    pub words: String,
}

impl ApiDocument {
    /// What is said before all operations, by paragraph.
    pub(super) fn introduction(&self) -> Vec<String> {
        text(&self.0["info"]["description"]).split("\n\n").map(str::to_owned).collect()
    }

    pub(super) fn operations(&self) -> Vec<Operation> {
        let paths = self.0["paths"].as_object().into_iter().flatten();
        let mut operations: Vec<Operation> = paths
            .flat_map(|(path, item)| {
                let methods = item.as_object().into_iter().flatten();
                methods
                    .filter(|(_, operation)| operation["operationId"].is_string())
                    .map(move |(method, operation)| read(path, method, operation))
            })
            .collect();
        // As the tags stand in the document; within one, the shorter path first.
        let tags: Vec<String> = self.0["tags"].as_array().into_iter().flatten().map(|tag| text(&tag["name"])).collect();
        let place = |of: &Operation| tags.iter().position(|tag| *tag == of.tag);
        operations.sort_by_key(|of| (place(of), of.path.len()));
        operations
    }
}

fn read(path: &str, method: &str, operation: &Value) -> Operation {
    let answers = operation["responses"].as_object().into_iter().flatten();
    let mut answers: Vec<(String, String)> =
        answers.map(|(status, answer)| (status.clone(), text(&answer["description"]))).collect();
    answers.sort();
    let example = &operation["responses"]["200"]["content"]["application/json"]["example"];
    Operation {
        id: text(&operation["operationId"]),
        method: method.to_uppercase(),
        path: path.to_owned(),
        tag: text(&operation["tags"][0]),
        title: text(&operation["summary"]),
        words: text(&operation["description"]),
        parameters: operation["parameters"].as_array().into_iter().flatten().map(parameter).collect(),
        answers,
        example: serde_json::to_string_pretty(example).unwrap_or_default(),
    }
}

fn parameter(of: &Value) -> Parameter {
    Parameter {
        name: text(&of["name"]),
        in_path: of["in"] == "path",
        required: of["required"] == true,
        kind: kind(&of["schema"]),
        words: text(&of["description"]),
    }
}

/// What a schema lets through, in few words.
fn kind(schema: &Value) -> String {
    // What may be left out is told as one of several, the other being nothing.
    if let Some(of) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
        return of.iter().filter(|one| one["type"] != "null").map(kind).collect::<Vec<_>>().join(" or ");
    }
    if let Some(choices) = schema["enum"].as_array() {
        let words = choices.iter().map(|choice| choice.as_str().map_or_else(|| choice.to_string(), str::to_owned));
        return words.collect::<Vec<_>>().join(", ");
    }
    match schema["format"].as_str() {
        Some("date-time") => "RFC 3339 time".to_owned(),
        Some("uuid") => "UUID".to_owned(),
        _ => match &schema["type"] {
            Value::Array(types) => types.iter().map(text).find(|name| name != "null").unwrap_or_default(),
            name => text(name),
        }
        .replace("string", "text"),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> ApiDocument {
        ApiDocument(Arc::new(serde_json::json!({
            "info": { "description": "First.\n\nSecond." },
            "tags": [{ "name": "Projects" }, { "name": "Field data" }],
            "paths": {
                "/v1/a": { "get": { "operationId": "readA", "tags": ["Field data"], "summary": "Read A",
                    "parameters": [
                        { "name": "size", "in": "query", "schema": { "oneOf": [{ "type": "null" }, { "enum": [1, 2] }] } },
                        { "name": "at", "in": "query", "required": true, "schema": { "type": ["string", "null"], "format": "date-time" } },
                    ],
                    "responses": {
                        "404": { "description": "Not there." },
                        "200": { "description": "A.", "content": { "application/json": { "example": { "a": 1 } } } },
                    } } },
                "/v1/projects": { "get": { "operationId": "list", "tags": ["Projects"], "responses": {} } },
            },
        })))
    }

    #[test]
    fn operations_are_read_in_the_order_of_their_tags() {
        let operations = document().operations();
        assert_eq!(operations.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["list", "readA"]);
        let read = &operations[1];
        assert_eq!((read.method.as_str(), read.title.as_str()), ("GET", "Read A"));
        assert_eq!(read.answers, [("200".into(), "A.".into()), ("404".to_owned(), "Not there.".to_owned())]);
        assert_eq!(read.example, "{\n  \"a\": 1\n}");
        let kinds: Vec<_> =
            read.parameters.iter().map(|one| (one.name.as_str(), one.kind.as_str(), one.required)).collect();
        assert_eq!(kinds, [("size", "1, 2", false), ("at", "RFC 3339 time", true)]);
        assert_eq!(document().introduction(), ["First.", "Second."]);
    }
}
