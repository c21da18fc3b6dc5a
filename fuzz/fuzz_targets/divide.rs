//! Rounds that are nearly always valid, so that the rules of division are tried and not only the
//! readers: hostile names, any scores, shares and pools, people without address or account id.
#![no_main]

use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use meed::tables::{Cell, write};
use meed_fuzz::rounds::{RoundFiles, rules_hold};
use serde_json::json;

const SCORES: [&str; 11] = ["0", "1", "3", "5", "8", "13", "21", "34", "55", "89", "144"];

fuzz_target!(|bytes: &[u8]| {
    let mut source = Unstructured::new(bytes);
    if let Ok(mut tables) = Tables::draw(&mut source) {
        let files = tables.files();
        tables.reverse();
        rules_hold(&files, &tables.files());
    }
});

/// The files of a round before they are written.
struct Tables {
    ledger: serde_json::Value,
    round: serde_json::Value,
    slots: usize,
    praises: Vec<Vec<Cell>>,
    board: Vec<Vec<Cell>>,
    vested: Vec<Vec<Cell>>,
}

impl Tables {
    /// A round as the input decides; where the input ends, everything is zero.
    fn draw(source: &mut Unstructured<'_>) -> Result<Self> {
        let decimals = *source.choose(&[18_u8, 6, 2, 0, 24])?;
        let slots = source.int_in_range(1..=4)?;
        let people = (0..8).map(|number| Person::draw(number, source)).collect::<Result<Vec<_>>>()?;
        let mut tables = Self {
            ledger: json!({"format": 1, "id": "fuzz-fuzz", "name": "Fuzz", "rounds": "rounds",
                "display_decimals": 0, "token": {"symbol": "TOK", "decimals": decimals}}),
            round: round_file(decimals, slots, source)?,
            slots,
            praises: vec![],
            board: vec![],
            vested: vec![],
        };
        for number in 0..source.int_in_range(0..=12)? {
            tables.praises.push(praise(number, slots, &people, source)?);
        }
        for _ in 0..source.int_in_range(0..=4)? {
            tables.board.push(vec![Cell::Plain(address(source.int_in_range(0..=9)?))]);
        }
        for _ in 0..source.int_in_range(0..=6)? {
            let person = source.choose(&people)?;
            let amount = decimal(decimals.min(6), source)?;
            tables.vested.push(vec![person.name(), person.address.clone(), Cell::Plain(amount)]);
        }
        Ok(tables)
    }

    fn reverse(&mut self) {
        for rows in [&mut self.praises, &mut self.board, &mut self.vested] {
            rows.reverse();
        }
    }

    fn files(&self) -> RoundFiles {
        let header =
            |columns: &[&str]| -> Vec<String> { columns.iter().map(|&name| name.to_owned()).collect() };
        let mut praise_header = header(&[
            "ID",
            "DATE",
            "TO USER ACCOUNT",
            "TO USER ACCOUNT ID",
            "TO ETH ADDRESS",
            "FROM USER ACCOUNT",
            "REASON",
            "AVG SCORE",
        ]);
        for slot in 1..=self.slots {
            praise_header.extend([
                format!("SCORE {slot}"),
                format!("DUPLICATE ID {slot}"),
                format!("DISMISSED {slot}"),
                format!("QUANTIFIER {slot} USERNAME"),
                format!("QUANTIFIER {slot} ETH ADDRESS"),
            ]);
        }
        RoundFiles::from([
            ("ledger.json", self.ledger.to_string().into_bytes()),
            ("rounds/r-1/round.json", self.round.to_string().into_bytes()),
            ("rounds/r-1/praise.csv", write(&praise_header, self.praises.clone())),
            ("rounds/r-1/rewardboard.csv", write(&header(&["ID"]), self.board.clone())),
            (
                "rounds/r-1/sourcecred.csv",
                write(&header(&["name", "address", "vested_amount"]), self.vested.clone()),
            ),
        ])
    }
}

/// The round file: praise alone, or with SourceCred in proportion or as given.
fn round_file(decimals: u8, slots: usize, source: &mut Unstructured<'_>) -> Result<serde_json::Value> {
    let shares =
        source.choose(&[["0.9", "0.07", "0.03"], ["1", "0", "0"], ["0.333333333", "0.333333333", "0"]])?;
    let mut settings = json!({"contributor_share": shares[0], "quantifier_share": shares[1],
        "rewardboard_share": shares[2], "quantifiers": slots, "allowed_values": SCORES});
    if source.ratio(1, 2)? {
        settings["ceiling_cutoff"] = source.int_in_range(1..=20)?.into();
    }
    let mut allocations = vec![json!({"name": "praise", "method": "praise-v1",
        "pool": decimal(decimals, source)?, "settings": settings,
        "inputs": {"praise": "praise.csv", "rewardboard": "rewardboard.csv"}})];
    if source.ratio(1, 2)? {
        let amounts = source.choose(&["proportional", "as-given"])?;
        allocations.push(json!({"name": "sourcecred", "method": "sourcecred-v1",
            "pool": decimal(decimals, source)?, "settings": {"amounts": amounts, "over_pool": "record"},
            "inputs": {"sourcecred": "sourcecred.csv"}}));
    }
    Ok(
        json!({"format": 1, "period": {"start": "2026-01-01", "end": "2026-01-31"}, "allocations": allocations}),
    )
}

/// Somebody with a hostile name, perhaps with account id and address.
struct Person {
    name: String,
    account: String,
    address: Cell,
}

impl Person {
    fn draw(number: u8, source: &mut Unstructured<'_>) -> Result<Self> {
        let length = source.int_in_range(0..=8)?;
        let bytes = source.bytes(length.min(source.len()))?;
        let name = String::from_utf8_lossy(bytes).replace('\0', "");
        let account = if source.ratio(1, 2)? { format!("{number}") } else { String::new() };
        let has_address = source.ratio(2, 3)?;
        let address = Cell::Plain(if has_address { address(number) } else { String::new() });
        // Somebody must be named by something.
        let named = has_address || !name.trim().is_empty();
        Ok(Self { name: if named { name } else { format!("p{number}") }, account, address })
    }

    fn name(&self) -> Cell {
        Cell::Text(self.name.clone())
    }
}

/// One praise, scored in every slot or not.
fn praise(number: u8, slots: usize, people: &[Person], source: &mut Unstructured<'_>) -> Result<Vec<Cell>> {
    let receiver = source.choose(people)?;
    let plain = |text: &str| Cell::Plain(text.to_owned());
    let mut row = vec![
        Cell::Plain(format!("p-{number}")),
        Cell::Plain(format!("2026-01-{:02}", source.int_in_range(1..=3)?)),
        receiver.name(),
        Cell::Text(receiver.account.clone()),
        receiver.address.clone(),
        plain("giver"),
        plain("reason"),
        Cell::Plain(decimal(3, source)?),
    ];
    for _ in 0..slots {
        let quantifier = source.int_in_range(0..=3)?;
        row.extend([
            plain(source.choose(&SCORES)?),
            plain(source.choose(&["", "p-x"])?),
            plain(source.choose(&["false", "true", ""])?),
            Cell::Plain(format!("q{quantifier}")),
            // The last one has no address.
            Cell::Plain(if quantifier < 3 { address(quantifier) } else { String::new() }),
        ]);
    }
    Ok(row)
}

fn address(number: u8) -> String {
    format!("0x{:040x}", u16::from(number) + 1) // the zero address is not paid
}

/// A decimal with up to so many places, small or up to 10^12.
fn decimal(places: u8, source: &mut Unstructured<'_>) -> Result<String> {
    let most = *source.choose(&[3, 1_000, 1_000_000_000_000_u64])?;
    let whole = source.int_in_range(0..=most)?;
    let places = source.int_in_range(0..=places.min(18))?;
    let fraction = source.int_in_range(0..=10_u64.pow(places.into()) - 1)?;
    Ok(if places == 0 {
        whole.to_string()
    } else {
        format!("{whole}.{fraction:0>width$}", width = usize::from(places))
    })
}
