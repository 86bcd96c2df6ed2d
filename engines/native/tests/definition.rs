//! The definition of one flag, which repeats what a document says of it, and how large it is.

mod common;

use common::{DOCUMENT, load, outbox};
use flipt_ffi_engine::abi::{
    flipt_ffi_flag_definition, flipt_ffi_flag_fits, flipt_ffi_state_changed, flipt_ffi_state_release,
};
use flipt_ffi_engine::code::{Code, FIRST};

const SHOP: &[u8] = include_bytes!("../../../tests/fixtures/shop/v2.json");

/// A document of these flags.
fn document(flags: &[String]) -> String {
    format!(r#"{{"namespace":{{"key":"shop"}},"flags":[{}]}}"#, flags.join(","))
}

fn definition(state: u32, flag: u32) -> String {
    assert!(flipt_ffi_flag_definition(state, flag) < FIRST);
    String::from_utf8(outbox()).expect("JSON is text")
}

#[test]
fn a_flag_is_defined_as_the_document_has_it_and_as_it_compiles_again() {
    let segment = |key: &str| {
        format!(
            r#"{{"key":"{key}","matchType":"ALL_SEGMENT_MATCH_TYPE","constraints":[{{"type":"NUMBER_CONSTRAINT_COMPARISON_TYPE","property":"orders","operator":"gte","value":"3"}}]}}"#
        )
    };
    // Keys that are numbers stay in the document's order, which no JSON object in JavaScript keeps.
    let segments = format!("[{},{}]", segment("20"), segment("1"));
    let variant = format!(
        r#"{{"key":"variant","name":"variant","type":"VARIANT_FLAG_TYPE","description":"d","enabled":true,"rules":[{{"segments":{segments},"segmentOperator":"AND_SEGMENT_OPERATOR","distributions":[{{"variantKey":"a","rollout":33.3,"variantAttachment":"{{}}"}},{{"variantKey":"b","rollout":0.0}}]}}],"rollouts":[],"defaultVariant":{{"id":"1","key":"a"}}}}"#
    );
    let boolean = format!(
        r#"{{"key":"boolean","name":"boolean","type":"BOOLEAN_FLAG_TYPE","enabled":false,"rules":[],"rollouts":[{{"threshold":{{"percentage":12.5,"value":true}}}},{{"segment":{{"segmentOperator":"OR_SEGMENT_OPERATOR","value":true,"segments":{segments}}}}},{{}}]}}"#
    );
    let flags = [variant, boolean];
    let state = load(DOCUMENT, document(&flags).as_bytes()).expect("a valid document");
    for (place, flag) in flags.iter().enumerate() {
        assert_eq!(definition(state, place as u32), *flag);
    }
    assert_eq!(flipt_ffi_flag_definition(state, 2), Code::BadRequest as u32);
    assert_eq!(flipt_ffi_state_release(state), 0);

    let state = load(DOCUMENT, SHOP).expect("the fixture is a document");
    let definitions: Vec<String> = (0..8).map(|flag| definition(state, flag)).collect();
    let again = load(DOCUMENT, document(&definitions).as_bytes()).expect("definitions make a document");
    assert!(flipt_ffi_state_changed(state, again) < FIRST);
    assert_eq!(outbox(), b"[]");
    for state in [state, again] {
        assert_eq!(flipt_ffi_state_release(state), 0);
    }
}

#[test]
fn a_flag_fits_when_neither_its_constraints_nor_their_values_are_too_many() {
    let constraint =
        r#"{"type":"STRING_CONSTRAINT_COMPARISON_TYPE","property":"country","operator":"eq","value":"NL"}"#;
    let segment = format!(
        r#"{{"key":"segment","matchType":"ALL_SEGMENT_MATCH_TYPE","constraints":[{constraint},{constraint},{constraint}]}}"#
    );
    let flag = format!(
        r#"{{"key":"flag","name":"","enabled":true,"rules":[{{"segments":[{segment}],"segmentOperator":"OR_SEGMENT_OPERATOR","distributions":[]}}]}}"#
    );
    let state = load(DOCUMENT, document(&[flag]).as_bytes()).expect("a valid document");
    let fits = |max_constraints, max_bytes| flipt_ffi_flag_fits(state, 0, max_constraints, max_bytes);
    assert_eq!([fits(3, 6), fits(u32::MAX, u32::MAX)], [1, 1]);
    assert_eq!([fits(2, 6), fits(3, 5), fits(0, 0)], [0, 0, 0]);
    assert_eq!(flipt_ffi_flag_fits(state, 1, 3, 6), Code::BadRequest as u32);
    assert_eq!(flipt_ffi_state_release(state), 0);
    assert_eq!(flipt_ffi_flag_fits(state, 0, 3, 6), Code::BadHandle as u32);
}
