//! members.csv: who the members of a community are. Which keys of the inputs are theirs, and to which
//! address they are paid.
//!
//! One row says of one name: these keys are added (`-` before one takes it back), this address holds,
//! from this round on (always, where `from_round` is empty). Rows of one name add up in their order. A
//! round sees the rows whose `from_round` is itself or stands before it in the natural order of round
//! ids, so `from_round` may name a round that is not there yet. Nothing but a listed key makes a
//! recipient a member: a name alone is anybody's.
//!
//! ```text
//! name,keys,address,from_round
//! heron,id:15a7156a|name:heron,0x71de010101010101010101010101010101010101,
//! heron,,0x71de020202020202020202020202020202020202,2026-05
//! ```

mod checks;

use std::collections::BTreeMap;

use crate::address::Address;
use crate::error::{Error, Place, Problems, Shown};
use crate::files::Files;
use crate::ledger::round_id::RoundId;
use crate::recipient::{Key, Recipient};
use crate::tables::{self, NAME_LIMIT_BYTES, Table, compared};

/// The path of the register, from the ledger's root.
pub const MEMBERS_FILE: &str = "members.csv";
/// The columns of the register.
pub const COLUMNS: [&str; 4] = ["name", "keys", "address", "from_round"];
/// The columns without which there is no register.
const REQUIRED: [&str; 3] = ["name", "keys", "address"];
/// The kinds of keys that a member may have.
const PREFIXES: [&str; 3] = ["id:", "name:", "team:"];

/// A checked `members.csv`; without rows where the ledger has none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Register {
    rows: Vec<Row>,
}

/// A row of `members.csv`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The member's name: NFC, trimmed.
    pub name: String,
    /// The keys that the row adds or takes back, in its order.
    pub keys: Vec<KeyChange>,
    /// The address from this row on; `None` leaves it as it was.
    pub address: Option<Address>,
    /// The round from which the row counts; `None` is always.
    pub from: Option<RoundId>,
    /// The line of the file, counted from 1.
    pub line: u64,
}

/// A key that a row adds or takes back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyChange {
    /// The key, always a text.
    pub key: Key,
    /// Whether the row takes it back.
    pub taken_back: bool,
}

impl Register {
    /// Reads and checks `members.csv`, all its problems at once. `token` is the token's contract, which
    /// nobody can be paid at.
    pub fn read(files: &Files, token: Option<Address>) -> Result<Self, Problems> {
        if !files.contains(MEMBERS_FILE) {
            return Ok(Self::default());
        }
        Self::parse(files.bytes(MEMBERS_FILE)?, token)
    }

    /// The same from the file's bytes.
    pub fn parse(bytes: &[u8], token: Option<Address>) -> Result<Self, Problems> {
        let table = match Table::read(MEMBERS_FILE, bytes, &REQUIRED) {
            Ok(table) => table,
            Err(problems) => return Problems::unless_empty(problems, Self::default()),
        };
        let mut problems = Vec::new();
        let rows: Vec<Row> = table.rows().filter_map(|row| read_row(row, token, &mut problems)).collect();
        problems.extend(checks::problems_of(&rows));
        Problems::unless_empty(problems, Self { rows })
    }

    /// The rows, in the order of the file.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The members as a round sees them.
    pub fn at(&self, round: &RoundId) -> Members {
        Members::of_rows(self.rows.iter().filter(|row| row.from.as_ref().is_none_or(|from| from <= round)))
    }

    /// The members after all rows, whenever those count.
    pub fn after_all(&self) -> Members {
        Members::of_rows(self.rows.iter())
    }
}

/// The members of one round.
#[derive(Debug, Clone, Default)]
pub struct Members {
    all: Vec<Member>,
    by_key: BTreeMap<Key, usize>,
    by_address: BTreeMap<Address, usize>,
}

/// A member, as one round sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The name.
    pub name: String,
    /// The keys, in the order in which they were listed.
    pub keys: Vec<Key>,
    /// Where the member is paid, and the line of `members.csv` that says so.
    pub address: Option<(Address, u64)>,
}

impl Member {
    /// The one key under which the member's amounts stand: the address, else the first listed key.
    pub fn key(&self) -> Option<Key> {
        self.address.map(|(address, _)| Key::Address(address)).or_else(|| self.keys.first().cloned())
    }
}

impl Members {
    /// Adds up rows, in the order of the file.
    fn of_rows<'a>(rows: impl Iterator<Item = &'a Row>) -> Self {
        // Each member's keys with the count of changes before them, which is their order.
        let mut found: Vec<(Member, BTreeMap<&Key, usize>)> = Vec::new();
        let mut changes = 0;
        let mut by_name: BTreeMap<&str, usize> = BTreeMap::new();
        for row in rows {
            let next = found.len();
            let index = *by_name.entry(&row.name).or_insert(next);
            if index == next {
                let member = Member { name: row.name.clone(), keys: Vec::new(), address: None };
                found.push((member, BTreeMap::new()));
            }
            let Some((member, keys)) = found.get_mut(index) else { continue };
            for change in &row.keys {
                changes += 1;
                if change.taken_back {
                    keys.remove(&change.key);
                } else {
                    keys.entry(&change.key).or_insert(changes);
                }
            }
            member.address = row.address.map(|address| (address, row.line)).or(member.address);
        }
        let in_order = |(mut member, keys): (Member, BTreeMap<&Key, usize>)| {
            let mut keys: Vec<(&Key, usize)> = keys.into_iter().collect();
            keys.sort_by_key(|(_, order)| *order);
            member.keys = keys.into_iter().map(|(key, _)| key.clone()).collect();
            member
        };
        let all: Vec<Member> = found.into_iter().map(in_order).collect();
        let numbered = || all.iter().enumerate();
        let by_key = numbered()
            .flat_map(|(index, member)| member.keys.iter().map(move |key| (key.clone(), index)))
            .collect();
        let by_address = numbered().filter_map(|(index, member)| Some((member.address?.0, index))).collect();
        Self { all, by_key, by_address }
    }

    /// The members, in the order of the file.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Member> {
        self.all.iter()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The member who owns a key, or whose address it is.
    pub fn of_key(&self, key: &Key) -> Option<&Member> {
        let index = match key {
            Key::Address(address) => self.by_address.get(address),
            Key::Text(_) => self.by_key.get(key),
        };
        index.and_then(|index| self.all.get(*index))
    }

    /// The member who owns an account id.
    pub fn of_account(&self, account: &str) -> Option<&Member> {
        self.of_key(&Key::of(None, account, ""))
    }

    /// The addresses that the register gives to a key and to account ids, each with the member's name.
    /// Nothing is released to somebody with several.
    pub fn addresses_of<'a>(
        &self,
        key: &Key,
        accounts: impl Iterator<Item = &'a str>,
    ) -> BTreeMap<Address, &str> {
        let owners = accounts.map(|account| self.of_account(account)).chain([self.of_key(key)]).flatten();
        owners.filter_map(|member| Some((member.address?.0, member.name.as_str()))).collect()
    }

    /// The member that a recipient is: by the key, else by the account ids where all that are listed
    /// are one member's. Never by the name that inputs show.
    pub fn of(&self, key: &Key, person: &Recipient) -> Option<&Member> {
        if let Some(member) = self.of_key(key) {
            return Some(member);
        }
        let mut owners = person.accounts.iter().filter_map(|account| self.of_account(account));
        let first = owners.next()?;
        owners.all(|owner| owner.name == first.name).then_some(first)
    }

    /// The key under which results have a recipient whom inputs give under `key`: a member's own, where
    /// the recipient is one and comes without address. `None` for a member who has no key any more.
    pub fn resolved(&self, key: &Key, person: &Recipient) -> Option<Key> {
        match self.of(key, person) {
            Some(member) if key.address().is_none() => member.key(),
            _ => Some(key.clone()),
        }
    }

    /// The key of a recipient that the register ties to another address than the one at which the
    /// recipient comes: an account id, or for who has none the name.
    pub fn contradiction(&self, address: Address, person: &Recipient) -> Option<(Key, &Member)> {
        let accounts = person.accounts.iter().map(|account| Key::of(None, account, ""));
        let by_name =
            (person.accounts.is_empty() && !person.name.is_empty()).then(|| Key::of(None, "", &person.name));
        let tied = |key: Key| self.of_key(&key).map(|member| (key, member));
        let elsewhere = |(_, member): &(Key, &Member)| member.address.is_some_and(|(own, _)| own != address);
        accounts.chain(by_name).filter_map(tied).find(elsewhere)
    }
}

/// Why nobody can be paid at an address: what is sent there is lost. `contracts` are the token's own.
pub fn fault_of_payee(address: Address, contracts: &[Option<Address>]) -> Option<&'static str> {
    if address.is_zero() {
        Some("the zero address")
    } else if contracts.contains(&Some(address)) {
        Some("the token's own contract")
    } else {
        None
    }
}

/// Reads a row; its problems are added to `problems`.
fn read_row(row: tables::Row<'_>, token: Option<Address>, problems: &mut Vec<Error>) -> Option<Row> {
    let before = problems.len();
    let place = row.place();
    let mut keep = |result: Result<(), Error>| problems.extend(result.err());
    let name = row.name("name").map(compared);
    keep(name.clone().map(|_| ()));
    if name.as_ref().is_ok_and(String::is_empty) {
        keep(Err(Error::ValueMissing { place: place.clone(), what: row.spelled("name") }));
    }
    let mut keys = Vec::new();
    for text in key_texts(row.field("keys")) {
        keep(read_key(&text, &place).map(|change| keys.push(change)));
    }
    let address = row.address("address");
    keep(address.clone().map(|_| ()));
    if let Ok(Some(address)) = &address
        && let Some(what) = fault_of_payee(*address, &[token])
    {
        let (place, name) = (place.clone(), Shown::from(row.field("name").trim()));
        keep(Err(Error::MemberAddressRefused { place, name, address: address.checksummed(), what }));
    }
    let from = match row.field("from_round").trim() {
        "" => Ok(None),
        text => RoundId::parse(text, &place).map(Some),
    };
    keep(from.clone().map(|_| ()));
    let line = place.line_number().unwrap_or_default();
    (problems.len() == before)
        .then(|| Some(Row { name: name.ok()?, keys, address: address.ok()?, from: from.ok()?, line }))?
}

/// The keys of a cell: separated by `|`; `\|` stands for a `|` inside a key.
fn key_texts(cell: &str) -> Vec<String> {
    const INSIDE: &str = "\0"; // no table holds a NUL
    let texts = cell.replace("\\|", INSIDE);
    let texts = texts.split('|').map(|text| text.trim().replace(INSIDE, "|"));
    if cell.trim().is_empty() { Vec::new() } else { texts.collect() }
}

/// Reads `id:<account id>`, `name:<name>` or `team:<id>`, with `-` before it to take it back.
fn read_key(text: &str, place: &Place) -> Result<KeyChange, Error> {
    let (taken_back, key) = text.strip_prefix('-').map_or((false, text), |key| (true, key));
    Ok(KeyChange { key: parse_key(key, place)?, taken_back })
}

/// Reads `id:<account id>`, `name:<name>` or `team:<id>`.
pub fn parse_key(key: &str, place: &Place) -> Result<Key, Error> {
    let invalid = |reason| Error::MemberKeyInvalid { place: place.clone(), key: Shown::from(key), reason };
    if key.is_empty() {
        return Err(invalid("it is empty"));
    }
    let prefix = PREFIXES.into_iter().find(|prefix| key.starts_with(prefix));
    let prefix = prefix.ok_or_else(|| invalid("it starts with none of `id:`, `name:` and `team:`"))?;
    let rest = compared(key.get(prefix.len()..).unwrap_or_default());
    if rest.is_empty() {
        return Err(invalid("nothing follows the colon"));
    }
    if rest.len() > NAME_LIMIT_BYTES {
        let (what, bytes) = ("a key".to_owned(), rest.len());
        return Err(Error::NameTooLong { place: place.clone(), what, bytes, limit: NAME_LIMIT_BYTES });
    }
    Ok(Key::Text(format!("{prefix}{rest}").into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    fn read(rows: &str) -> Result<Register, Problems> {
        Register::parse(format!("name,keys,address,from_round\n{rows}").as_bytes(), None)
    }

    fn codes(rows: &str) -> Vec<(&'static str, String)> {
        let problems = read(rows).unwrap_err();
        let line = |error: &Error| error.to_string().split(':').nth(1).unwrap().to_owned();
        problems.errors().iter().map(|error| (error.code(), line(error))).collect()
    }

    fn round(id: &str) -> RoundId {
        RoundId::parse(id, &Place::file("test")).unwrap()
    }

    fn owner(register: &Register, id: &str, key: &str) -> Option<(String, Option<String>)> {
        let members = register.at(&round(id));
        let member = members.of_key(&Key::Text(key.into()))?;
        Some((member.name.clone(), member.address.map(|(address, _)| address.to_string())))
    }

    #[test]
    fn rows_of_a_name_add_up_from_their_round_on() {
        let rows = format!(
            "heron,id:1|name:heron,,\nheron,-name:heron|id:2,{A},round-2\nheron,,{B},round-10\nwren,name:heron,,round-2\n"
        );
        let register = read(&rows).unwrap();
        let heron = |address: &str| Some(("heron".to_owned(), Some(address.to_owned())));
        assert_eq!(owner(&register, "round-1", "id:1"), Some(("heron".to_owned(), None)));
        assert_eq!(owner(&register, "round-1", "id:2"), None);
        assert_eq!(owner(&register, "round-1", "name:heron"), Some(("heron".to_owned(), None)));
        assert_eq!(owner(&register, "round-2", "id:2"), heron(A));
        assert_eq!(owner(&register, "round-9", "name:heron"), Some(("wren".to_owned(), None)));
        assert_eq!(owner(&register, "round-10", "id:1"), heron(B));
        assert_eq!(owner(&register, "round-10", "heron"), None);
    }

    #[test]
    fn keys_are_compared_exactly_and_may_hold_a_bar() {
        let register = read("heron,id:AbC|id:auth0\\|7|name: He\u{301}ron ,,\n").unwrap();
        let keys: Vec<String> =
            register.after_all().iter().flat_map(|member| &member.keys).map(ToString::to_string).collect();
        assert_eq!(keys, ["id:AbC", "id:auth0|7", "name:H\u{e9}ron"]);
        assert_eq!(owner(&register, "a", "id:abc"), None);
    }

    #[test]
    fn all_problems_are_told_with_their_lines() {
        let zero = format!("0x{}", "0".repeat(40));
        let rows = format!(
            ",id:1,,\nheron,id:|nick:x||ID:2,,\nwren,-id:9,{zero},-\nrail,id:4,{A},2\nrail,id:5,,1\ntern,id:4,{A},3\n"
        );
        let expected = [
            ("value-missing", "2"),
            ("member-key-invalid", "3"),
            ("member-key-invalid", "3"),
            ("member-key-invalid", "3"),
            ("member-key-invalid", "3"),
            ("member-address-refused", "4"),
            ("round-id-invalid", "4"),
            ("member-rows-order", "6"),
            ("member-key-twice", "7"),
            ("member-address-twice", "7"),
        ];
        assert_eq!(codes(&rows), expected.map(|(code, line)| (code, line.to_owned())));
        assert_eq!(codes("heron,-id:1,,\n"), [("member-key-absent", "2".to_owned())]);
        let twice = codes("heron,id:1,,\nheron,-id:1,,2\nheron,-id:1,,3\n");
        assert_eq!(twice, [("member-key-absent", "4".to_owned())]);
    }

    #[test]
    fn what_two_members_own_one_after_the_other_is_no_problem() {
        let rows = format!("tern,id:1,{A},2\nheron,id:1,{A},\nheron,-id:1,{B},2\n");
        assert!(read(&rows).is_ok(), "{:?}", read(&rows));
        let rows = format!("heron,id:1,{A},\ntern,,{A},2\n");
        assert_eq!(codes(&rows), [("member-address-twice", "3".to_owned())]);
    }

    #[test]
    fn a_recipient_is_a_member_by_key_or_account_and_never_by_the_name_shown() {
        let members = read(&format!("heron,id:1|id:2,{A},\nwren,name:wren,{B},\n")).unwrap().after_all();
        let person = |name: &str, accounts: &[&str]| Recipient {
            name: name.to_owned(),
            accounts: accounts.iter().map(|&account| account.to_owned()).collect(),
        };
        let name_of =
            |key: Key, person: &Recipient| members.of(&key, person).map(|member| member.name.clone());
        assert_eq!(name_of(Key::of(None, "9", ""), &person("x", &["9", "2"])), Some("heron".to_owned()));
        assert_eq!(name_of(Key::of(None, "9", ""), &person("heron", &["9"])), None);
        assert_eq!(name_of(Key::of(None, "", "heron"), &person("heron", &[])), None);
        assert_eq!(name_of(Key::of(None, "", "wren"), &person("wren", &[])), Some("wren".to_owned()));
        let address = Address::parse(A, &Place::file("test"), "address").unwrap();
        assert!(members.contradiction(address, &person("wren", &[])).is_some());
        assert!(members.contradiction(address, &person("wren", &["9"])).is_none());
        assert!(members.contradiction(address, &person("", &["1"])).is_none());
    }
}
