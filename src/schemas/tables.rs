//! Frictionless Table Schemas (<https://specs.frictionlessdata.io/table-schema/>) of the tables
//! that rounds read, and of those that say who got what.

mod fields;
mod results;

use crate::ledger::round_id::ROUND_ID_PATTERN;
use crate::methods::praise_v1::table::SLOT_COLUMNS;
use fields::{
    BALANCE, DAY, Field, INSTANT, INTERVAL, INTERVAL_DESCRIPTION, OPENING_KEY, TableSchema, address, boolean,
    name, number, step, table, text,
};

/// The slots that the schema of the praise table shows.
const SLOTS: [usize; 4] = [1, 2, 3, 4];
/// The tables by name.
pub(super) fn all() -> Vec<(&'static str, TableSchema)> {
    vec![
        ("praise", praise()),
        ("rewardboard", reward_board()),
        ("sourcecred", sourcecred()),
        ("ranks", ranks()),
        ("meetings", meetings()),
        ("members", members()),
        ("contributions", contributions()),
        ("cred", cred()),
        ("accounts", accounts()),
        ("earned", earned()),
        ("snapshot", snapshot()),
        ("unclaimed", unclaimed()),
        ("claimed", claimed()),
        ("excluded", excluded()),
        ("proposals", proposals()),
        ("stakes", stakes()),
        ("holdings", holdings()),
        ("register", register()),
        ("opening", opening()),
        ("distribution", results::distribution()),
        ("adjustments", results::adjustments()),
    ]
}

/// The table of praises.
fn praise() -> TableSchema {
    let mut fields = vec![
        name("ID", "The praise's id.").required().unique(),
        text(
            "DATE",
            "When it was given: an instant with its offset from UTC, or a day, which counts from its \
             first moment in UTC.",
        )
        .pattern(INSTANT)
        .required(),
        name("TO USER ACCOUNT", "The receiver's name. One of name, account id and address is needed."),
        name("TO USER ACCOUNT ID", "The receiver's account id."),
        address("TO ETH ADDRESS", "The receiver's address; without one the amount is held."),
        text("FROM USER ACCOUNT", "Who gave the praise."),
        text("REASON", "What it was given for."),
    ];
    fields.extend(SLOTS.into_iter().flat_map(|slot| SLOT_COLUMNS.map(|column| slot_field(column, slot))));
    fields.push(number("AVG SCORE", "The average score, an input: it is not recomputed.").required());
    table(
        "Praises, for praise-v1",
        "One row a praise. The columns of slot k hold what quantifier k did with it; k runs from 1 to \
         `quantifiers` of the round's settings, here 4. Columns stand in any order and letter case; \
         further columns are ignored.",
        fields,
    )
}

/// The column of a slot; `column` is one of [`SLOT_COLUMNS`].
fn slot_field(column: &str, slot: usize) -> Field {
    let title = column.replace("{}", &slot.to_string());
    match column.split(' ').next() {
        Some("SCORE") => number(&title, "The score of this quantifier; empty where none was given."),
        Some("DUPLICATE") => name(&title, "The ID of the praise that this one repeats; empty if none."),
        Some("DISMISSED") => boolean(&title, "Whether the quantifier dismissed the praise. Empty is false."),
        _ if column.ends_with("ADDRESS") => address(&title, "The quantifier's address."),
        _ => name(&title, "The quantifier's name; without name and address the slot is not assigned."),
    }
}

/// The reward board.
fn reward_board() -> TableSchema {
    table(
        "Reward board, for praise-v1",
        "One row a member; an address that stands twice counts once. Further columns are ignored.",
        vec![address("ID", "The member's address.").required()],
    )
}

/// Amounts that SourceCred computed.
fn sourcecred() -> TableSchema {
    table(
        "SourceCred amounts, for sourcecred-v1",
        "One row a recipient; rows of one address are added. Further columns are ignored.",
        vec![
            name("name", "The recipient's name. Name or address is needed."),
            address("address", "The recipient's address; without one the amount is held."),
            number("vested_amount", "The amount in token units, or the weight, as the settings say.")
                .required(),
        ],
    )
}

/// Ranks of a fractal's meetings.
fn ranks() -> TableSchema {
    table(
        "Ranks, for fractal-v1",
        "One row a member a meeting, of the round's meetings or of the whole history. A number may read \
         `3.0`. Further columns are ignored.",
        vec![
            name("MemberID", "The member's id, as in the table of members.").required(),
            name("Name", "The member's name; may be empty. That of the earliest meeting counts."),
            number("MeetingID", "The meeting's number, from 1.").required(),
            name("Group", "The group in the meeting; may be empty."),
            number("Rank", "The rank by consensus, 1 to 92; the highest is the best.").required(),
            name("TeamID", "The team's id; one id has one name. May be empty."),
            name("TeamName", "The team for which the member took part; empty if none."),
        ],
    )
}

/// members.csv of the ledger.
fn register() -> TableSchema {
    table(
        "members.csv: the members of the ledger",
        "Rows of one name add up in their order, which is that of their rounds. A key and an address are one \
         member's at a time. Further columns are ignored.",
        vec![
            name("name", "The member's name, which results show.").required(),
            text(
                "keys",
                "Keys of the inputs that are the member's: `id:<account id>`, `name:<name>`, `team:<id>`, \
                 separated by `|` (`\\|` inside one); `-` before a key takes it back. Letter case counts.",
            ),
            address("address", "Where the member is paid; empty leaves it as it was."),
            text(
                "from_round",
                "The round from which the row counts, in the natural order of round ids; empty is always.",
            )
            .pattern(ROUND_ID_PATTERN),
        ],
    )
}

/// Dates of a fractal's meetings.
fn meetings() -> TableSchema {
    table(
        "Meetings, for fractal-v1",
        "One row a meeting. Further columns are ignored.",
        vec![
            number("MeetingID", "The meeting's number, from 1.").required().unique(),
            text("MeetingDate", "The day of the meeting.").pattern(DAY).required(),
        ],
    )
}

/// Addresses of a fractal's members.
fn members() -> TableSchema {
    table(
        "Members, for fractal-v1",
        "One row a member; members of whom nobody has a rank may stand here. Further columns are ignored.",
        vec![
            name("MemberID", "The member's id, as in the table of ranks.").required().unique(),
            address("Address", "The member's address; without one the amount is held."),
        ],
    )
}

/// Balances that are owed from before the ledger.
fn opening() -> TableSchema {
    table(
        "opening.csv: what is still owed from before the ledger",
        "One row a key. Read once, with the first statement; later changes count for nothing. Further columns \
         are ignored.",
        vec![
            text("key", "Whose it is: an address, or `id:<account id>`, `name:<name>`, `team:<id>`.")
                .required()
                .unique()
                .pattern(OPENING_KEY),
            name("name", "The name to show."),
            number("amount", "What is owed, above zero, in token units.").required(),
        ],
    )
}

/// Contributions and their impact.
fn contributions() -> TableSchema {
    table(
        "Contributions, for work-v1",
        "One row a contribution; a recipient may have several. Further columns are ignored.",
        vec![
            name("contributor", "The contributor's name. Name or address is needed."),
            address("address", "The contributor's address; without one the amount is held."),
            number("week", "The week, a whole number, counted from the first round of the allocation.")
                .required(),
            number("impact", "The impact, within `impact_min` and `impact_max` of the settings.").required(),
        ],
    )
}

/// Cred by account and interval.
fn cred() -> TableSchema {
    table(
        "Cred, for grain-v1",
        "One row an account and interval; what has no row is zero. Further columns are ignored.",
        vec![
            name("name", "The account's name, as the table of accounts gives it.").required(),
            text("interval", INTERVAL_DESCRIPTION).pattern(INTERVAL).required(),
            number("cred", "The cred of the interval; decimals behind the 18th are cut.").required(),
        ],
    )
}

/// Accounts of cred.
fn accounts() -> TableSchema {
    table(
        "Accounts, for grain-v1",
        "One row an account. Further columns are ignored.",
        vec![
            name("name", "The account's name.").required().unique(),
            address("address", "The account's address; without one the amount is held."),
            boolean("active", "Whether the account takes part.").required(),
        ],
    )
}

/// Grain that was earned before.
fn earned() -> TableSchema {
    table(
        "Earned grain, for grain-v1",
        "What was earned in earlier distributions; rows of one name and interval are added. Further \
         columns are ignored.",
        vec![
            name("name", "The account's name, as the table of accounts gives it.").required(),
            text("interval", INTERVAL_DESCRIPTION).pattern(INTERVAL).required(),
            number("amount", "The amount in token units.").required(),
        ],
    )
}

/// Who holds a token.
fn snapshot() -> TableSchema {
    table(
        "Snapshot of a token's holders, for airdrop-v1",
        "A block explorer's export: one row an address, in any order. The columns may also be called \
         `address` and `balance`, in any letter case; further columns are ignored.",
        vec![
            address("HolderAddress", "The holder's address.").required().unique(),
            text(
                "Balance",
                "What the address holds, in tokens: a plain decimal, or one with commas before groups of \
                 three digits; no more decimals than `balance_decimals` of the settings.",
            )
            .pattern(BALANCE)
            .required(),
        ],
    )
}

/// What is left from earlier airdrops.
fn unclaimed() -> TableSchema {
    table(
        "Unclaimed amounts, for airdrop-v1",
        "What is left from earlier airdrops; rows of one address are added. Further columns are ignored.",
        vec![
            address("address", "Who may still have it.").required(),
            number("amount", "The amount in token units.").required(),
        ],
    )
}

/// What was claimed of an allocation's last round.
fn claimed() -> TableSchema {
    table(
        "Claimed amounts, for every method that divides a pool",
        "What each address has claimed of what the allocation paid in its last round; the rest is brought \
         in. Further columns are ignored.",
        vec![
            address("address", "Who claimed.").required().unique(),
            number("amount", "The amount in token units.").required(),
        ],
    )
}

/// Who takes no part in an airdrop.
fn excluded() -> TableSchema {
    table(
        "Excluded addresses, for airdrop-v1",
        "Addresses that are eligible nowhere: contracts, exchanges. Further columns are ignored.",
        vec![
            address("address", "The address.").required(),
            text("reason", "Why, for people; meed does not read it."),
        ],
    )
}

/// Proposals that people stake on.
fn proposals() -> TableSchema {
    table(
        "Proposals, for conviction-v1",
        "One row a proposal. One that is open after a round stands in the next round's table with the \
         same request and beneficiary. Further columns are ignored.",
        vec![
            name("proposal", "The proposal's id.").required().unique(),
            text("title", "What it is called."),
            name("beneficiary", "Who gets the money. Beneficiary or address is needed."),
            address("address", "The beneficiary's address; without one the amount is held."),
            number("requested", "What it asks for, in token units; above zero.").required(),
            step("The step in which it first exists.").required(),
        ],
    )
}

/// Stakes on proposals.
fn stakes() -> TableSchema {
    table(
        "Stakes, for conviction-v1",
        "One row a change, in the order of the steps. Rows of other rounds are skipped. Further columns are \
         ignored.",
        vec![
            step("The step in which the stake changes.").required(),
            name("participant", "Who stakes.").required(),
            name("proposal", "The proposal's id.").required(),
            number("amount", "The new stake, which replaces the one before; 0 withdraws it.").required(),
        ],
    )
}

/// What participants hold.
fn holdings() -> TableSchema {
    table(
        "Holdings, for conviction-v1",
        "One row a participant, or one a change, in the order of the steps. Nobody can stake more than they \
         hold. The column `step` may be left out. Further columns are ignored.",
        vec![
            name("participant", "Who holds.").required(),
            number("amount", "What they hold from then on, in token units.").required(),
            step("The step from which it counts; empty: from the beginning."),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::methods::{
        airdrop_v1, conviction_v1::input as conviction_tables, fractal_v1, grain_v1,
        praise_v1::table as praise_table, sourcecred_v1, work_v1,
    };

    fn names(table: &TableSchema) -> Vec<&str> {
        table.fields.iter().map(|field| field.name.as_str()).collect()
    }

    #[test]
    fn the_columns_are_those_that_the_readers_demand() {
        let slots = SLOTS
            .into_iter()
            .flat_map(|slot| SLOT_COLUMNS.map(|column| column.replace("{}", &slot.to_string())));
        let mut demanded: Vec<String> =
            praise_table::COLUMNS.map(str::to_owned).into_iter().chain(slots).collect();
        demanded.sort();
        let praise = praise();
        let mut described = names(&praise);
        described.sort_unstable();
        assert_eq!(described, demanded);
        assert_eq!(names(&sourcecred()), sourcecred_v1::COLUMNS);
        assert_eq!(names(&ranks()), fractal_v1::ranks::COLUMNS);
        assert_eq!(names(&meetings()), fractal_v1::meetings::COLUMNS);
        assert_eq!(names(&members()), fractal_v1::ranks::MEMBER_COLUMNS);
        assert_eq!(names(&register()), crate::members::COLUMNS);
        assert_eq!(names(&results::adjustments()), crate::adjustments::COLUMNS);
        assert_eq!(names(&opening()), crate::opening::COLUMNS);
        assert_eq!(names(&reward_board()), praise_table::BOARD_COLUMNS);
        assert_eq!(names(&contributions()), work_v1::contributions::COLUMNS);
        assert_eq!(names(&cred()), grain_v1::inputs::CRED_COLUMNS);
        assert_eq!(names(&accounts()), grain_v1::inputs::ACCOUNT_COLUMNS);
        assert_eq!(names(&earned()), grain_v1::inputs::EARNED_COLUMNS);
        assert_eq!(names(&snapshot()), airdrop_v1::snapshots::COLUMNS.map(|names| names[0]));
        assert_eq!(names(&unclaimed()), airdrop_v1::lists::UNCLAIMED_COLUMNS);
        assert_eq!(names(&claimed()), crate::calculate::CLAIMED_COLUMNS);
        assert_eq!(names(&excluded())[..1], airdrop_v1::lists::EXCLUDED_COLUMNS);
        assert_eq!(names(&proposals()), conviction_tables::PROPOSAL_COLUMNS);
        assert_eq!(names(&stakes()), conviction_tables::STAKE_COLUMNS);
        assert_eq!(names(&holdings())[..2], conviction_tables::HOLDING_COLUMNS);
    }
}
