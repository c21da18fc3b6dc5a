//! The tables of results: who gets what, and what an amendment changes.

use super::fields::{TableSchema, address, balance, name, number, table, text};

/// What meed writes.
pub(in crate::schemas) fn distribution() -> TableSchema {
    let reward =
        |name: &str| number(name, &format!("What the reward `{name}` gives, in token units.")).required();
    table(
        "Distribution",
        "results/distribution.csv: one row a recipient, by total descending, address, recipient, key. \
         Between `accounts` and `total` stands one column a reward, here those of praise-v1 and \
         sourcecred-v1. A text that a spreadsheet would take for a formula has one `'` in front.",
        vec![
            text("recipient", "The name as inputs give it; may be empty."),
            text("address", "The address in lower case; empty if none, then the amount is held.")
                .pattern("^0x[0-9a-f]{40}$"),
            text("key", "The recipient key; empty where it is the address.")
                .pattern("^(id|name|team):[\\s\\S]*$"),
            text(
                "accounts",
                "Account ids that inputs tie to the recipient, sorted, spaces between; a space or a backslash inside one has a backslash in front.",
            ),
            reward("praise"),
            reward("quantifier"),
            reward("rewardboard"),
            reward("sourcecred"),
            number("total", "The sum of the rewards, in token units.").required(),
        ],
    )
}

/// What an amendment changes.
pub(in crate::schemas) fn adjustments() -> TableSchema {
    table(
        "Adjustments",
        "What an amendment changes, written by meed: one row a person whose due changes or who is paid \
         now; by due_after descending, address, recipient, key.",
        vec![
            name("recipient", "The name; the address where nothing else is known."),
            address("address", "Where the person is paid; empty where no address is known."),
            text("key", "The recipient key, where it is not the address."),
            text("accounts", "The account ids that inputs tie to the recipient, with a space between two."),
            number("due_before", "What the round gave the person before, paid or held.").required(),
            number("due_after", "What it gives as amended.").required(),
            balance("difference", "due_after - due_before, posted to what is held for the person.")
                .required(),
            number("paid_now", "What this revision pays the person.").required(),
            balance(
                "held_now",
                "What is held for the person afterwards, of all rounds; below zero what was paid too much.",
            )
            .required(),
        ],
    )
}
