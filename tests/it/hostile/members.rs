//! Registers that no honest hand would write.

use super::Expected::{self, Named, Refused, Same};
use super::{Case, case};

/// A register with this header and these rows beside the undamaged round.
fn register(name: &'static str, expected: Expected, text: impl Into<Vec<u8>>) -> Case {
    let text = text.into();
    case(name, expected, move |sandbox| sandbox.write("members.csv", &text))
}

/// A register with these rows.
fn rows(name: &'static str, expected: Expected, rows: &str) -> Case {
    register(name, expected, format!("name,keys,address,from_round\n{rows}"))
}

pub fn registers() -> Vec<Case> {
    let utf16: Vec<u8> = "\u{feff}name,keys,address\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let many: String = (0..50_000).map(|index| format!("m{index},id:m{index},,r{index}\n")).collect();
    let keys: Vec<String> = (0..90_000).map(|index| format!("id:{index}")).collect();
    let pointer =
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 10\n", "ab".repeat(32));
    let bidi = "Bea\u{202e}\u{7}";
    vec![
        register("register: empty", Refused("table-empty"), ""),
        register("register: header alone", Same, "NAME,Keys,address\n"),
        register("register: byte-order mark and CRLF", Same, "\u{feff}name,keys,address\r\nx,id:y,\r\n\r\n"),
        register("register: UTF-16", Refused("text-is-utf16"), utf16),
        register("register: NUL", Refused("text-holds-nul"), "name,keys,address\na\0,id:x,\n"),
        register(
            "register: not UTF-8",
            Refused("text-not-utf8"),
            b"name,keys,address\n\xff,id:x,\n".to_vec(),
        ),
        register("register: semicolons", Refused("table-separator"), "name;keys;address\n"),
        register("register: a pointer of Git LFS", Refused("text-is-lfs-pointer"), pointer),
        register(
            "register: keys twice in the header",
            Refused("table-column-twice"),
            "name,keys,KEYS,address\n",
        ),
        rows("register: 50,000 members", Same, &many),
        rows("register: 90,000 keys in one cell", Same, &format!("x,{},,\n", keys.join("|"))),
        rows("register: bars alone", Refused("member-key-invalid"), &format!("x,{},,\n", "|".repeat(50))),
        rows(
            "register: a name of a megabyte",
            Refused("name-too-long"),
            &format!("{},id:x,,\n", "n".repeat(1_000_000)),
        ),
        rows("register: a number for an address", Refused("address-invalid"), "x,id:y,1e400,\n"),
        rows(
            "register: a wrong checksum",
            Refused("address-checksum"),
            &format!("x,id:y,0x{}B,\n", "b".repeat(39)),
        ),
        rows(
            "register: a round of 80 digits",
            Refused("round-id-invalid"),
            &format!("x,id:y,,{}\n", "9".repeat(80)),
        ),
        rows("register: a round outside", Refused("round-id-invalid"), "x,id:y,,../../etc\n"),
        rows(
            "register: a key in another letter case",
            Same,
            "x,id:ACC-BEA,0xcccccccccccccccccccccccccccccccccccccccc,\n",
        ),
        rows("register: the name alone", Same, "Cid,,0xcccccccccccccccccccccccccccccccccccccccc,\n"),
        rows(
            "register: a formula for a name",
            Named { cell: "'=1+1".to_owned(), name: "=1+1".to_owned() },
            "=1+1,id:acc-bea,,\n",
        ),
        rows(
            "register: a name with bidirectional text",
            Named { cell: bidi.to_owned(), name: bidi.to_owned() },
            &format!("{bidi},id:acc-bea,,\n"),
        ),
    ]
}
