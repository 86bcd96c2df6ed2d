//! Snapshots, in the reference's form: base64 of a JSON object, so that a state that one engine saved starts any other.

mod read;
mod write;

pub use read::{decode, read};
pub use write::write;

/// The only version.
const VERSION: u32 = 1;

#[cfg(test)]
mod tests {
    use super::{decode, write};
    use crate::compile::{compile_document, compile_snapshot};
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    const DOCUMENT: &str = r#"{"namespace":{"key":"shop"},"flags":[
        {"key":"v","name":"","enabled":true,"description":"d","defaultVariant":{"id":"1","key":"k","attachment":"{}"},
            "rules":[{"segments":[{"key":"s","matchType":"ANY_SEGMENT_MATCH_TYPE","constraints":[
                    {"type":"STRING_CONSTRAINT_COMPARISON_TYPE","property":"p","operator":"eq","value":"x"},
                    {"type":"odd","property":"q","operator":"o","value":"y"}]},
                {"key":"t","matchType":"odd","constraints":[]}],
            "segmentOperator":"AND_SEGMENT_OPERATOR","distributions":[
                {"variantKey":"a","rollout":12.5,"variantAttachment":"1"},{"variantKey":"b","rollout":1e39},
                {"variantKey":"c","rollout":-1e39}]},
            {"segmentOperator":"odd","distributions":[]}]},
        {"key":"b","name":"","type":"BOOLEAN_FLAG_TYPE","enabled":false,"rollouts":[
            {"threshold":{"percentage":10,"value":true},"segment":{"value":false,"segments":[]}},
            {"segment":{"value":true,"segments":[{"key":"s","matchType":"ALL_SEGMENT_MATCH_TYPE","constraints":[]}]}},
            {}]}]}"#;

    fn snapshot_of(document: &str) -> String {
        let state = compile_document(document, "shop").expect("a document");
        let json = decode(&write(&state)).expect("base64");
        String::from_utf8(json).expect("text")
    }

    #[test]
    fn a_snapshot_has_the_form_of_the_references() {
        let expected = concat!(
            r#"{"version":1,"namespace":{"key":"shop","flags":{"#,
            r#""v":{"key":"v","enabled":true,"type":"VARIANT_FLAG_TYPE","description":"d","#,
            r#""default_variant":{"id":"1","key":"k","attachment":"{}"}},"#,
            r#""b":{"key":"b","enabled":false,"type":"BOOLEAN_FLAG_TYPE"}},"#,
            r#""eval_rules":{"v":[{"id":"v-1","flag_key":"v","segments":{"#,
            r#""s":{"segment_key":"s","match_type":"ANY_SEGMENT_MATCH_TYPE","constraints":["#,
            r#"{"type":"STRING_CONSTRAINT_COMPARISON_TYPE","property":"p","operator":"eq","value":"x"},"#,
            r#"{"type":"UNKNOWN_CONSTRAINT_COMPARISON_TYPE","property":"q","operator":"o","value":"y"}]},"#,
            r#""t":{"segment_key":"t","match_type":"ANY_SEGMENT_MATCH_TYPE","constraints":[]}},"#,
            r#""rank":1,"segment_operator":"AND_SEGMENT_OPERATOR"},"#,
            r#"{"id":"v-2","flag_key":"v","segments":{},"rank":2,"segment_operator":"OR_SEGMENT_OPERATOR"}],"b":[]},"#,
            r#""eval_rollouts":{"v":[],"b":[{"rollout_type":"THRESHOLD_ROLLOUT_TYPE","rank":1,"#,
            r#""threshold":{"percentage":10.0,"value":true}},"#,
            r#"{"rollout_type":"SEGMENT_ROLLOUT_TYPE","rank":2,"segment":{"value":true,"#,
            r#""segment_operator":"OR_SEGMENT_OPERATOR","segments":{"#,
            r#""s":{"segment_key":"s","match_type":"ALL_SEGMENT_MATCH_TYPE","constraints":[]}}}},"#,
            r#"{"rollout_type":"UNKNOWN_ROLLOUT_TYPE","rank":3}]},"#,
            r#""eval_distributions":{"v-1":[{"rule_id":"v-1","rollout":12.5,"variant_key":"a","variant_attachment":"1"},"#,
            r#"{"rule_id":"v-1","rollout":6.805646932770577e+38,"variant_key":"b"},"#,
            r#"{"rule_id":"v-1","rollout":-6.805646932770577e+38,"variant_key":"c"}],"v-2":[]}}}"#
        );
        let snapshot = snapshot_of(DOCUMENT);
        assert_eq!(snapshot, expected);
        let again = compile_snapshot(&snapshot, "shop").expect("its own snapshot");
        assert_eq!(decode(&write(&again)).expect("base64"), snapshot.as_bytes());
    }

    #[test]
    fn a_snapshot_that_the_reference_would_not_read_is_refused_with_the_reason() {
        let snapshot = snapshot_of(DOCUMENT);
        let refused = [
            (r#""version":1"#, r#""version":2"#, "the snapshot has version 2, not 1"),
            (r#"{"key":"shop""#, r#"{"key":"other""#, r#"the snapshot is of namespace "other", not "shop""#),
            (r#"{"key":"v""#, r#"{"key":"w""#, r#"the flag "v" has the key "w""#),
            (r#""eval_rules":{"v""#, r#""eval_rules":{"w""#, r#"namespace.eval_rules has no "v""#),
            (
                r#""eval_rollouts":{"v":[],"b""#,
                r#""eval_rollouts":{"v":[],"c""#,
                r#"namespace.eval_rollouts has no "b""#,
            ),
            (
                r#""eval_distributions":{"v-1""#,
                r#""eval_distributions":{"v-3""#,
                r#"namespace.eval_distributions has no "v-1""#,
            ),
            (
                r#""rank":2,"segment_o"#,
                r#""rank":0,"segment_o"#,
                r#"the ranks of namespace.eval_rules["v"] do not ascend"#,
            ),
            (r#""rank":3"#, r#""rank":1.5"#, r#"the ranks of namespace.eval_rollouts["b"] do not ascend"#),
            (
                r#""rank":1,"threshold"#,
                r#""rank":-1,"threshold"#,
                r#"the ranks of namespace.eval_rollouts["b"] do not ascend"#,
            ),
            (r#""flags":{"#, r#""flags":[{"#, "the snapshot is not valid: invalid type: sequence, expected an object"),
        ];
        for (part, other, why) in refused {
            assert!(snapshot.contains(part), "{part}");
            let error = compile_snapshot(&snapshot.replacen(part, other, 1), "shop").expect_err(part);
            assert!(error.contains(why), "{error}");
        }
        // Lists that a flag of its type does not need may be missing, and ranks may repeat.
        let taken = [
            (r#"],"b":[]}"#, "]}"),
            (r#"{"v":[],"b":[{"rollout"#, r#"{"b":[{"rollout"#),
            (r#""rank":3"#, r#""rank":2"#),
        ];
        for (part, other) in taken {
            assert!(snapshot.contains(part), "{part}");
            let state = compile_snapshot(&snapshot.replacen(part, other, 1), "shop").expect(part);
            assert_eq!(decode(&write(&state)).expect("base64"), snapshot.as_bytes(), "{part}");
        }
    }

    #[test]
    fn base64_is_read_whole_and_padding_ends_it() {
        for length in [0, 1, 2, 3, 4, 786_431, 786_432, 786_433, 2_000_000] {
            let bytes: Vec<u8> = (0..length).map(|n: u32| (n * 31 % 251) as u8).collect();
            let text = format!(" \n{}\n", STANDARD.encode(&bytes));
            assert!(decode(text.as_bytes()).expect("base64") == bytes, "{length} bytes");
        }
        let padded = STANDARD.encode(vec![7; 786_431]);
        assert_eq!(padded.len(), 1 << 20);
        for text in ["a", "====", "ab==cd==", "a b=", "äöü", &format!("{padded}{padded}")] {
            let error = decode(text.as_bytes()).expect_err(text);
            assert!(error.starts_with("the snapshot is not base64 ("), "{error}");
        }
    }

    #[test]
    fn a_snapshot_has_no_more_members_than_its_bytes_allow() {
        let members = vec![r#""":[]"#; 100].join(",");
        let namespace = format!(
            r#"{{"key":"shop","flags":{{}},"eval_rules":{{{members}}},"eval_rollouts":{{}},"eval_distributions":{{}}}}"#
        );
        let snapshot = format!(r#"{{"version":1,"namespace":{namespace}}}"#);
        // A member may be in each 16 bytes, and one more.
        assert!(compile_snapshot(&format!("{snapshot:<1584}"), "shop").is_ok());
        let error = compile_snapshot(&format!("{snapshot:<1583}"), "shop").expect_err("100 members");
        assert!(error.contains("it expands to more than 4 times its size"), "{error}");
    }
}
