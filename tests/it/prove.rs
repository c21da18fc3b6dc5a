//! `meed prove`: proofs from a closed round, and what `--check` says of right and wrong ones.

use meed::address::Address;
use meed::error::Place;
use serde_json::Value;

use crate::claimed::paid_by;
use crate::support::sandbox::Sandbox;

const ADA: &str = "0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// Damage to a proof.
type Change<'a> = &'a dyn Fn(&mut Value);

fn prove(sandbox: &Sandbox, args: &[&str]) -> Value {
    let run = sandbox.meed(&[&["prove", "2026-01", ADA, "--format", "json"], args].concat());
    serde_json::from_str(&run.ok()).unwrap()
}

#[test]
fn a_proof_is_that_of_the_committed_files() {
    let committed = |sandbox: &Sandbox, name: &str| -> Value {
        serde_json::from_str(&sandbox.read(&format!("rounds/2026-01/results/payouts/{name}"))).unwrap()
    };
    let sandbox = paid_by("merkle");
    let (proof, tree) = (prove(&sandbox, &[]), committed(&sandbox, "merkle.json"));
    assert_eq!(proof["root"], tree["tree"][0]);
    assert_eq!(proof["amount"], "60000000000000000000");
    assert_eq!((&proof["tokens"], &proof["source"]), (&"60".into(), &"merkle.json".into()));
    let spelled = Address::parse(ADA, &Place::file("test"), "address").unwrap().checksummed();
    assert_eq!(proof["proof"], committed(&sandbox, "proofs.json")[&spelled]["proof"]);
    let text = sandbox.meed(&["prove", "2026-01", &spelled]).ok();
    for part in ["60 TOK", &spelled, tree["tree"][0].as_str().unwrap(), tree["tree"][1].as_str().unwrap()] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let sandbox = paid_by("merkle-distributor");
    let (proof, file) = (prove(&sandbox, &[]), committed(&sandbox, "merkle-distributor.json"));
    assert_eq!(
        (&proof["payout"], &proof["address"]),
        (&"merkle-distributor".into(), &spelled.as_str().into())
    );
    assert_eq!(proof["root"], file["merkleRoot"]);
    for field in ["proof", "index"] {
        assert_eq!(proof[field], file["claims"][&spelled][field], "{field}");
    }
}

#[test]
fn check_holds_for_the_proof_and_for_nothing_else() {
    for (payout, claims) in [("merkle", "proofs.json"), ("merkle-distributor", "merkle-distributor.json")] {
        let sandbox = paid_by(payout);
        let check = |args: &[&str]| sandbox.meed(&[&["prove", "2026-01", ADA, "--check"], args].concat());
        let text = check(&[]).ok();
        assert!(
            text.starts_with("holds: the proof of 60 TOK for 0xaaaa") && !text.contains("recomputed"),
            "{text}"
        );
        let proof = prove(&sandbox, &[]);
        let file = sandbox.path("proof.json");
        let path = file.to_str().unwrap();
        let with = |change: &dyn Fn(&mut Value)| {
            let mut proof = proof.clone();
            change(&mut proof);
            std::fs::write(&file, proof.to_string()).unwrap();
            check(&["--file", path])
        };
        assert!(with(&|_| {}).ok().starts_with("holds: "));
        let damaged: [(&str, Change<'_>); 4] = [
            ("leads to 0x", &|proof| {
                let hash = proof["proof"][0].as_str().unwrap();
                let digit = if hash.ends_with('0') { "1" } else { "0" };
                proof["proof"][0] = format!("{}{digit}", &hash[..65]).into();
            }),
            ("leads to 0x", &|proof| proof["proof"] = Value::Array(Vec::new())),
            ("is not `0x` and 64 hexadecimal digits", &|proof| proof["proof"][0] = "0x12".into()),
            ("the round pays 60000000000000000000", &|proof| {
                proof["amount"] = "60000000000000000001".into();
            }),
        ];
        for (told, change) in damaged {
            let run = with(change);
            assert_eq!(run.status, 1, "{}{}", run.stdout, run.stderr);
            assert!(run.stdout.starts_with("fails: ") && run.stdout.contains(told), "{}", run.stdout);
        }
        // What the round wrote for all: the claim is found by its address.
        let path = sandbox.at(&format!("rounds/2026-01/results/payouts/{claims}"));
        let _ = check(&["--file", path.to_str().unwrap()]).ok();
    }
}

#[test]
fn without_a_committed_tree_the_answer_says_so() {
    let sandbox = paid_by("disperse");
    let proof = prove(&sandbox, &[]);
    assert_eq!(proof["source"], "distribution.csv; the round wrote no merkle.json");
    let file = sandbox.path("proof.json");
    std::fs::write(&file, proof.to_string()).unwrap();
    let path = file.to_str().unwrap();
    let text = sandbox.meed(&["prove", "2026-01", ADA, "--check", "--file", path]).ok();
    assert!(text.contains("the root was recomputed, the round wrote no merkle.json"), "{text}");
    let text = sandbox.meed(&["prove", "2026-01", ADA, "--check"]).ok();
    assert!(text.contains("the proof was recomputed, the round wrote none"), "{text}");
    // A hostile file is a failure that says so, not a panic.
    for hostile in ["", "[]", "{\"proof\": 5}", "{\"proof\": [\"\"], \"amount\": \"1e400\"}", "\u{202e}"] {
        std::fs::write(&file, hostile).unwrap();
        let run = sandbox.meed(&["prove", "2026-01", ADA, "--check", "--file", path]);
        assert!([1, 2].contains(&run.status), "{hostile}: {}{}", run.stdout, run.stderr);
    }
}
