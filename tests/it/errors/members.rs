//! Errors of members.csv, and of payees.

use super::{Example, Sandbox, example};

const A: &str = "0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const D: &str = "0xdddddddddddddddddddddddddddddddddddddddd";

/// The ledger gets a register.
fn register(sandbox: &Sandbox, rows: &str) {
    sandbox.write("members.csv", format!("name,keys,address,from_round\n{rows}"));
    sandbox.commit("Members");
}

pub fn examples() -> Vec<Example> {
    vec![
        example("member-key-invalid", |sandbox| register(sandbox, "Cid,acc-cid|id:|nick:cid,,\n")),
        example("member-key-twice", |sandbox| {
            register(sandbox, "Cid,id:acc-cid,,\nDan,name:Dan|id:acc-cid,,2026-02\n");
        }),
        example("member-key-absent", |sandbox| {
            register(sandbox, "Cid,id:acc-cid,,\nCid,-id:ACC-CID,,2026-02\n");
        }),
        example("member-address-twice", |sandbox| {
            register(sandbox, &format!("Cid,id:acc-cid,{D},\nDan,,{D},\n"));
        }),
        example("member-rows-order", |sandbox| {
            register(sandbox, &format!("Cid,id:acc-cid,,2026-10\nCid,,{D},2026-9\n"));
        }),
        example("member-address-differs", |sandbox| {
            register(sandbox, &format!("Ada,id:acc-ada,{D},\nBea,id:acc-bea,{A},\n"));
        }),
        example("member-address-refused", |sandbox| {
            register(sandbox, &format!("Cid,,0x{},\n", "0".repeat(40)));
        }),
        example("round-id-invalid--members", |sandbox| register(sandbox, "Cid,,,../2026-01\n")),
        example("name-too-long--members", |sandbox| {
            register(sandbox, &format!("{},name:{},,\n", "x".repeat(201), "y".repeat(1000)));
        }),
        example("table-columns-missing--members", |sandbox| {
            sandbox.write("members.csv", "name,key,addres\nCid,id:acc-cid,\n");
            sandbox.commit("Members");
        }),
        example("not-a-regular-file--members", |sandbox| {
            std::os::unix::fs::symlink("ledger.json", sandbox.at("members.csv")).unwrap();
            sandbox.commit("Members");
        }),
        example("ledger-value--held-expiry", |sandbox| {
            let ledger = sandbox.read("ledger.json");
            sandbox.write("ledger.json", ledger.replacen('{', "{\n  \"held_expiry_rounds\": 0,", 1));
            sandbox.commit("No time to wait");
        }),
    ]
}
