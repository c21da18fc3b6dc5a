//! A ledger in a temporary folder, and the real programs `meed` and `git` run on it: cleared
//! environment, no user or system configuration, fixed author and dates.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicI64, Ordering};

use tempfile::TempDir;

/// The date of the first commit, in seconds since 1970: 2026-06-01T00:00:00Z.
pub const START_SECONDS: i64 = 1_780_272_000;
/// The first signer's name.
pub const SIGNER: &str = "treasurer@example.org";

/// A temporary folder with a home of its own, a key, and (after [`Sandbox::ledger`]) a ledger.
pub struct Sandbox {
    /// Removed with everything in it at the end of the test.
    folder: TempDir,
    /// The date of the next commit.
    seconds: AtomicI64,
}

/// A running ssh agent.
pub struct Agent {
    child: Child,
    /// Its socket: SSH_AUTH_SOCK.
    pub socket: String,
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a program did.
#[must_use]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The exit status; -1 when a signal ended it.
    pub status: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Run {
    /// The standard output of a run that must have succeeded.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.status, 0, "{}{}", self.stdout, self.stderr);
        self.stdout
    }

    /// The standard error of a run that must have ended with `status`.
    #[track_caller]
    pub fn fails(self, status: i32) -> String {
        assert_eq!(self.status, status, "{}{}", self.stdout, self.stderr);
        self.stderr
    }

    /// What became of a command.
    pub fn of_command(command: &mut Command) -> Self {
        Self::of(command.output().unwrap())
    }

    /// What a finished program left behind.
    pub fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self {
            status: output.status.code().unwrap_or(-1),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

impl Sandbox {
    /// A folder with a key called `treasurer` and nothing else.
    pub fn new() -> Self {
        let sandbox = Self {
            folder: tempfile::Builder::new().prefix("meed-test-").tempdir().unwrap(),
            seconds: AtomicI64::new(START_SECONDS),
        };
        fs::create_dir_all(sandbox.path("home")).unwrap();
        sandbox.new_key("treasurer", "ed25519", SIGNER);
        sandbox
    }

    /// A ledger `Test Commons` (token TOK, 18 decimals, id fixed) in `ledger/`, signed by `treasurer`.
    pub fn ledger() -> Self {
        let sandbox = Self::new();
        let key = sandbox.key("treasurer");
        let public = format!("{key}.pub");
        let ledger = sandbox.path("ledger");
        let args = [
            "init",
            ledger.to_str().unwrap(),
            "--name",
            "Test Commons",
            "--token",
            "TOK",
            "--rounds",
            "rounds",
        ];
        let _ = sandbox.meed(&[&args[..], &["--signer", &public, "--key", &key]].concat()).ok();
        // `init` takes a random id; tests that compare bytes want a fixed one.
        let file = fs::read_to_string(ledger.join("ledger.json")).unwrap();
        let id = file.split("\"id\": \"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        sandbox.write("ledger.json", file.replace(&id, "0123456789abcdef0123456789abcdef"));
        sandbox.commit("Fix the ledger's id");
        sandbox
    }

    /// A ledger with `count` closed rounds `2026-01`, `2026-02` ... of [`write_round`](Self::write_round).
    pub fn closed(count: usize) -> Self {
        let sandbox = Self::ledger();
        for month in 1..=count {
            sandbox.add_round(&format!("2026-{month:02}"));
            let _ = sandbox.meed(&["close", "--key", &sandbox.key("treasurer")]).ok();
        }
        sandbox
    }

    /// The example as `meed demo` closes it, and the folder of that ledger.
    pub fn example() -> (Self, PathBuf) {
        let sandbox = Self::new();
        let folder = sandbox.path("ledger");
        let _ = sandbox.meed(&["demo", folder.to_str().unwrap()]).ok();
        (sandbox, folder)
    }

    /// A sandbox with the same files, keys and date, to be changed without touching this one.
    pub fn copy(&self) -> Self {
        let folder = tempfile::Builder::new().prefix("meed-test-").tempdir().unwrap();
        let from = format!("{}/.", self.folder.path().display());
        let copied = Command::new("cp").args(["-a", &from]).arg(folder.path()).status().unwrap();
        assert!(copied.success(), "cp");
        Self { folder, seconds: AtomicI64::new(self.seconds.load(Ordering::Relaxed)) }
    }

    /// A path in the temporary folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A path in the ledger.
    pub fn at(&self, name: &str) -> PathBuf {
        self.path("ledger").join(name)
    }

    /// The path of a key, as text.
    pub fn key(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// Makes a key with ssh-keygen.
    pub fn new_key(&self, name: &str, kind: &str, comment: &str) {
        let output = Command::new("ssh-keygen")
            .args(["-q", "-t", kind, "-N", "", "-C", comment, "-f", &self.key(name)])
            .stdin(Stdio::null())
            .output()
            .expect("ssh-keygen is needed for these tests: apt-get install openssh-client");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Makes a key with ssh-keygen and these options (`-t rsa -b 3072` ...), encrypted when the
    /// passphrase is not empty.
    pub fn new_key_with(&self, name: &str, options: &[&str], passphrase: &str) {
        let output = Command::new("ssh-keygen")
            // Few rounds of key derivation: the tests run without optimisation.
            .args(["-q", "-a", "1", "-N", passphrase, "-C", SIGNER, "-f", &self.key(name)])
            .args(options)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Starts an ssh agent that holds the keys of these names; it ends with the value.
    pub fn agent(&self, keys: &[&str]) -> Agent {
        let socket = self.key("agent.sock");
        let child = self.command("ssh-agent").args(["-D", "-a", &socket]).stdout(Stdio::null()).spawn();
        let agent = Agent { child: child.unwrap(), socket };
        let waiting = std::time::Instant::now();
        while std::os::unix::net::UnixStream::connect(&agent.socket).is_err() {
            assert!(waiting.elapsed().as_secs() < 10, "the ssh agent does not start");
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        for key in keys {
            let mut add = self.command("ssh-add");
            let _ =
                Run::of_command(add.args(["-q", &self.key(key)]).env("SSH_AUTH_SOCK", &agent.socket)).ok();
        }
        agent
    }

    /// Everything that a refused command must leave as it was: branches, objects, index, work tree.
    pub fn state(&self) -> String {
        let commands: [&[&str]; 5] = [
            &["for-each-ref"],
            &["symbolic-ref", "HEAD"],
            &["count-objects", "-v"],
            &["ls-files", "--stage"],
            &["status", "--porcelain", "--ignored", "-uall"],
        ];
        commands.map(|args| self.git_ok(args)).join("\n")
    }

    /// The date of the next commit; each call moves it on by a minute.
    pub fn tick(&self) -> i64 {
        self.seconds.fetch_add(60, Ordering::Relaxed) + 60
    }

    /// A program with a cleared environment, in the ledger's folder.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let seconds = self.tick();
        let folder =
            if self.path("ledger").is_dir() { self.path("ledger") } else { self.folder.path().to_owned() };
        command
            .current_dir(folder)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path("home"))
            .env("TZ", "UTC")
            .env("LC_ALL", "C")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "Treasurer")
            .env("GIT_AUTHOR_EMAIL", SIGNER)
            .env("GIT_COMMITTER_NAME", "Treasurer")
            .env("GIT_COMMITTER_EMAIL", SIGNER)
            .env("GIT_AUTHOR_DATE", format!("{seconds} +0000"))
            .env("GIT_COMMITTER_DATE", format!("{seconds} +0000"))
            .env("MEED_AUTHOR", format!("Treasurer <{SIGNER}>"))
            .env("SOURCE_DATE_EPOCH", seconds.to_string())
            // A build that counts coverage says with this where its counts go.
            .envs(std::env::var_os("LLVM_PROFILE_FILE").map(|file| ("LLVM_PROFILE_FILE", file)))
            .stdin(Stdio::null());
        command
    }

    /// The command for `meed`.
    pub fn meed_command(&self, args: &[&str]) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_meed"));
        command.args(args);
        command
    }

    /// Runs `meed` in the ledger.
    pub fn meed(&self, args: &[&str]) -> Run {
        Run::of(self.meed_command(args).output().unwrap())
    }

    /// Runs `meed close` with the first signer's key.
    pub fn close(&self, args: &[&str]) -> Run {
        self.meed(&[&["close", "--key", &self.key("treasurer")], args].concat())
    }

    /// Runs `meed verify` and gives the names of the checks that fail, each once, sorted.
    #[track_caller]
    pub fn failing(&self, args: &[&str]) -> Vec<String> {
        let args = self.with_full_ids(args);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let run = self.meed(&[&["verify", "--format", "json"], args.as_slice()].concat());
        let report: serde_json::Value =
            serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}{}", run.stdout, run.stderr));
        let none = Vec::new();
        let simulations = report["simulations"].as_array().unwrap_or(&none);
        let statements = report["statements"].as_array().unwrap().iter().chain(simulations);
        let statements = statements.map(|statement| &statement["checks"]);
        let checks = statements.chain([&report["ledger"]]).flat_map(|checks| checks.as_array().unwrap());
        let mut names: Vec<String> = checks
            .filter(|check| check["state"] == "fails")
            .map(|check| check["name"].as_str().unwrap().to_owned())
            .collect();
        names.sort();
        names.dedup();
        assert_eq!(run.status, i32::from(!names.is_empty()), "{}", run.stdout);
        names
    }

    /// The arguments with the names of commits behind `--known` and `--root` written as ids in full.
    fn with_full_ids(&self, args: &[&str]) -> Vec<String> {
        let wants_id = |index: usize| index > 0 && ["--known", "--root"].contains(&args[index - 1]);
        let resolved = args.iter().enumerate().map(|(index, arg)| {
            let named = || self.git(&["rev-parse", "--verify", "-q", &format!("{arg}^{{commit}}")]);
            let id = wants_id(index).then(named).filter(|run| run.status == 0);
            id.map_or_else(|| (*arg).to_owned(), |run| run.stdout.trim().to_owned())
        });
        resolved.collect()
    }

    /// Runs `git` in the ledger.
    pub fn git(&self, args: &[&str]) -> Run {
        Run::of(self.command("git").args(args).output().unwrap())
    }

    /// Runs `git` in the ledger, which must succeed, and gives its output without the line end.
    #[track_caller]
    pub fn git_ok(&self, args: &[&str]) -> String {
        self.git(args).ok().trim_end().to_owned()
    }

    /// Runs `git` in the ledger with `input`; gives its output without the line end.
    #[track_caller]
    pub fn git_with(&self, args: &[&str], input: &[u8]) -> String {
        let mut command = self.command("git");
        run_with(command.args(args), input)
    }

    /// The armored signature by a key of the sandbox over `payload`, as `ssh-keygen -Y sign` makes it.
    #[track_caller]
    pub fn sign(&self, key: &str, namespace: &str, payload: &[u8]) -> String {
        let mut command = self.command("ssh-keygen");
        run_with(command.args(["-q", "-Y", "sign", "-n", namespace, "-f", &self.key(key)]), payload)
    }

    /// Writes a file of the work tree.
    pub fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Reads a file of the work tree as text.
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.at(path)).unwrap()
    }

    /// Commits everything in the work tree, unsigned.
    #[track_caller]
    pub fn commit(&self, message: &str) {
        let _ = self.git(&["add", "-A"]).ok();
        let _ = self.git(&["commit", "-q", "--allow-empty", "--no-gpg-sign", "-m", message]).ok();
    }

    /// Commits everything in the work tree, signed by a key of the sandbox, with exactly this message.
    #[track_caller]
    pub fn commit_signed(&self, key: &str, message: &str, args: &[&str]) {
        let signing = ["-c", "gpg.format=ssh", "-c"];
        let key = format!("user.signingkey={}", self.key(key));
        let _ = self.git(&["add", "-A"]).ok();
        let commit = ["commit", "-q", "--allow-empty", "--cleanup=verbatim", "-S", "-m", message];
        let _ = self.git(&[&signing[..], &[&key], &commit[..], args].concat()).ok();
    }

    /// Writes the inputs of a small praise round: three praises, three receivers (one without an
    /// address), two quantifiers, one board member.
    pub fn write_round(&self, id: &str) {
        let folder = format!("rounds/{id}");
        let month = id.rsplit('-').next().unwrap();
        self.write(&format!("{folder}/round.json"), round_json(month));
        self.write(&format!("{folder}/praise.csv"), praise_csv(month));
        self.write(&format!("{folder}/rewardboard.csv"), "ID\n0x3333333333333333333333333333333333333333\n");
    }

    /// Writes the inputs of a round and commits them.
    pub fn add_round(&self, id: &str) {
        self.write_round(id);
        self.commit(&format!("Inputs of {id}"));
    }

    /// Writes a simulation of three runs of `work` with a table of parameters over time, and commits it.
    pub fn add_simulation(&self, name: &str) {
        let folder = format!("simulations/{name}");
        self.write(
            &format!("{folder}/simulation.json"),
            "{\"model\": \"work\", \"rng\": \"cpython\", \"seed\": 1, \"runs\": 3, \"exogenous\": \"minting.csv\"}\n",
        );
        self.write(&format!("{folder}/minting.csv"), "timestep,weekly_token_minting\n10,50\n");
        self.commit(&format!("Simulation {name}"));
    }

    /// Prepares and commits a revision of a round of [`write_round`](Self::write_round): Bea's mean is 5
    /// less than 9, and Cid has an address.
    pub fn correct(&self, id: &str, revision: u32) {
        let _ = self.meed(&["amend", id, "--prepare"]).ok();
        let praise = praise_csv(id.rsplit('-').next().unwrap());
        let praise = praise.replacen(",9\n", &format!(",{}\n", 7 - revision), 1);
        let praise = praise.replacen("acc-cid,,", &format!("acc-cid,0x{},", "c".repeat(40)), 1);
        self.write(&format!("rounds/{id}/revisions/{revision}/praise.csv"), praise);
        self.commit(&format!("Correct {id}"));
    }

    /// Amends a round with the first signer's key.
    pub fn amend(&self, id: &str, args: &[&str]) -> Run {
        let key = self.key("treasurer");
        let fixed = ["amend", id, "--reason", "A score was mistyped.", "--key", &key];
        self.meed(&[&fixed, args].concat())
    }

    /// The ledger's folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// Runs a program that must succeed with `input`; gives its output without the line end.
#[track_caller]
fn run_with(command: &mut Command, input: &[u8]) -> String {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    Run::of(child.wait_with_output().unwrap()).ok().trim_end().to_owned()
}

/// The round file of a small praise round in a month of 2026 (`01` to `12`).
pub fn round_json(month: &str) -> String {
    format!(
        r#"{{
  "format": 1,
  "period": {{"start": "2026-{month}-01", "end": "2026-{month}-28"}},
  "allocations": [
    {{
      "name": "praise",
      "method": "praise-v1",
      "pool": "100",
      "inputs": {{"praise": "praise.csv", "rewardboard": "rewardboard.csv"}},
      "settings": {{"contributor_share": "0.9", "quantifier_share": "0.07", "rewardboard_share": "0.03", "quantifiers": 2}}
    }}
  ]
}}
"#
    )
}

/// The praise table of a small round in a month of 2026.
pub fn praise_csv(month: &str) -> String {
    let header = "ID,DATE,TO USER ACCOUNT,TO USER ACCOUNT ID,TO ETH ADDRESS,FROM USER ACCOUNT,REASON,\
SCORE 1,SCORE 2,DUPLICATE ID 1,DUPLICATE ID 2,DISMISSED 1,DISMISSED 2,\
QUANTIFIER 1 USERNAME,QUANTIFIER 1 ETH ADDRESS,QUANTIFIER 2 USERNAME,QUANTIFIER 2 ETH ADDRESS,AVG SCORE\n";
    let quantifiers =
        "Quill,0x1111111111111111111111111111111111111111,Quoll,0x2222222222222222222222222222222222222222";
    let rows = [
        ("1", "Ada", "acc-ada", "0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "5,3", "4"),
        ("2", "Bea", "acc-bea", "0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "13,5", "9"),
        ("3", "Cid", "acc-cid", "", "1,1", "1"),
    ];
    let rows = rows.map(|(id, name, account, address, scores, average)| {
        format!("p-{month}-{id},2026-{month}-0{id}T12:00:00Z,{name},{account},{address},Dot,for work,{scores},,,false,false,{quantifiers},{average}\n")
    });
    header.to_owned() + &rows.concat()
}
