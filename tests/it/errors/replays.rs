//! Errors of `meed simulate --replay`.

use super::{Example, Start, example};

pub fn examples() -> Vec<Example> {
    let replay = |name, args| example(name, |_| {}).start(Start::Closed).args(args);
    vec![
        replay(
            "replay-change",
            &["simulate", "--replay", "--set", "contributor_share=0.8", "--set", "praise.=1"],
        ),
        replay("replay-change--pool", &["simulate", "--replay", "--set", "praise.pool=1e3"]),
        replay("replay-allocation-unknown", &["simulate", "--replay", "--set", "cred.pool=10"]),
        replay("replay-setting-unknown", &["simulate", "--replay", "--set", "praise.share=0.8"]),
        replay("replay-refused", &["simulate", "--replay", "--set", "praise.contributor_share=0.95"]),
        replay(
            "replay-refused--one-round",
            &["simulate", "--replay", "2026-02", "--set", "praise-v1.quantifiers=3"],
        ),
        replay("round-not-closed--replay", &["simulate", "--replay", "2026-03", "--set", "praise.pool=10"]),
        example("rounds-closed-none--replay", |_| {}).args(&[
            "simulate",
            "--replay",
            "--set",
            "praise.pool=10",
        ]),
    ]
}
