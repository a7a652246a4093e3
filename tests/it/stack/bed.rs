//! Test beds, as tests use them: a few are started, each is reset for the next test, all are gone with this process.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Condvar, Mutex, PoisonError};

use serde_json::{Value, json};

use crate::support::{self, Ran};

/// What waits are multiplied by.
const PACE: &str = "0.02";

pub const ACCOUNT: &str = "123456789012";

struct Process {
    /// Its standard input ends with this process, and it with that.
    _child: Child,
    env: Vec<(String, String)>,
    control: String,
}

/// A test bed, empty, and a folder to work in. No other test has it meanwhile.
pub struct Bed {
    /// `None` only while it is given back.
    process: Option<Process>,
    pub folder: tempfile::TempDir,
}

/// How many run at once at the most. What a test waits for is mostly the pace of its own AWS, not this machine.
const BEDS: usize = 3;

/// Those that nobody has, and how many were started.
static POOL: Mutex<(Vec<Process>, usize)> = Mutex::new((Vec::new(), 0));
static GIVEN_BACK: Condvar = Condvar::new();

/// A test bed, reset; `None`, with a line that says why, where there is none.
pub fn bed() -> Option<Bed> {
    let Some(python) = std::env::var_os("SENTISTACK_TEST_PYTHON") else {
        println!("skipped: no test bed (SENTISTACK_TEST_PYTHON is not set; `cargo xtask test` sets it)");
        return None;
    };
    let process = free().unwrap_or_else(|| start(&python));
    let bed = Bed { process: Some(process), folder: support::folder() };
    bed.post("/reset", &json!({}));
    Some(bed)
}

/// One that nobody has, waited for; `None` where another may be started.
fn free() -> Option<Process> {
    let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        if let Some(process) = pool.0.pop() {
            return Some(process);
        }
        if pool.1 < BEDS {
            pool.1 += 1;
            return None;
        }
        pool = GIVEN_BACK.wait(pool).unwrap_or_else(PoisonError::into_inner);
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
        pool.0.extend(self.process.take());
        GIVEN_BACK.notify_one();
    }
}

fn start(python: &OsStr) -> Process {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut child = Command::new(python)
        .args(["-m", "testbed", "--json"])
        .current_dir(root)
        // Machines of the test bed have as little time as we.
        .env("SENTISTACK_TEST_PACE", PACE)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the test bed starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let ready: Value =
        serde_json::from_str(&line).unwrap_or_else(|e| panic!("the test bed said {line:?}: {e}"));
    let env = ready["env"].as_object().unwrap();
    Process {
        _child: child,
        env: env.iter().map(|(k, v)| (k.clone(), v.as_str().unwrap().to_owned())).collect(),
        control: ready["control"].as_str().unwrap().trim_start_matches("http://").to_owned(),
    }
}

impl Bed {
    fn process(&self) -> &Process {
        self.process.as_ref().expect("it is given back only at the end")
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The tool, with the test bed as its AWS.
    pub fn tool(&self) -> Command {
        let mut command = support::tool(self.path());
        command.envs(self.process().env.iter().map(|(k, v)| (k, v)));
        command.env("HOME", self.path()).env("SENTISTACK_TEST_PACE", PACE);
        command
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        support::finish(self.tool().args(args))
    }

    /// Runs the tool with `-o json`; gives its document.
    #[track_caller]
    pub fn json(&self, code: i32, args: &[&str]) -> Value {
        let mut args = args.to_vec();
        args.extend(["-o", "json"]);
        self.run(&args).expect(code).json()
    }

    /// Makes one call as somebody else would: `aws("s3", "put_object", …)`, by botocore.
    #[track_caller]
    pub fn aws(&self, service: &str, operation: &str, arguments: &Value) -> Value {
        const SCRIPT: &str = "\
import botocore.session, json, os, sys\n\
service, operation, arguments = sys.argv[1:]\n\
url = os.environ.get('AWS_ENDPOINT_URL_' + service.upper().replace('-', '_'), os.environ['AWS_ENDPOINT_URL'])\n\
client = botocore.session.Session().create_client(service, region_name='us-east-1', endpoint_url=url)\n\
print(json.dumps(getattr(client, operation)(**json.loads(arguments)), default=str))\n";
        self.python(&["-c", SCRIPT, service, operation, &arguments.to_string()]).expect(0).json()
    }

    /// Runs the test bed's Python with the test bed as its AWS.
    pub fn python(&self, args: &[&str]) -> Ran {
        let mut command = Command::new(std::env::var_os("SENTISTACK_TEST_PYTHON").unwrap());
        command.envs(self.process().env.iter().map(|(k, v)| (k, v)));
        support::finish(command.args(args))
    }

    pub fn settings(&self, yaml: &str) -> PathBuf {
        let path = self.path().join("app.yaml");
        std::fs::write(&path, yaml).unwrap();
        path
    }

    pub fn get(&self, path: &str) -> Value {
        self.call("GET", path, "")
    }

    pub fn post(&self, path: &str, body: &Value) -> Value {
        self.call("POST", path, &body.to_string())
    }

    /// What each service still has of a name; an empty object: nothing.
    pub fn left(&self, name: &str) -> Value {
        self.get(&format!("/left?name={name}"))
    }

    pub fn delays(&self, delays: &Value) {
        self.post("/delays", delays);
    }

    pub fn faults(&self, faults: &Value) {
        self.post("/faults", faults);
    }

    /// Takes all faults away.
    pub fn calm(&self) {
        self.delete("/faults");
    }

    pub fn delete(&self, path: &str) {
        self.call("DELETE", path, "");
    }

    /// Moves the clock; gives what fired.
    pub fn advance(&self, seconds: u64) -> Value {
        self.post("/clock", &json!({ "advance_seconds": seconds }))["fired"].clone()
    }

    fn call(&self, method: &str, path: &str, body: &str) -> Value {
        let mut stream = TcpStream::connect(&self.process().control).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: control\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, text) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(" 200"), "{method} {path}: {answer}");
        if !head.to_ascii_lowercase().contains("transfer-encoding: chunked") {
            return serde_json::from_str(text).unwrap();
        }
        serde_json::from_str(&unchunked(text)).unwrap()
    }
}

/// The body of an answer that came in pieces, each with its length in hex before it.
fn unchunked(mut text: &str) -> String {
    let mut out = String::new();
    while let Some((size, rest)) = text.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).unwrap();
        if size == 0 {
            break;
        }
        out.push_str(&rest[..size]);
        text = rest[size..].trim_start_matches("\r\n");
    }
    out
}
