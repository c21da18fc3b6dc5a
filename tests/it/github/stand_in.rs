//! A local server that behaves as GitHub's API does, for the calls that meed makes: a token is asked for,
//! lists are paged by Link headers, and what is to go wrong is said by [`Fault`]s.
//!
//! What it answers stands in one file a subject: `fn answer(&Seen, &mut State, base) -> Option<Answer>`.

pub mod collecting;
pub mod publishing;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;

use serde_json::{Value, json};

/// The token that the server knows.
pub const TOKEN: &str = "ghp_standin0000000000000000000000000000";
/// The repository that it has.
pub const REPOSITORY: &str = "acme/ledger";

/// A running server.
pub struct StandIn {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// What the server holds, and what it saw.
#[derive(Default)]
pub struct State {
    /// All requests, in their order; those that a fault hit as well.
    pub seen: Vec<Seen>,
    /// What goes wrong: each at the next request that it fits, once.
    pub faults: Vec<Fault>,
    /// What there is to be published to.
    pub publishing: publishing::Publishing,
    /// What people did in the repository.
    pub activity: collecting::Activity,
}

/// A request.
#[derive(Debug, Clone)]
pub struct Seen {
    /// `GET`, `POST` ...
    pub method: String,
    /// The path, percent-encoding taken off.
    pub path: String,
    /// The query, in its order, percent-encoding taken off.
    pub query: Vec<(String, String)>,
    /// The headers, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// One thing that goes wrong.
#[derive(Debug, Clone)]
pub struct Fault {
    /// The method that it hits.
    pub method: &'static str,
    /// What its path ends with; empty for any.
    pub path: &'static str,
    /// How many requests that it fits go well before.
    pub skip: usize,
    /// What happens.
    pub kind: Kind,
}

/// What goes wrong with a request.
#[derive(Debug, Clone)]
pub enum Kind {
    /// It is answered so, and not carried out.
    Answer(Answer),
    /// It is not carried out, and the connection ends without an answer.
    Lost,
    /// It is carried out, and the connection ends without an answer.
    LostAfterwards,
    /// Somebody else did the same just before, and so it is answered.
    Overtaken(Answer),
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Headers besides those of every answer.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// JSON.
    pub fn json(status: u16, body: &Value) -> Self {
        Self { status, headers: Vec::new(), body: body.to_string().into_bytes() }
    }

    /// A refusal, as GitHub words it.
    pub fn refusal(status: u16, message: &str) -> Self {
        let body = json!({
            "message": message,
            "documentation_url": "https://docs.github.com/rest",
            "status": status.to_string(),
        });
        Self::json(status, &body)
    }

    /// What does not exist, or may not be seen.
    pub fn not_found() -> Self {
        Self::refusal(404, "Not Found")
    }

    /// A 422 of the kind that a duplicate gets.
    pub fn duplicate(resource: &str, field: &str) -> Self {
        let body = json!({
            "message": "Validation Failed",
            "errors": [{ "resource": resource, "code": "already_exists", "field": field }],
            "documentation_url": "https://docs.github.com/rest",
            "status": "422",
        });
        Self::json(422, &body)
    }

    /// The secondary rate limit: wait `seconds`.
    pub fn limited(seconds: u64) -> Self {
        let message =
            "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
        Self::refusal(403, message).with("retry-after", &seconds.to_string())
    }

    /// With another header.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The page of `items` that `seen` asks for (`page`, `per_page`), with its Link header; `base` is the
    /// address of the server.
    pub fn page(seen: &Seen, items: &[Value], base: &str) -> Self {
        let number = |name: &str, default: usize| {
            seen.value(name).map_or(default, |value| value.parse().unwrap_or(default))
        };
        let (page, size) = (number("page", 1).max(1), number("per_page", 30).clamp(1, 100));
        let from = ((page - 1) * size).min(items.len());
        let to = (from + size).min(items.len());
        let answer = Self::json(200, &Value::from(&items[from..to]));
        if to == items.len() {
            return answer;
        }
        let others: String = seen.query.iter().filter(|(name, _)| name != "page").fold(
            String::new(),
            |text, (name, value)| {
                text + &format!("{}={}&", meed::github::segment(name), meed::github::segment(value))
            },
        );
        let path = &seen.path;
        let last = items.len().div_ceil(size);
        let link = format!(
            "<{base}{path}?{others}page={}>; rel=\"next\", <{base}{path}?{others}page={last}>; rel=\"last\"",
            page + 1
        );
        answer.with("link", &link)
    }
}

impl Seen {
    /// A value of the query.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The path below the repository (`/repos/acme/ledger/` taken off).
    pub fn in_repository(&self) -> Option<&str> {
        self.path.strip_prefix("/repos/")?.strip_prefix(REPOSITORY)?.strip_prefix('/')
    }
}

impl StandIn {
    /// Starts a server that knows [`TOKEN`] and [`REPOSITORY`].
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let ends = Arc::new(AtomicBool::new(false));
        let (held, ended) = (Arc::clone(&state), Arc::clone(&ends));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::SeqCst) {
                    return;
                }
                // One request a connection: a reader that went away is not our failure.
                let _ = serve(&stream.unwrap(), &held, &format!("http://{address}"));
            }
        });
        Self { address, state, ends, thread: Some(thread) }
    }

    /// Its address: GITHUB_API_URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it holds and saw.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Lets the next request of `method` whose path ends with `path` go wrong.
    pub fn fail(&self, method: &'static str, path: &'static str, kind: Kind) {
        self.state().faults.push(Fault { method, path, skip: 0, kind });
    }

    /// The environment of a program that is to use it.
    pub fn environment(&self) -> [(&'static str, String); 3] {
        [
            ("GITHUB_API_URL", self.url()),
            ("GITHUB_TOKEN", TOKEN.to_owned()),
            ("GITHUB_REPOSITORY", REPOSITORY.to_owned()),
        ]
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::SeqCst);
        // It waits for a connection, and this is one.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Reads one request, answers it, ends the connection.
fn serve(stream: &TcpStream, state: &Mutex<State>, base: &str) -> std::io::Result<()> {
    let seen = read(stream)?;
    let answer = {
        let mut state = state.lock().unwrap();
        state.seen.push(seen.clone());
        let hit = state.faults.iter_mut().position(|fault| {
            let fits = fault.method == seen.method && seen.path.ends_with(fault.path);
            let is_next = fits && fault.skip == 0;
            fault.skip -= usize::from(fits && !is_next);
            is_next
        });
        match hit.map(|at| state.faults.remove(at).kind) {
            Some(Kind::Answer(answer)) => Some(answer),
            Some(Kind::Lost) => None,
            Some(Kind::Overtaken(refusal)) => {
                let _ = answer(&seen, &mut state, base);
                Some(refusal)
            }
            Some(Kind::LostAfterwards) => {
                let _ = answer(&seen, &mut state, base);
                None
            }
            None => Some(answer(&seen, &mut state, base)),
        }
    };
    if let Some(answer) = answer {
        let mut head = format!("HTTP/1.1 {} Whatever\r\n", answer.status);
        head += "date: Sun, 22 Nov 2026 06:00:00 GMT\r\nconnection: close\r\n";
        head += &format!("content-type: application/json\r\ncontent-length: {}\r\n", answer.body.len());
        for (name, value) in &answer.headers {
            head += &format!("{name}: {value}\r\n");
        }
        let mut stream = stream;
        stream.write_all(format!("{head}\r\n").as_bytes())?;
        stream.write_all(&answer.body)?;
        stream.flush()?;
    }
    stream.shutdown(Shutdown::Both)
}

/// What GitHub answers to a request that nothing hit.
fn answer(seen: &Seen, state: &mut State, base: &str) -> Answer {
    match seen.header("authorization") {
        Some(given) if given == format!("Bearer {TOKEN}") => {}
        None if seen.method == "GET" => {}
        None => return Answer::refusal(401, "Requires authentication"),
        Some(_) => return Answer::refusal(401, "Bad credentials"),
    }
    publishing::answer(seen, state, base)
        .or_else(|| collecting::answer(seen, state, base))
        .unwrap_or_else(Answer::not_found)
}

/// Reads a request: its head, and the body by its length or in chunks.
fn read(stream: &TcpStream) -> std::io::Result<Seen> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut words = first.split_whitespace();
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.push((name.trim().to_lowercase(), value.trim().to_owned()));
        }
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let query = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name), decoded(value))
    });
    let mut seen = Seen {
        method: method.to_owned(),
        path: decoded(path),
        query: query.collect(),
        headers,
        body: Vec::new(),
    };
    if seen.header("transfer-encoding").is_some_and(|encoding| encoding.contains("chunked")) {
        seen.body = chunks(&mut reader)?;
    } else if let Some(length) = seen.header("content-length").and_then(|length| length.parse().ok()) {
        seen.body = vec![0; length];
        reader.read_exact(&mut seen.body)?;
    }
    Ok(seen)
}

/// A body in chunks.
fn chunks(reader: &mut impl BufRead) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let length = usize::from_str_radix(line.trim(), 16).unwrap_or(0);
        let mut chunk = vec![0; length];
        reader.read_exact(&mut chunk)?;
        body.extend(chunk);
        reader.read_line(&mut line)?;
        if length == 0 {
            return Ok(body);
        }
    }
}

/// Text without its percent-encoding.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, others @ ..] = rest {
        let hexadecimal = others.get(..2).filter(|_| *first == b'%');
        let byte =
            hexadecimal.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &others[2..] } else { others };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
