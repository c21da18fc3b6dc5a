//! Who has a page and where it stands; which entry belongs to whom.

use std::collections::{BTreeMap, BTreeSet};

use super::Material;
use super::view::Link;
use crate::amount::{Amount, Balance};
use crate::entries::{self, Entry, State};
use crate::error::Shown;
use crate::files::sha256_hex;
use crate::recipient::Key;
use crate::report::text::is_blank;

/// A round with more recipients than these (an airdrop) gives pages to the first of them only.
pub const RECIPIENTS_MANY: usize = 5_000;
/// How many recipients of such a round have a page because of it.
pub const MEMBERS_LISTED_MOST: usize = 2_000;
/// Hexadecimal digits of the digest in the name of a page: 128 bits.
const DIGEST_DIGITS: usize = 32;
/// The folder of the members' pages.
const MEMBERS_FOLDER: &str = "members/";

/// The rounds and the people of a site, with their pages.
#[derive(Debug)]
pub struct Directory<'a> {
    /// What the site is made from.
    pub material: Material<'a>,
    /// For each round and each of its entries whose it is.
    owners: Vec<Vec<Option<usize>>>,
    /// The files of the people's pages; `None` for those without.
    files: Vec<Option<String>>,
    /// What the people got in all: what was paid and released.
    received: Vec<Amount>,
}

/// The name that an entry shows: the address or the key where nothing of a name can be seen.
pub fn name_of(entry: &Entry) -> String {
    let is_seen = !is_blank(&entry.recipient);
    let name = if is_seen { entry.recipient.clone() } else { key_of(entry).to_string() };
    Shown::from(name).to_string()
}

/// The recipient key of an entry.
pub fn key_of(entry: &Entry) -> Key {
    let holder = || entry.holder.as_ref().map_or("", |holder| holder.key.as_str());
    entry.address.map_or_else(|| Key::Text(holder().into()), Key::Address)
}

impl<'a> Directory<'a> {
    /// Gives everybody a page who stands among the first recipients of a round.
    pub fn new(material: Material<'a>) -> Self {
        let mut owners: Vec<Vec<Option<usize>>> =
            material.rounds.iter().map(|round| vec![None; round.booked.entries.len()]).collect();
        for (person, places) in material.people.iter().map(|person| &person.entries).enumerate() {
            for (round, entry) in places {
                if let Some(owner) = owners.get_mut(*round).and_then(|round| round.get_mut(*entry)) {
                    *owner = Some(person);
                }
            }
        }
        let mut has_page = vec![false; material.people.len()];
        for owners in &owners {
            for person in listed(owners) {
                if let Some(has_page) = has_page.get_mut(person) {
                    *has_page = true;
                }
            }
        }
        let files = material.people.iter().zip(has_page);
        let files = files.map(|(person, has_page)| {
            let address = person.addresses.first().map(ToString::to_string);
            let key = || person.keys.first().map(|key| sha256_hex(key.as_bytes()));
            let digest = || key()?.get(..DIGEST_DIGITS).map(|digest| format!("k-{digest}"));
            let name = address.or_else(digest).filter(|_| has_page)?;
            Some(format!("{MEMBERS_FOLDER}{name}.html"))
        });
        let files = files.collect();
        let mut directory = Self { material, owners, files, received: Vec::new() };
        directory.received =
            (0..material.people.len()).map(|person| directory.sum_received(person)).collect();
        directory
    }

    /// The entries of a person, with the places of their rounds, in the order of the rounds.
    pub fn entries(&self, person: usize) -> impl Iterator<Item = (usize, &'a Entry)> {
        let places = self.material.people.get(person).map_or(&[][..], |person| person.entries.as_slice());
        let rounds = self.material.rounds;
        places
            .iter()
            .filter_map(|(round, entry)| Some((*round, rounds.get(*round)?.booked.entries.get(*entry)?)))
    }

    fn sum_received(&self, person: usize) -> Amount {
        let received = entries::sum(self.entries(person).map(|(_, entry)| entry), State::pays);
        received.and_then(Balance::amount).unwrap_or_default() // at most the supply
    }

    /// What went to a person's addresses in all rounds.
    pub fn received(&self, person: usize) -> Amount {
        self.received.get(person).copied().unwrap_or_default()
    }

    /// Whose an entry is.
    pub fn owner(&self, round: usize, entry: usize) -> Option<usize> {
        self.owners.get(round)?.get(entry).copied().flatten()
    }

    /// The file of a person's page, from the site's folder.
    pub fn member_file(&self, person: usize) -> Option<&str> {
        self.files.get(person)?.as_deref()
    }

    /// How many people have a page.
    pub fn members(&self) -> usize {
        self.files.iter().flatten().count()
    }

    /// The people who have a page, those who received most first.
    pub fn ranked(&self) -> Vec<usize> {
        let mut people: Vec<usize> =
            (0..self.files.len()).filter(|person| self.member_file(*person).is_some()).collect();
        people.sort_by(|left, right| {
            let key = |person: usize| (self.member_name(person), self.member_file(person).map(str::to_owned));
            self.received(*right).cmp(&self.received(*left)).then_with(|| key(*left).cmp(&key(*right)))
        });
        people
    }

    /// The name under which a person is shown: that of their last entry which has one.
    pub fn member_name(&self, person: usize) -> String {
        let Some(found) = self.material.people.get(person) else { return String::new() };
        // An amendment of an old round does not make its names newer.
        let entries = self.entries(person).map(|(at, entry)| (self.first_revision(at), &*entry.recipient));
        let mut names: Vec<(usize, &str)> = entries.collect();
        names.sort_by_key(|(first, _)| *first); // stable
        let names = names.into_iter().rev().map(|(_, name)| name);
        let name = { names }.find(|name| found.names.contains(*name) && !is_blank(name));
        let other = || {
            let address = found.addresses.first().map(ToString::to_string);
            let name = found.names.iter().find(|name| !is_blank(name)).cloned();
            name.or(address).or_else(|| found.keys.first().cloned()).unwrap_or_default()
        };
        Shown::from(name.map_or_else(other, str::to_owned)).to_string()
    }

    /// A link to a person, from a page in the site's folder.
    pub fn member_link(&self, person: usize) -> Link {
        let target = self.member_file(person).unwrap_or_default().to_owned();
        Link { text: self.member_name(person), target }
    }

    /// The folder of a round in the site, with a slash at its end. A revision has one of its own.
    pub fn round_folder(&self, round: usize) -> Option<String> {
        let predicate = &self.material.rounds.get(round)?.recorded.statement.predicate;
        let revision = match predicate.revision {
            1 => String::new(),
            revision => format!("revisions/{revision}/"),
        };
        Some(format!("rounds/{}/{revision}", predicate.round))
    }

    /// The places of all statements of the round of one: the first closing, then the amendments.
    pub fn revisions(&self, round: usize) -> impl Iterator<Item = usize> + use<'a> {
        let rounds = self.material.rounds;
        let name = |at: usize| rounds.get(at).map(|round| round.recorded.statement.predicate.round.as_str());
        (0..rounds.len()).filter(move |other| name(*other) == name(round))
    }

    /// The place of the first closing of a round.
    pub fn first_revision(&self, round: usize) -> usize {
        self.revisions(round).next().unwrap_or(round)
    }

    /// The file of a round's page.
    pub fn round_file(&self, round: usize) -> Option<String> {
        self.round_folder(round).map(|folder| format!("{folder}index.html"))
    }

    /// What a round is called.
    pub fn round_title(&self, round: usize) -> String {
        let Some(round) = self.material.rounds.get(round) else { return String::new() };
        let predicate = &round.recorded.statement.predicate;
        match predicate.revision {
            1 => predicate.round.clone(),
            revision => format!("{}, revision {revision}", predicate.round),
        }
    }

    /// A link to a round from a page with this way to the root.
    pub fn round_link(&self, round: usize, root: &str) -> Link {
        let file = self.round_file(round).unwrap_or_default();
        Link { text: self.round_title(round), target: format!("{root}{file}") }
    }

    /// The keys of a round whose amounts stand on a page, each once.
    pub fn keys(&self, round: usize) -> BTreeMap<Key, usize> {
        let Some(entries) = self.material.rounds.get(round).map(|round| &round.booked.entries) else {
            return BTreeMap::new();
        };
        let with_owner = entries.iter().enumerate().filter(|(_, entry)| entry.state != State::Expired);
        let keys = with_owner.filter_map(|(at, entry)| {
            let person = self.owner(round, at)?;
            self.member_file(person).map(|_| (key_of(entry), person))
        });
        keys.collect()
    }
}

/// The people whom a round gives a page: everybody, or the first where there are many.
fn listed(owners: &[Option<usize>]) -> Vec<usize> {
    let mut seen = BTreeSet::new();
    let people: Vec<usize> = owners.iter().flatten().copied().filter(|person| seen.insert(*person)).collect();
    let first = if people.len() > RECIPIENTS_MANY { MEMBERS_LISTED_MOST } else { people.len() };
    people.into_iter().take(first).collect()
}
