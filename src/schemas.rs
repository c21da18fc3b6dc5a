//! The schemas of everything that people write and programs read: JSON Schemas (draft 2020-12) of
//! the JSON files, made from the types that read them, and Table Schemas of the CSV files.
//!
//! Pure: names and bytes. The files under `schemas/` are these bytes, and a test holds them equal.
//! The schemas have no `$id`: `$schema` in a ledger names them by path, and an id would be an
//! address that nobody serves. They describe what meed documents and writes, so they refuse the
//! nulls that the readers take for absent fields. What takes two fields or two files to judge
//! (an end before its start, say) stays with the readers.

mod tables;

use schemars::transform::transform_subschemas;
use schemars::{JsonSchema, Schema, schema_for};
use serde_json::{Map, Value, json};

use crate::ledger::LedgerFile;
use crate::ledger::round_file::RoundFile;
use crate::methods::{CLAIMED, Method};
use crate::settlement::Settlement;
use crate::simulation::file::SimulationFile;
use crate::simulation::models::ModelId;
use crate::simulation::statement::SimulationStatement;
use crate::statement::{Carry, Statement, json_bytes};

/// Every schema: its path below `schemas/`, and its bytes.
pub fn all() -> Vec<(String, Vec<u8>)> {
    let files = [
        ("ledger", schema_of::<LedgerFile>()),
        ("round", round_schema()),
        ("carry", schema_of::<Carry>()),
        ("statement", schema_of::<Statement>()),
        ("settlement", schema_of::<Settlement>()),
        ("simulation-statement", schema_of::<SimulationStatement>()),
        ("simulation", simulation_schema()),
    ];
    let files = files.into_iter().map(|(name, schema)| (format!("{name}.schema.json"), schema));
    let methods = Method::ALL
        .into_iter()
        .map(|method| (format!("methods/{}.schema.json", method.id()), plain(method.settings_schema())));
    let models = ModelId::ALL
        .into_iter()
        .map(|model| (format!("models/{}.schema.json", model.as_str()), plain(model.parameters_schema())));
    let tables = tables::all().into_iter().map(|(name, table)| (format!("tables/{name}.json"), table));
    files
        .chain(methods)
        .chain(models)
        .map(|(path, schema)| (path, json_bytes(&schema)))
        .chain(tables.map(|(path, table)| (path, json_bytes(&table))))
        .collect()
}

/// The schema of a type.
fn schema_of<T: JsonSchema>() -> Schema {
    plain(schema_for!(T))
}

/// Takes off what only Rust programs understand or need.
fn plain(mut schema: Schema) -> Schema {
    without_nulls_and_widths(&mut schema);
    schema
}

/// Optional fields are left out, never null; `uint32`, `int64` and the like are no formats of JSON Schema,
/// and strict validators refuse them.
fn without_nulls_and_widths(schema: &mut Schema) {
    if schema
        .get("format")
        .and_then(Value::as_str)
        .is_some_and(|format| format.starts_with("uint") || format.starts_with("int"))
    {
        schema.remove("format");
    }
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    if schema.get("default").is_some_and(Value::is_null) {
        schema.remove("default");
    }
    if let Some(Value::Array(choices)) = schema.get_mut("anyOf") {
        choices.retain(|choice| *choice != json!({"type": "null"}));
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            schema.remove("anyOf");
            only.into_iter().for_each(|(key, value)| _ = schema.insert(key, value));
        }
    }
    transform_subschemas(&mut without_nulls_and_widths, schema);
}

/// The schema of `round.json`, in which the method of an allocation decides its inputs and settings.
fn round_schema() -> Schema {
    let mut schema = schema_of::<RoundFile>();
    let known: Vec<&str> = Method::ALL.into_iter().map(Method::id).collect();
    let rules: Vec<Value> = Method::ALL.into_iter().map(rule_of).collect();
    if let Some(Value::Object(definitions)) = schema.get_mut("$defs") {
        if let Some(Value::Object(allocation)) = definitions.get_mut("AllocationFile") {
            if let Some(Value::Object(method)) =
                allocation.get_mut("properties").and_then(|all| all.get_mut("method"))
            {
                method.insert("enum".to_owned(), json!(known));
            }
            allocation.insert("allOf".to_owned(), json!(rules));
        }
        for method in Method::ALL {
            embed(definitions, method);
        }
    }
    schema
}

/// The schema of `simulation.json`, in which the model decides the parameters. The values of a sweep, and
/// names that reach into groups, are checked by the reader alone.
fn simulation_schema() -> Schema {
    let mut schema = schema_of::<SimulationFile>();
    let known = ModelId::ALL.map(ModelId::as_str);
    if let Some(Value::Object(model)) = schema.get_mut("properties").and_then(|all| all.get_mut("model")) {
        model.insert("enum".to_owned(), json!(known));
    }
    let names = |model: ModelId| {
        let schema = model.parameters_schema();
        let names = schema.get("properties").and_then(Value::as_object).into_iter().flat_map(Map::keys);
        format!("^({})([.].+)?$", names.cloned().collect::<Vec<_>>().join("|"))
    };
    let rule = |model: ModelId| {
        json!({
            "if": {"properties": {"model": {"const": model.as_str()}}, "required": ["model"]},
            "then": {"properties": {"parameters": {"propertyNames": {"pattern": names(model)}}}}
        })
    };
    schema.insert("allOf".to_owned(), json!(ModelId::ALL.map(rule)));
    schema
}

/// What an allocation must look like when it names the method.
fn rule_of(method: Method) -> Value {
    let roles: Map<String, Value> = method
        .roles()
        .iter()
        .map(|(role, _)| *role)
        .chain([CLAIMED])
        .map(|role| (role.to_owned(), json!({"$ref": "#/$defs/InputFile"})))
        .collect();
    let required_roles: Vec<&str> =
        method.roles().iter().filter(|(_, required)| *required).map(|(role, _)| *role).collect();
    let mut required = vec!["inputs"];
    if method.needs_pool() {
        required.insert(0, "pool");
    }
    if method.settings_schema().get("required").is_some() {
        required.push("settings");
    }
    json!({
        "if": {"properties": {"method": {"const": method.id()}}, "required": ["method"]},
        "then": {
            "properties": {
                "inputs": {"properties": roles, "required": required_roles, "additionalProperties": false},
                "settings": {"$ref": format!("#/$defs/{}", method.id())}
            },
            "required": required
        }
    })
}

/// Puts the schema of a method's settings among the definitions, its own definitions beside it.
/// Two methods that call different things by one name would be seen by the test of round files.
fn embed(definitions: &mut Map<String, Value>, method: Method) {
    let mut settings = plain(method.settings_schema());
    settings.remove("$schema");
    if let Some(Value::Object(inner)) = settings.remove("$defs") {
        definitions.extend(inner);
    }
    definitions.insert(method.id().to_owned(), settings.to_value());
}
