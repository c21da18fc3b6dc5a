//! What is published of a round: its names, its texts, its files. Only a round that has just verified has
//! a publication.

use super::text::{cut, quiet};
use crate::error::{Error, Place, Problems, visible};
use crate::files::sha256_hex;
use crate::git;
use crate::github::access::Repository;
use crate::report::render::markdown::escape;
use crate::statement::{ADJUSTMENTS_FILE, DISTRIBUTION_FILE, Predicate, Recorded, STATEMENT_FILE, Statement};
use crate::verification::VerifiedRound;

/// Most characters of the notes of a release; GitHub takes 125,000.
pub const NOTES_CHARACTERS_MOST: usize = 124_000;
/// Most characters of a comment or a discussion; GitHub takes 65,536.
pub const POST_CHARACTERS_MOST: usize = 65_000;
/// Most characters of a status's description; GitHub takes 140.
const DESCRIPTION_CHARACTERS_MOST: usize = 140;
/// The full report among the results.
const REPORT_FILE: &str = "report/report.html";
/// The post for forums among the results.
const POST_FILE: &str = "report/forum-post.md";
/// The start of payout files among the results.
const PAYOUTS_FOLDER: &str = "payouts/";
/// The name of a check run, and the context of a status.
pub const CHECK_NAME: &str = "ledger verified";

/// A round that has just verified, ready to be published.
#[derive(Debug)]
pub struct Publication<'a> {
    /// Where it is published.
    pub repository: Repository,
    /// The files of its release.
    pub assets: Vec<Asset>,
    round: &'a VerifiedRound,
    post: String,
}

/// A file of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Its name there: letters, digits, `.`, `_`, `-`.
    pub name: String,
    /// What it is, for the header of the upload.
    pub media_type: &'static str,
    /// What it holds.
    pub bytes: Vec<u8>,
    /// The digest of the bytes, in hexadecimal.
    pub sha256: String,
}

impl<'a> Publication<'a> {
    /// Reads the results of the round from its closing commit.
    pub fn read(
        git: &git::Repository,
        round: &'a VerifiedRound,
        repository: Repository,
    ) -> Result<Self, Problems> {
        let recorded = round.recorded();
        let tree = git.tree_of(round.report().commit)?;
        let mut results: Vec<(&str, &str)> =
            recorded.statement.subject.iter().map(|file| (&*file.name, &*file.digest.sha256)).collect();
        results.push((STATEMENT_FILE, &recorded.sha256));
        let mut assets: Vec<Asset> = Vec::new();
        let mut post = None;
        for (name, sha256) in results {
            let asset = asset_name(name);
            if asset.is_none() && name != POST_FILE {
                continue;
            }
            let bytes = read(git, tree, recorded, (name, sha256))?;
            if let Some(name) = asset {
                let media_type = media_type(&name);
                assets.push(Asset { name, media_type, bytes, sha256: sha256.to_owned() });
            } else {
                post = Some(String::from_utf8_lossy(&bytes).into_owned());
            }
        }
        assets.sort_by(|left, right| left.name.cmp(&right.name));
        let post = post.unwrap_or_else(|| short_post(&recorded.statement));
        Ok(Self { repository, assets, round, post })
    }

    /// What the round's statement states.
    fn predicate(&self) -> &Predicate {
        &self.round.recorded().statement.predicate
    }

    /// The closing commit, in full.
    pub fn commit(&self) -> String {
        self.round.report().commit.to_string()
    }

    /// The round, with its revision from the second on.
    pub fn name(&self) -> String {
        named(self.predicate())
    }

    /// The tag of its release.
    pub fn tag(&self) -> String {
        let predicate = self.predicate();
        tag(&predicate.round, predicate.revision)
    }

    /// The title of a release and of a discussion.
    pub fn title(&self) -> String {
        let Predicate { ledger, period, revision, .. } = self.predicate();
        let corrected =
            if *revision > 1 { format!(", corrected (revision {revision})") } else { String::new() };
        let name: String = ledger.name.chars().take(80).map(visible).collect();
        let round: String = self.predicate().round.chars().take(80).collect();
        format!("{name} rewards: {round}, {} to {}{corrected}", period.start, period.end)
    }

    /// What identifies this revision of this ledger's round, and nothing else: ids hold neither space nor
    /// anything that ends a comment.
    pub fn identity(&self) -> String {
        let Predicate { ledger, round, revision, .. } = self.predicate();
        format!("meed:{round} revision {revision} ledger {}", ledger.id)
    }

    /// The first line of every text that meed posts, unseen by readers.
    pub fn marker(&self) -> String {
        format!("<!-- {} -->", self.identity())
    }

    /// Whether a text was posted for this revision: its first line is the marker. Further down it would be
    /// what somebody quoted.
    pub fn is_marked(&self, body: Option<&str>) -> bool {
        let first = body.and_then(|body| body.lines().next()).unwrap_or_default();
        first.trim_end() == self.marker()
    }

    /// The notes of the release.
    pub fn notes(&self) -> String {
        self.text(without_heading(&self.post), NOTES_CHARACTERS_MOST)
    }

    /// The comment on an issue.
    pub fn comment(&self) -> String {
        self.text(&self.post, POST_CHARACTERS_MOST)
    }

    /// The discussion, which has a title of its own.
    pub fn discussion(&self) -> String {
        self.text(without_heading(&self.post), POST_CHARACTERS_MOST)
    }

    /// Marker, page, and how to check it.
    fn text(&self, page: &str, most: usize) -> String {
        let recorded = self.round.recorded();
        let (marker, commit, round) = (self.marker(), self.commit(), &self.predicate().round);
        let foot = format!(
            "Closed by commit {commit}. SHA-256 of `{}`: `{}`. Check it in a clone: `meed verify {round} \
             --known {commit}`.\n",
            recorded.path(),
            recorded.sha256
        );
        let sentence =
            format!("**The rest is too long to stand here**: look into `{}/report`.", recorded.folder);
        let room = most.saturating_sub(marker.chars().count() + foot.chars().count() + 10);
        let page = cut(&quiet(page), room, &sentence);
        format!("{marker}\n\n{}\n\n---\n\n{foot}", page.trim())
    }

    /// The title and the text of a check run: what was checked.
    pub fn check(&self) -> (String, String) {
        let mut text =
            format!("Every check of {} holds:\n\n| check | state | |\n| --- | --- | --- |\n", self.name());
        for check in &self.round.report().checks {
            let detail: String = check.detail.chars().take(500).collect();
            text += &format!("| {} | {} | {} |\n", check.name, check.state.as_str(), escape(&detail));
        }
        (format!("{} verifies", self.name()), quiet(&text))
    }

    /// The description of a status.
    pub fn description(&self) -> String {
        let start = format!("statement {} verifies: ", self.round.recorded().sha256.get(..12).unwrap_or(""));
        let room = DESCRIPTION_CHARACTERS_MOST.saturating_sub(start.chars().count());
        start + &self.name().chars().take(room).collect::<String>()
    }
}

/// A round, with its revision from the second on.
fn named(predicate: &Predicate) -> String {
    match predicate.revision {
        1 => predicate.round.clone(),
        revision => format!("{} revision {revision}", predicate.round),
    }
}

/// The tag of a round's release: `round-20` of `round-20`, `round-2026-03` of `2026-03`,
/// `round-20-revision-2`. What git does not take in a name reads `-`. Two rounds may come to the same tag
/// that way; then it points to the commit of one of them, and is refused for the other.
fn tag(round: &str, revision: u32) -> String {
    let mut name = round.replace('/', "-");
    let is_refused = name.contains("..") || name.ends_with('.') || name.to_lowercase().ends_with(".lock");
    if is_refused {
        name = name.replace('.', "-");
    }
    let start = if name.starts_with("round-") { "" } else { "round-" };
    let end = if revision > 1 { format!("-revision-{revision}") } else { String::new() };
    format!("{start}{name}{end}")
}

/// The name of a result as a file of the release: no two have the same. None of what is not published so:
/// pages that need files beside them, and state for the next close.
fn asset_name(result: &str) -> Option<String> {
    let is_payout = result.strip_prefix(PAYOUTS_FOLDER).is_some();
    let name = match result {
        REPORT_FILE => "report.html",
        STATEMENT_FILE | DISTRIBUTION_FILE | ADJUSTMENTS_FILE => result,
        _ if is_payout => result,
        _ => return None,
    };
    // GitHub would rename others.
    let plain = |character: char| {
        if character.is_ascii_alphanumeric() || "._-".contains(character) { character } else { '-' }
    };
    Some(name.chars().map(plain).collect())
}

/// What a file is, by the end of its name.
fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, end)| end) {
        Some("html") => "text/html",
        Some("json") => "application/json",
        Some("csv") => "text/csv",
        Some("txt" | "journal" | "beancount") => "text/plain",
        _ => "application/octet-stream",
    }
}

/// The bytes of a result, which are those that the statement names.
fn read(
    git: &git::Repository,
    tree: git::ObjectId,
    recorded: &Recorded,
    (name, sha256): (&str, &str),
) -> Result<Vec<u8>, Error> {
    let path = format!("{}/{name}", recorded.folder);
    let entry = git.entry(tree, &path)?.ok_or_else(|| Error::FileMissing { place: Place::file(&path) })?;
    let bytes = git.blob(entry.id)?;
    if sha256_hex(&bytes) == sha256 {
        return Ok(bytes);
    }
    let reason = "is not what the statement names".to_owned();
    Err(Error::RecordInvalid { place: Place::file(&path), reason })
}

/// A post of a round that has no pages.
fn short_post(statement: &Statement) -> String {
    let predicate = &statement.predicate;
    let (period, totals) = (&predicate.period, &predicate.totals);
    format!(
        "# {}\n\n{} to {}: {} {symbol} paid, {} {symbol} held.\n",
        named(predicate),
        period.start,
        period.end,
        totals.paid.0,
        totals.held.0,
        symbol = escape(&predicate.token.symbol)
    )
}

/// A page without the heading that it begins with.
fn without_heading(page: &str) -> &str {
    let page = page.trim_start();
    if !page.starts_with("# ") {
        return page;
    }
    page.split_once('\n').map_or("", |(_, rest)| rest.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_called_as_its_round() {
        for (round, revision, expected) in [
            ("round-20", 1, "round-20"),
            ("2026-03", 1, "round-2026-03"),
            ("round-20", 2, "round-20-revision-2"),
            ("2026/q1", 1, "round-2026-q1"),
            ("a..b", 1, "round-a--b"),
            ("v1.", 1, "round-v1-"),
            ("x.lock", 3, "round-x-lock-revision-3"),
            ("v1.2", 1, "round-v1.2"),
        ] {
            assert_eq!(tag(round, revision), expected);
        }
    }

    #[test]
    fn files_are_called_flat() {
        for (result, expected) in [
            ("statement.json", Some("statement.json")),
            ("distribution.csv", Some("distribution.csv")),
            ("report/report.html", Some("report.html")),
            ("payouts/safe-airdrop.csv", Some("payouts-safe-airdrop.csv")),
            ("payouts/a/../b ü.csv", Some("payouts-a-..-b--.csv")),
            ("carry.json", None),
            ("report/report.md", None),
            ("report/charts/flow.svg", None),
        ] {
            assert_eq!(asset_name(result).as_deref(), expected, "{result}");
        }
    }

    #[test]
    fn a_heading_becomes_the_title() {
        assert_eq!(without_heading("# Us: 1\n\nText\n# More\n"), "Text\n# More\n");
        assert_eq!(without_heading("Text\n"), "Text\n");
        assert_eq!(without_heading("# Only"), "");
    }
}
