use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use super::{Fixture, attempt, run};
use crate::error::{Error, Shown};
use crate::git::Repository;

fn refusal(path: &Path) -> Error {
    Repository::open(path).err().unwrap()
}

#[test]
fn the_repository_is_found_from_a_folder_inside() {
    let fixture = Fixture::new();
    let repository = Repository::open(&fixture.path().join("rounds/one")).unwrap();
    let root = fs::canonicalize(fixture.path()).unwrap();
    assert_eq!(fs::canonicalize(repository.path()).unwrap(), root);
    assert_eq!(fs::canonicalize(repository.work_tree().unwrap()).unwrap(), root);
    repository.demand_complete_history().unwrap();
    let again = Repository::open(repository.git_folder()).unwrap();
    assert_eq!(again.path(), repository.path());
}

#[test]
fn a_folder_without_repository_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().to_path_buf(), folder.path().join("missing")] {
        assert!(matches!(refusal(&path), Error::NotARepository { .. }));
    }
}

#[test]
fn bare_and_linked_repositories_open_and_open_again() {
    let fixture = Fixture::new();
    fixture.git(&["worktree", "add", "--quiet", "-b", "side", "../linked"]);
    run(fixture.folder.path(), &["clone", "--quiet", "--bare", "here", "bare.git"]);
    let again =
        |name| Repository::open(Repository::open(&fixture.beside(name)).unwrap().git_folder()).unwrap();
    let bare = again("bare.git");
    assert_eq!(bare.work_tree(), None);
    assert!(bare.path().ends_with("bare.git"));
    let linked = again("linked");
    assert!(linked.path().ends_with("linked"));
    assert_eq!(linked.head_branch().unwrap(), "side");
    let folder = linked.git_folder().to_path_buf();
    let elsewhere = std::thread::spawn(move || Repository::open(&folder).unwrap().head_branch().unwrap());
    assert_eq!(elsewhere.join().unwrap(), "side");
    assert_eq!(linked.branch_tip("main").unwrap(), Some(fixture.id("main")));
}

#[test]
fn a_work_tree_named_by_the_settings_is_honoured() {
    let fixture = Fixture::new();
    fs::create_dir(fixture.beside("far")).unwrap();
    fixture.git(&["config", "core.worktree", fixture.beside("far").to_str().unwrap()]);
    let again = Repository::open(fixture.open().git_folder()).unwrap();
    assert!(again.path().ends_with("far"));
}

#[test]
fn settings_are_read_as_they_stand_and_stay_readable() {
    let fixture = Fixture::new();
    fixture.git(&["config", "user.signingkey", "~/.ssh/key"]);
    let before = fs::read(fixture.path().join(".git/config")).unwrap();
    let repository = fixture.open();
    assert_eq!(repository.config_text("user.signingkey").as_deref(), Some("~/.ssh/key"));
    assert_eq!(repository.config_text("user.name").as_deref(), Some("Ann"));
    assert_eq!(repository.config_text("meed.unset"), None);
    assert_eq!(repository.config_text("core.fsyncobjectfiles").as_deref(), Some("true"));
    repository.write_blob(b"text").unwrap();
    assert_eq!(fs::read(fixture.path().join(".git/config")).unwrap(), before);
    // git itself sees nothing of it, so it does not warn.
    assert!(!attempt(&fixture.path(), &["config", "core.fsyncObjectFiles"]).status.success());
}

#[test]
fn shallow_and_partial_clones_are_named() {
    let fixture = Fixture::new();
    fixture.commit("second");
    fixture.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", fixture.path().display());
    let parent = fixture.folder.path();
    run(parent, &["clone", "--quiet", "--depth", "1", &url, "shallow"]);
    run(parent, &["clone", "--quiet", "--no-checkout", "--filter=blob:none", &url, "partial"]);

    let shallow = Repository::open(&fixture.beside("shallow")).unwrap();
    assert!(matches!(shallow.demand_complete_history(), Err(Error::RepositoryShallow { .. })));
    let tip = shallow.commit_of("HEAD").unwrap();
    assert!(shallow.tree_of(tip).is_ok());
    assert!(matches!(shallow.history(tip), Err(Error::RepositoryShallow { .. })));

    let partial = Repository::open(&fixture.beside("partial"));
    let refused = partial.and_then(|repository| repository.demand_complete_history());
    assert!(matches!(refused, Err(Error::RepositoryPartial { .. })), "{refused:?}");
}

#[test]
fn a_partial_clone_of_the_older_kind_is_named() {
    let fixture = Fixture::new();
    fixture.git(&["config", "core.repositoryformatversion", "1"]);
    fixture.git(&["config", "extensions.partialclone", "origin"]);
    let refused =
        Repository::open(&fixture.path()).and_then(|repository| repository.demand_complete_history());
    assert!(matches!(refused, Err(Error::RepositoryPartial { .. })), "{refused:?}");
}

#[test]
fn formats_of_other_kinds_are_named() {
    let parent = tempfile::tempdir().unwrap();
    for (option, expected) in [("--object-format=sha256", "sha256"), ("--ref-format=reftable", "reftable")] {
        let folder = parent.path().join(expected);
        let made = attempt(parent.path(), &["init", "--quiet", option, folder.to_str().unwrap()]);
        if !made.status.success() {
            let _ = writeln!(std::io::stderr(), "SKIPPED: this git cannot make {expected} repositories");
            continue;
        }
        match refusal(&folder) {
            Error::RepositoryFormat { format, .. } => assert_eq!(format, Shown::from(expected)),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_damaged_repository_is_unreadable() {
    let fixture = Fixture::new();
    fs::write(fixture.path().join(".git/config"), "[core\n").unwrap();
    assert!(matches!(refusal(&fixture.path()), Error::RepositoryUnreadable { .. }));
}

#[test]
fn a_repository_of_another_user_is_refused() {
    let fixture = Fixture::new();
    let given = Command::new("chown").args(["-R", "12345"]).arg(fixture.path()).status();
    if !given.is_ok_and(|status| status.success()) {
        let _ = writeln!(std::io::stderr(), "SKIPPED: only root can give files away");
        return;
    }
    match refusal(&fixture.path().join("rounds")) {
        Error::RepositoryNotOwned { path } => assert!(path.to_string().ends_with("/here"), "{path}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn new_repositories_are_like_gits() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("a/b");
    let repository = Repository::init(&folder, "main").unwrap();
    assert_eq!(repository.head_branch().unwrap(), "main");
    assert_eq!(run(&folder, &["status", "--porcelain"]), "");
    assert_eq!(run(&folder, &["symbolic-ref", "HEAD"]), "refs/heads/main");
    assert!(matches!(Repository::init(&folder, "main"), Err(Error::ExistsAlready { .. })));
}
