//! The program: reads arguments, environment, clock and terminal, runs a command of the library,
//! prints what it gives back, and sets the exit status.

use std::borrow::Cow;
use std::fs::File;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use clap::{CommandFactory, Parser};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use meed::actions::{Form, Remark, Runner, Told, shield};
use meed::arguments::{Arguments, Command, Format};
use meed::commands::disk::file_system;
use meed::commands::{self, Output, Session, Step};
use meed::error::{Error, Place, Problems, Shown};
use meed::github::{Access, Token};
use meed::verification::simulations::name_in;

fn main() -> ExitCode {
    let runner = Runner::detect(&variable);
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) if runner.is_none() => error.exit(),
        Err(error) => return refuse_arguments(&error),
    };
    let console = Console {
        is_read: runner.is_some() && !goes_to_file(),
        runner,
        json: arguments.format == Format::Json,
        quiet: arguments.quiet,
        ledger: ledger_of(&arguments),
    };
    let session = session(&arguments, &console).map_err(Problems::from);
    match session.and_then(|session| run(&arguments, &session)) {
        Ok(output) => print(output, &console),
        Err(problems) => {
            report(&problems, &console);
            ExitCode::from(problems.exit_status())
        }
    }
}

/// Where the program prints, and who reads it there.
struct Console {
    /// The runner, in GitHub Actions.
    runner: Option<Runner>,
    /// Whether the runner reads what stands on standard output; it always reads standard error.
    is_read: bool,
    /// Whether problems are printed as JSON.
    json: bool,
    /// Whether notes are left out.
    quiet: bool,
    /// The ledger's folder.
    ledger: PathBuf,
}

impl Console {
    /// A text as it may stand on standard error.
    fn note<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.runner.is_some() { shield::text(text) } else { Cow::Borrowed(text) }
    }

    /// Prints workflow commands. They stand on standard error, where they are in nobody's data.
    fn annotate(&self, remarks: &[Remark]) {
        let Some(runner) = &self.runner else { return };
        let repository = meed::git::Repository::open(&self.ledger).ok();
        let root = repository.and_then(|repository| repository.work_tree());
        let commands = runner.annotations(remarks, &root.unwrap_or_else(|| self.ledger.clone()));
        let _ = std::io::stderr().write_all(commands.as_bytes());
    }
}

/// Whether standard output goes to a file, which no runner reads.
fn goes_to_file() -> bool {
    #[cfg(unix)]
    let output = std::os::fd::AsFd::as_fd(&std::io::stdout()).try_clone_to_owned();
    #[cfg(windows)]
    let output = std::os::windows::io::AsHandle::as_handle(&std::io::stdout()).try_clone_to_owned();
    output.map(File::from).and_then(|file| file.metadata()).is_ok_and(|metadata| metadata.is_file())
}

/// A variable of the environment that is set to something.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Prints what is wrong with the arguments, or the help that they ask for, where a runner reads it:
/// arguments are texts too.
fn refuse_arguments(error: &clap::Error) -> ExitCode {
    let text = error.render().to_string();
    let text = shield::text(&text);
    let _ = if error.use_stderr() {
        std::io::stderr().write_all(text.as_bytes())
    } else {
        std::io::stdout().write_all(text.as_bytes())
    };
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// Runs the command.
fn run(arguments: &Arguments, session: &Session) -> Result<Output, Problems> {
    if session.csv && !arguments.command.prints_csv() {
        return Err(Error::Usage {
            message: "--format csv: this command has no table to print so".to_owned(),
            hint: "leave --format out, or give --format json".to_owned(),
        }
        .into());
    }
    if session.markdown && !arguments.command.prints_markdown() {
        return Err(Error::Usage {
            message: "--format markdown: this command prints no Markdown so".to_owned(),
            hint: "leave --format out, or give --format json; `meed report` prints pages as Markdown"
                .to_owned(),
        }
        .into());
    }
    match &arguments.command {
        Command::Init(options) => commands::init::run(options, session),
        Command::Import(options) => commands::import::run(options, session),
        Command::Check(options) => commands::check::run(options, session),
        Command::Close(options) => commands::close::run(options, session),
        Command::Amend(options) => commands::amend::run(options, session),
        Command::Verify(options) => commands::verify::run(options, session),
        Command::Approve(options) => commands::approve::run(options, session),
        Command::Settle(options) => commands::settle::run(options, session),
        Command::Publish(options) => commands::publish::run(options, session),
        Command::Audit(options) => commands::audit::run(options, session),
        Command::Log(options) => commands::log::run(options, session),
        Command::Prove(options) => commands::prove::run(options, session),
        Command::Statement(options) => commands::statement::run(options, session),
        Command::Export(options) => commands::export::run(options, session),
        Command::Diff(options) => commands::diff::run(options, session),
        Command::Explain(options) => commands::explain::run(options, session),
        Command::Simulate(options) => commands::simulate::run(options, session),
        Command::Collect(options) => commands::collect::run(options, session),
        Command::Site(options) => commands::site::run(options, session),
        Command::Held(options) => commands::held::run(options, session),
        Command::Members(options) => commands::members::run(options, session),
        Command::Report(options) => commands::report::run(options, session),
        Command::Round(options) => commands::round::run(options, session),
        Command::Signers(options) => commands::signers::run(options, session),
        Command::Demo(options) => commands::demo::run(options, session),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(*shell, &mut Arguments::command(), "meed", &mut text);
            Ok(Output::text(String::from_utf8_lossy(&text)))
        }
        Command::Schemas { dir } => {
            for (name, bytes) in meed::schemas::all() {
                commands::disk::write_file(&dir.join(name), &bytes)?;
            }
            Ok(Output::text(format!("wrote the schemas to {}\n", dir.display())))
        }
        Command::Man { dir } => manual(dir),
    }
}

/// Writes a manual page for the program and each command.
fn manual(dir: &Path) -> Result<Output, Problems> {
    std::fs::create_dir_all(dir)
        .and_then(|()| clap_mangen::generate_to(Arguments::command(), dir))
        .map_err(|error| file_system(dir, "written", &error))?;
    Ok(Output::text(format!("wrote the manual pages to {}\n", dir.display())))
}

/// What the commands may know of the world.
fn session(arguments: &Arguments, console: &Console) -> Result<Session, Error> {
    let on_terminal = std::io::stdout().is_terminal();
    Ok(Session {
        ledger: console.ledger.clone(),
        lfs_dir: arguments.lfs_dir.clone().or_else(|| variable("MEED_LFS_DIR").map(Into::into)),
        now_seconds: now_seconds(variable("SOURCE_DATE_EPOCH"))?,
        json: arguments.format == Format::Json,
        csv: arguments.format == Format::Csv,
        markdown: arguments.format == Format::Markdown,
        colour: on_terminal
            && variable("NO_COLOR").is_none()
            && variable("TERM").is_none_or(|term| term != "dumb"),
        in_actions: console.runner.is_some(),
        verbose: arguments.verbose > 0,
        signing_key: variable("MEED_SIGNING_KEY"),
        author: variable("MEED_AUTHOR"),
        agent: variable("SSH_AUTH_SOCK").map(Into::into),
        home: variable("HOME").or_else(|| variable("USERPROFILE")).map(Into::into),
        passphrase: Box::new(passphrase),
        step: step(arguments.verbose > 1),
        open: on_terminal.then(|| Box::new(open) as commands::Browser),
        progress: progress(arguments.quiet, bar(&arguments.command)),
        is_interrupted: interruption(simulates(&arguments.command))?,
        print: printer(console),
        say: say(arguments.quiet),
        github: github(variable),
    })
}

/// What the environment says of GitHub; in Actions GitHub sets most of it.
fn github(variable: impl Fn(&str) -> Option<String>) -> Access {
    Access {
        token: variable("GITHUB_TOKEN").or_else(|| variable("GH_TOKEN")).map(|token| Token::new(&token)),
        repository: variable("GITHUB_REPOSITORY"),
        api_url: variable("GITHUB_API_URL"),
        graphql_url: variable("GITHUB_GRAPHQL_URL"),
        server_url: variable("GITHUB_SERVER_URL"),
    }
}

/// Prints a line on standard error, unless the user wants quiet.
fn say(quiet: bool) -> Box<dyn Fn(&str)> {
    Box::new(move |line| {
        if !quiet {
            let _ = writeln!(std::io::stderr(), "{line}");
        }
    })
}

/// The folder in which the command works.
fn ledger_of(arguments: &Arguments) -> PathBuf {
    match &arguments.command {
        // It works in the ledger that it makes.
        Command::Import(options) => options.into.clone(),
        _ => arguments.ledger.clone(),
    }
}

/// The clock, or `SOURCE_DATE_EPOCH` where it is set.
fn now_seconds(source_date_epoch: Option<String>) -> Result<i64, Error> {
    if let Some(text) = source_date_epoch {
        return text.parse().map_err(|_| Error::Usage {
            message: format!(
                "SOURCE_DATE_EPOCH is `{}`, which is not a number of seconds",
                Shown::from(&text)
            ),
            hint: "set it to seconds since 1970, or unset it".to_owned(),
        });
    }
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Ok(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// `MEED_KEY_PASSPHRASE`, else what somebody types on the terminal.
fn passphrase(key: &str) -> Option<String> {
    if let Ok(passphrase) = std::env::var("MEED_KEY_PASSPHRASE") {
        return Some(passphrase);
    }
    if !std::io::stdin().is_terminal() {
        return None;
    }
    rpassword::prompt_password(format!("Passphrase of {key}: ")).ok()
}

/// Prints the steps with `-vv`. In builds for development a test can let the program die at a step
/// (`MEED_DIE_AT`), to see that nothing is lost.
fn step(print: bool) -> Box<dyn Fn(Step)> {
    let die_at = if cfg!(debug_assertions) { std::env::var("MEED_DIE_AT").ok() } else { None };
    Box::new(move |step| {
        if print {
            // In one piece, so that no reader sees half a line where the program is killed.
            let _ = std::io::stderr().write_all(format!("step: {}\n", step.name()).as_bytes());
        }
        if die_at.as_deref() == Some(step.name()) {
            std::process::abort();
        }
    })
}

/// Shows a file with the system's own program for it; whether that was started.
fn open(file: &Path) -> bool {
    let (program, arguments): (&str, &[&str]) = match std::env::consts::OS {
        "macos" => ("open", &[]),
        "windows" => ("cmd", &["/C", "start", ""]),
        _ => ("xdg-open", &[]),
    };
    let mut command = std::process::Command::new(program);
    let command = command.args(arguments).arg(file).stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().is_ok()
}

/// Whether a command runs models, whose runs are counted and may take long.
fn simulates(command: &Command) -> bool {
    match command {
        Command::Simulate(_) => true,
        Command::Close(options) => options.round.as_deref().is_some_and(|round| name_in(round).is_some()),
        _ => false,
    }
}

/// Whether somebody pressed Ctrl-C. Commands that have something to clear away look for it; the second
/// time the program ends at once, as it does at the first in all other commands.
fn interruption(is_looked_for: bool) -> Result<Box<dyn Fn() -> bool + Sync>, Error> {
    if !is_looked_for {
        return Ok(Box::new(|| false));
    }
    let interrupted = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&interrupted);
    ctrlc::set_handler(move || {
        if seen.swap(true, Ordering::SeqCst) {
            std::process::exit(130); // what shells expect of a program that was interrupted
        }
    })
    .map_err(|error| Error::FileSystem {
        path: Shown::from("Ctrl-C"),
        doing: "waited for",
        message: Shown::from(error.to_string()),
    })?;
    Ok(Box::new(move || interrupted.load(Ordering::SeqCst)))
}

/// What the progress bar of a command says: what is counted.
fn bar(command: &Command) -> &'static str {
    match command {
        Command::Collect(_) => "{wide_bar} {human_pos}/{human_len} requests",
        command if simulates(command) => "{wide_bar} {human_pos}/{human_len} runs, {per_sec}, {eta} left",
        _ => "{wide_bar} {pos}/{len} rounds",
    }
}

/// A progress bar for work longer than a second, on a terminal only.
fn progress(quiet: bool, template: &'static str) -> Box<dyn Fn(usize, usize) + Sync> {
    if quiet || !std::io::stderr().is_terminal() {
        return Box::new(|_, _| {});
    }
    let started = Instant::now();
    let bar: Mutex<Option<ProgressBar>> = Mutex::new(None);
    Box::new(move |done, all| {
        let Ok(mut bar) = bar.lock() else { return };
        if bar.is_none() && started.elapsed() > Duration::from_secs(1) && done < all {
            let new = ProgressBar::with_draw_target(Some(all as u64), ProgressDrawTarget::stderr());
            new.set_style(ProgressStyle::with_template(template).unwrap_or(ProgressStyle::default_bar()));
            *bar = Some(new);
        }
        if let Some(bar) = bar.as_ref() {
            // How much there is may turn out on the way.
            bar.set_length(all as u64);
            bar.set_position(done as u64);
            if done == all {
                bar.finish_and_clear();
            }
        }
    })
}

/// Prints what a command gave back, and tells the runner. A reader that closed the pipe early is no failure.
fn print(mut output: Output, console: &Console) -> ExitCode {
    let text = match fit(&output.text, output.form, console.is_read) {
        Ok(text) => text,
        Err(error) => {
            let problems = Problems::from(error);
            report(&problems, console);
            return ExitCode::from(problems.exit_status());
        }
    };
    let mut stdout = std::io::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    let mut remarks = std::mem::take(&mut output.told.remarks);
    output.notes.extend(console.runner.iter().flat_map(|runner| runner.write(&output.told)));
    if !console.quiet {
        let mut stderr = std::io::stderr().lock();
        // Notes that nobody reads are no failure.
        let _ = output.notes.iter().try_for_each(|note| writeln!(stderr, "{}", console.note(note)));
        let warnings = output.notes.iter().filter_map(|note| note.strip_prefix("warning: "));
        remarks.extend(warnings.map(Remark::warning));
    }
    console.annotate(&remarks);
    match written {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            let _ = writeln!(
                std::io::stderr(),
                "error: standard output: cannot be written: {error}\nhint: check the space on the disk that it goes to"
            );
            ExitCode::from(3)
        }
        _ => ExitCode::from(output.status),
    }
}

/// A text as it may stand on standard output.
fn fit(text: &str, form: Form, is_read: bool) -> Result<Cow<'_, str>, Error> {
    if !is_read {
        return Ok(Cow::Borrowed(text));
    }
    let refused = |line| Error::DataHoldsCommand { place: Place::line("standard output", line) };
    shield::disarmed(text, form).map_err(refused)
}

/// Prints data that is too much to be held until the end.
fn printer(console: &Console) -> commands::Printer {
    let (is_read, form) = (console.is_read, if console.json { Form::Json } else { Form::Data });
    Box::new(move |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let text = fit(&text, form, is_read).map_err(std::io::Error::other)?;
        std::io::stdout().lock().write_all(text.as_bytes())
    })
}

/// Prints problems: for people on standard error, with `--format json` as JSON on standard output.
fn report(problems: &Problems, console: &Console) {
    if console.json {
        let errors: Vec<serde_json::Value> = problems
            .errors()
            .iter()
            .map(|error| serde_json::json!({"code": error.code(), "message": error.to_string(), "hint": error.hint()}))
            .collect();
        let text = serde_json::json!({ "errors": errors }).to_string();
        // JSON always fits. A reader that closed the pipe has had enough; the exit status still tells.
        let text = fit(&text, Form::Json, console.is_read).unwrap_or_default();
        let _ = writeln!(std::io::stdout(), "{text}");
    } else {
        let _ = writeln!(std::io::stderr(), "{}", console.note(&problems.to_string()));
    }
    let Some(runner) = &console.runner else { return };
    let told = Told::refused(problems);
    for warning in runner.write(&told) {
        let _ = writeln!(std::io::stderr(), "{}", console.note(&warning));
    }
    console.annotate(&told.remarks);
}
