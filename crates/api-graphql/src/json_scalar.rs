//! The scalar `JSON`.
//!
//! To Juniper, a scalar is a number, a string or a boolean. This does not affect output, because Juniper returns the
//! value of a leaf unchanged. On input, however, Juniper rejects objects and lists where a scalar is expected, whatever
//! the scalar's own parser would accept. Therefore [`crate::document`] replaces them with strings that start with
//! [`TEXT_PREFIX`], which are parsed here.

use std::sync::LazyLock;

use juniper::{
    DefaultScalarValue, ExecutionResult, Executor, FieldError, FromInputValue, GraphQLType, GraphQLValue,
    GraphQLValueAsync, InputValue, ParseScalarResult, ParseScalarValue, Registry, ScalarToken, Selection,
    ToInputValue, Value as GraphQLOutput,
    marker::{IsInputType, IsOutputType},
    meta::MetaType,
};
use serde_json::{Map, Value};
use uuid::Uuid;

/// Name of the scalar in the schema.
pub(crate) const SCALAR_NAME: &str = "JSON";

/// Prefix of a string that contains an object or a list. It is random, so a client cannot send a string that starts
/// with it.
static TEXT_PREFIX: LazyLock<String> = LazyLock::new(|| format!("data:application/json;{},", Uuid::new_v4()));

/// Any JSON value. Numbers are IEEE 754 doubles.
#[derive(Clone, Debug, PartialEq)]
#[expect(unreachable_pub, reason = "Juniper's public types name it")]
pub struct Json(pub Value);

/// Returns an object or a list as a string that Juniper accepts; `None` if it contains variables, enum values or
/// duplicate keys.
pub(crate) fn carried_as_text(value: &InputValue) -> Option<String> {
    Some(format!("{}{}", *TEXT_PREFIX, from_input(value)?))
}

/// Converts a JSON value to an output value of Juniper.
pub(crate) fn to_value(json: &Value) -> GraphQLOutput {
    match json {
        Value::Null => GraphQLOutput::Null,
        Value::Bool(flag) => GraphQLOutput::scalar(*flag),
        Value::Number(number) => match number.as_i64().map(i32::try_from) {
            Some(Ok(int)) => GraphQLOutput::scalar(int),
            _ => GraphQLOutput::scalar(number.as_f64().unwrap_or(f64::NAN)),
        },
        Value::String(text) => GraphQLOutput::scalar(text.as_str()),
        Value::Array(items) => GraphQLOutput::list(items.iter().map(to_value).collect()),
        Value::Object(fields) => GraphQLOutput::object(
            fields
                .iter()
                .map(|(key, value)| (key.as_str(), to_value(value)))
                .collect(),
        ),
    }
}

fn from_input(value: &InputValue) -> Option<Value> {
    Some(match value {
        InputValue::Null => Value::Null,
        InputValue::Scalar(scalar) => from_scalar(scalar),
        InputValue::List(items) => Value::Array(
            items
                .iter()
                .map(|item| from_input(&item.item))
                .collect::<Option<_>>()?,
        ),
        InputValue::Object(fields) => {
            let mut object = Map::new();
            for (key, value) in fields {
                if object
                    .insert(key.item.clone(), from_input(&value.item)?)
                    .is_some()
                {
                    return None;
                }
            }
            Value::Object(object)
        }
        InputValue::Enum(_) | InputValue::Variable(_) => return None,
    })
}

fn from_scalar(scalar: &DefaultScalarValue) -> Value {
    match scalar {
        DefaultScalarValue::Int(int) => Value::from(*int),
        DefaultScalarValue::Float(float) => from_float(*float),
        DefaultScalarValue::String(text) => Value::from(text.as_str()),
        DefaultScalarValue::Boolean(flag) => Value::from(*flag),
    }
}

/// Converts a float to a JSON number, as an integer if the float is integral and in the range in which doubles
/// represent every integer exactly. Integers of more than 32 bits arrive as floats.
fn from_float(float: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0; // 2^53
    if float.fract() == 0.0 && float.abs() <= EXACT {
        Value::from(float as i64)
    } else {
        Value::from(float)
    }
}

impl FromInputValue for Json {
    type Error = FieldError;

    fn from_input_value(value: &InputValue) -> Result<Self, FieldError> {
        let text = value.as_scalar().and_then(|scalar| match scalar {
            DefaultScalarValue::String(text) => text.strip_prefix(TEXT_PREFIX.as_str()),
            _ => None,
        });
        match text {
            Some(text) => Ok(Self(serde_json::from_str(text)?)),
            None => from_input(value)
                .map(Self)
                .ok_or_else(|| "must be a JSON value".into()),
        }
    }
}

impl ToInputValue for Json {
    fn to_input_value(&self) -> InputValue {
        to_value(&self.0).to_input_value()
    }
}

impl ParseScalarValue for Json {
    fn from_str(token: ScalarToken<'_>) -> ParseScalarResult {
        match token {
            ScalarToken::String(_) => <String as ParseScalarValue>::from_str(token),
            ScalarToken::Int(_) => <i32 as ParseScalarValue>::from_str(token),
            ScalarToken::Float(_) => <f64 as ParseScalarValue>::from_str(token),
        }
    }
}

impl GraphQLType for Json {
    fn name(_: &()) -> Option<juniper::ArcStr> {
        Some(juniper::arcstr::literal!("JSON"))
    }

    fn meta(info: &(), registry: &mut Registry) -> MetaType {
        registry
            .build_scalar_type::<Self>(info)
            .description("Any JSON value. Numbers are IEEE 754 doubles.")
            .specified_by_url("https://www.rfc-editor.org/rfc/rfc8259")
            .into_meta()
    }
}

impl GraphQLValue for Json {
    type Context = ();
    type TypeInfo = ();

    fn type_name(&self, info: &()) -> Option<juniper::ArcStr> {
        <Self as GraphQLType>::name(info)
    }

    fn resolve(&self, _: &(), _: Option<&[Selection<'_>]>, _: &Executor<'_, '_, ()>) -> ExecutionResult {
        Ok(to_value(&self.0))
    }
}

impl GraphQLValueAsync for Json {
    fn resolve_async<'a>(
        &'a self,
        _: &'a (),
        _: Option<&'a [Selection<'_>]>,
        _: &'a Executor<'_, '_, ()>,
    ) -> juniper::BoxFuture<'a, ExecutionResult> {
        Box::pin(std::future::ready(Ok(to_value(&self.0))))
    }
}

impl IsInputType<DefaultScalarValue> for Json {}

impl IsOutputType<DefaultScalarValue> for Json {}

impl juniper::macros::reflect::BaseType<DefaultScalarValue> for Json {
    const NAME: juniper::macros::reflect::Type = SCALAR_NAME;
}

impl juniper::macros::reflect::BaseSubTypes<DefaultScalarValue> for Json {
    const NAMES: juniper::macros::reflect::Types = &[SCALAR_NAME];
}

impl juniper::macros::reflect::WrappedType<DefaultScalarValue> for Json {
    const VALUE: juniper::macros::reflect::WrappedValue = 1;
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check_round_trip(json: Value) {
        let input = to_value(&json).to_input_value();
        let text = carried_as_text(&input).expect("neither variables nor enum values");
        let carried = Json::from_input_value(&InputValue::scalar(text)).expect("it is JSON");
        assert_eq!(carried.0, json);
    }

    #[test]
    fn a_value_survives_a_round_trip() {
        check_round_trip(json!({"a": [1, 2.5, true, null, "x\"\u{0}"], "b": {"c": {}}}));
        check_round_trip(json!([3_000_000_000_i64, -9_007_199_254_740_992_i64, 1e300]));
    }

    #[test]
    fn a_string_stays_a_string() {
        for text in [
            r#"{"a":1}"#,
            r#"data:application/json,{"a":1}"#,
            r#"data:application/json;,{"a":1}"#,
        ] {
            let string = Json::from_input_value(&InputValue::scalar(text));
            assert_eq!(string, Ok(Json(json!(text))));
        }
    }

    #[test]
    fn variables_and_enum_values_are_not_json() {
        assert_eq!(carried_as_text(&InputValue::variable("x")), None);
        assert!(Json::from_input_value(&InputValue::enum_value("X")).is_err());
    }
}
