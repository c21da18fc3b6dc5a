//! Commit objects from hostile bytes: what is split can be put together again to the same bytes,
//! so that no byte of it is read in two ways, and the payload is the commit without its signature.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meed::signing::CommitParts;
use meed_fuzz::text_is_plain;

fuzz_target!(|raw: &[u8]| {
    let parts = match CommitParts::split(raw) {
        Ok(parts) => parts,
        Err(reason) => return text_is_plain(&reason),
    };
    assert_eq!(joined(&parts, parts.signature.as_deref()), raw);
    assert_eq!(joined(&parts, None), parts.signed_payload);
    let unsigned = CommitParts::split(&parts.signed_payload).expect("a payload is a commit");
    assert_eq!(unsigned, CommitParts { signature: None, ..parts.clone() });
    assert!(parts.committer.contains(&format!("> {} ", parts.committer_seconds)));
});

/// The commit object that consists of the parts.
fn joined(parts: &CommitParts, signature: Option<&str>) -> Vec<u8> {
    let mut text = format!("tree {}\n", parts.tree);
    for parent in &parts.parents {
        text += &format!("parent {parent}\n");
    }
    text += &format!("author {}\ncommitter {}\n", parts.author, parts.committer);
    if let Some(encoding) = &parts.encoding {
        text += &format!("encoding {encoding}\n");
    }
    if let Some(signature) = signature {
        let lines = signature.strip_suffix('\n').unwrap_or(signature);
        text += &format!("gpgsig {}\n", lines.replace('\n', "\n "));
    }
    (text + "\n" + &parts.message).into_bytes()
}
