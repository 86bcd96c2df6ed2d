//! What the reference library answered, replayed: each named case of the repository, compiled from its document, from a
//! snapshot of that and from its flags' definitions.

use crate::compile::{compile_document, compile_snapshot};
use crate::definition;
use crate::describe;
use crate::evaluate::{DEFAULT_OUTCOME, evaluate};
use crate::snapshot;
use crate::state::{Flag, State};
use crate::vocabulary::FlagType;
use serde_json::{Map, Value, json};

const CASES: &str = include_str!("../../../tests/fixtures/cases.json");

/// The documents with their requests. Constraints that are to be decided alone are flags of one document.
fn cases() -> Vec<(String, Value, Vec<Value>)> {
    let file: Value = serde_json::from_str(CASES).expect("the cases are JSON");
    let (mut flags, mut requests) = (Vec::new(), Vec::new());
    for (n, row) in list(&file, "constraints").iter().enumerate() {
        let key = format!("row-{n}");
        let kind = format!("{}_CONSTRAINT_COMPARISON_TYPE", text(&row[0]));
        let constraint = json!({ "type": kind, "property": "p", "operator": row[1], "value": row[2] });
        let segment = json!({ "key": "s", "matchType": "ALL_SEGMENT_MATCH_TYPE", "constraints": [constraint] });
        let rule = json!({ "segments": [segment], "segmentOperator": "OR_SEGMENT_OPERATOR",
            "distributions": [{ "variantKey": "v", "rollout": 100 }] });
        flags.push(json!({ "key": key, "name": "", "enabled": true, "rules": [rule] }));
        let holds = row[4].as_bool().expect("whether it holds");
        let reason = if holds { "MATCH_EVALUATION_REASON" } else { "UNKNOWN_EVALUATION_REASON" };
        let segment_keys = if holds { json!(["s"]) } else { json!([]) };
        let answer = json!({ "flagKey": key, "match": holds, "reason": reason, "segmentKeys": segment_keys,
            "variantKey": if holds { "v" } else { "" } });
        requests.push(json!({ "kind": "variant", "flagKey": key, "entityId": "e", "context": { "p": row[3] },
            "answer": answer }));
    }
    let rows = json!({ "namespace": { "key": "default" }, "flags": flags });
    let others = list(&file, "documents").iter();
    let others =
        others.map(|each| (text(&each["name"]).to_owned(), each["document"].clone(), list(each, "requests").to_vec()));
    std::iter::once(("constraints".to_owned(), rows, requests)).chain(others).collect()
}

fn list<'a>(value: &'a Value, member: &str) -> &'a [Value] {
    value[member].as_array().expect("a list")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

/// Answers as a binding does: the outcome's number says which of the flag's prepared answers it is.
fn answer(state: &State, request: &Value) -> Value {
    let key = text(&request["flagKey"]);
    let place = state.find(key.as_bytes());
    let Some(flag) = place.and_then(|place| state.flag(place)) else {
        return json!({ "error": format!("invalid request: failed to get flag information default/{key}") });
    };
    let (wanted, kind) = match text(&request["kind"]) {
        "variant" => (FlagType::Variant, "variant"),
        _ => (FlagType::Boolean, "boolean"),
    };
    if flag.flag_type != wanted {
        return json!({ "error": format!("invalid request: {key} is not a {kind} flag") });
    }
    let described: Value = serde_json::from_slice(&describe::flag(state, flag)).expect("a description is JSON");
    let (outcome, matched) = outcome(state, flag, &described, request);
    let mut answer = Map::new();
    answer.insert("flagKey".to_owned(), json!(key));
    let mut set = |member: &str, value: Value| answer.insert(member.to_owned(), value);
    let default = &described["defaultVariant"];
    if outcome == DEFAULT_OUTCOME {
        let without_rollouts = wanted == FlagType::Variant || list(&described, "outcomes").is_empty();
        let reason = if described["enabled"] == false && without_rollouts {
            "FLAG_DISABLED_EVALUATION_REASON"
        } else if default.is_null() && wanted == FlagType::Variant {
            "UNKNOWN_EVALUATION_REASON"
        } else {
            "DEFAULT_EVALUATION_REASON"
        };
        set("reason", json!(reason));
    } else {
        set("reason", json!("MATCH_EVALUATION_REASON"));
    }
    let chosen = &described["outcomes"][(outcome as usize).wrapping_sub(1)];
    let mut keys = Vec::new();
    if let Some(condition) = chosen["condition"].as_u64() {
        let condition = &described["conditions"][condition as usize];
        for (n, key) in list(condition, "segmentKeys").iter().enumerate() {
            if condition["open"] == false || matched[n / 64] >> (n % 64) & 1 == 1 {
                keys.push(text(key));
            }
        }
    }
    keys.sort_unstable();
    set("segmentKeys", json!(keys));
    if wanted == FlagType::Boolean {
        set("enabled", if outcome == DEFAULT_OUTCOME { described["enabled"].clone() } else { chosen["value"].clone() });
    } else {
        set("match", json!(outcome != DEFAULT_OUTCOME));
        let (key, attachment) = if chosen["variantKey"].is_null() {
            (&default["key"], &default["attachment"])
        } else {
            (&chosen["variantKey"], &chosen["variantAttachment"])
        };
        set("variantKey", json!(key.as_str().unwrap_or_default()));
        if !attachment.is_null() {
            set("variantAttachment", attachment.clone());
        }
    }
    Value::Object(answer)
}

/// Evaluates a request. Returns the number of the outcome, and a bit for each segment that matched.
fn outcome(state: &State, flag: &Flag, described: &Value, request: &Value) -> (u32, Vec<u64>) {
    let context = |property: &Value| request["context"][text(property)].as_str().unwrap_or_default();
    let values = std::iter::once(text(&request["entityId"]));
    let values: Vec<&str> = values.chain(list(described, "properties").iter().map(context)).collect();
    let mut bytes = vec![0; 8];
    let mut end = 8 + 4 * values.len() as u32;
    for value in &values {
        end += value.len() as u32;
        bytes.extend(end.to_ne_bytes());
    }
    bytes.extend(values.concat().bytes());
    // What was there before is none of the answer's.
    let mut matched = vec![u64::MAX; state.matched_words()];
    (evaluate(state, flag, &bytes, &mut matched).expect("a request"), matched)
}

fn check(name: &str, state: &State, requests: &[Value]) {
    for request in requests {
        let mut expected = request["answer"].clone();
        if let Some(keys) = expected.get_mut("segmentKeys").and_then(Value::as_array_mut) {
            keys.sort_by(|one, other| text(one).cmp(text(other)));
        }
        assert_eq!(answer(state, request), expected, "{name}: {request}");
    }
}

#[test]
fn named_cases_are_answered_as_the_reference_answers_them() {
    let mut count = 0;
    for (name, document, requests) in cases() {
        let namespace = text(&document["namespace"]["key"]).to_owned();
        let state = compile_document(&document.to_string(), &namespace).expect(&name);
        check(&name, &state, &requests);

        let snapshot = snapshot::decode(&snapshot::write(&state)).expect(&name);
        let snapshot = compile_snapshot(std::str::from_utf8(&snapshot).expect("text"), &namespace).expect(&name);
        check(&format!("{name}, from a snapshot"), &snapshot, &requests);

        let flags = state.flags.iter().map(|flag| definition::write(&state, flag));
        let flags: Vec<Value> = flags.map(|flag| serde_json::from_slice(&flag).expect("JSON")).collect();
        let defined = json!({ "namespace": document["namespace"], "flags": flags });
        let defined = compile_document(&defined.to_string(), &namespace).expect(&name);
        check(&format!("{name}, from definitions"), &defined, &requests);
        count += requests.len();
    }
    assert!(count > 1_500, "only {count} requests");
}
