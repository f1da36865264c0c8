//! A browser, driven over the WebDriver protocol: JSON in HTTP requests to the program chromedriver.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

/// No step takes nearly as long.
const TIMEOUT: Duration = Duration::from_mins(1);

/// The key that WebDriver calls arrow right, and others.
pub(crate) const ARROW_RIGHT: char = '\u{e014}';
pub(crate) const ARROW_LEFT: char = '\u{e012}';
pub(crate) const HOME: char = '\u{e011}';
pub(crate) const END: char = '\u{e010}';

/// A running browser. It ends when it is dropped.
pub(crate) struct Browser {
    driver: Child,
    port: u16,
    session: String,
    /// The profile of the browser.
    profile: tempfile::TempDir,
}

/// The first of some programs that is installed.
fn find_program(names: &[&str]) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&folders).collect();
    let mut paths = names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    paths.find(|path| path.is_file())
}

impl Browser {
    /// Starts a browser; none where Chromium or its driver is not installed.
    pub(crate) fn start() -> Option<Self> {
        let browser = find_program(&["chromium", "chromium-browser", "google-chrome"])?;
        let driver = find_program(&["chromedriver"])?;
        // Port 0 asks the system for a free one, which the program prints.
        let mut driver = Command::new(driver)
            .args(["--port=0", "--log-level=SEVERE"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts");
        let mut lines = BufReader::new(driver.stdout.take().expect("its output is piped")).lines();
        let port = loop {
            let line = lines
                .next()
                .expect("it names its port")
                .expect("it is text");
            let digits = line.trim_end_matches('.').rsplit(' ').next();
            if let Some(Ok(port)) = digits.map(str::parse)
                && line.contains("started successfully on port")
            {
                break port;
            }
        };
        // Its further output is read, so that a full pipe never stops it.
        std::thread::spawn(move || lines.for_each(drop));
        let profile = tempfile::tempdir().expect("a folder for the profile");
        let mut started = Self {
            driver,
            port,
            session: String::new(),
            profile,
        };
        let data = format!("--user-data-dir={}", started.profile.path().display());
        let options = json!({
            "binary": browser,
            "args": [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--disable-dev-shm-usage", "--window-size=1200,900", data,
            ],
        });
        let capabilities = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": { "browser": "ALL" },
        } } });
        let session = started.request("POST", "/session", &capabilities);
        let id = session["sessionId"].as_str().expect("a session");
        id.clone_into(&mut started.session);
        Some(started)
    }

    /// Opens a file.
    pub(crate) fn open(&self, path: &Path) {
        let url = format!("file://{}", path.display());
        self.command("POST", "/url", &json!({ "url": url }));
    }

    /// Runs the body of a function in the page and returns its value.
    pub(crate) fn run_script(&self, script: &str) -> Value {
        self.command(
            "POST",
            "/execute/sync",
            &json!({ "script": script, "args": [] }),
        )
    }

    /// Moves a pointer of this type, `mouse` or `touch`, to a place in the window; a finger also touches it.
    pub(crate) fn point_at(&self, pointer: &str, x: i64, y: i64) {
        let mut actions = vec![json!({ "type": "pointerMove", "duration": 0, "x": x, "y": y })];
        if pointer == "touch" {
            actions.push(json!({ "type": "pointerDown", "button": 0 }));
            actions.push(json!({ "type": "pointerUp", "button": 0 }));
        }
        let source = json!({
            "type": "pointer", "id": pointer, "parameters": { "pointerType": pointer }, "actions": actions,
        });
        self.command("POST", "/actions", &json!({ "actions": [source] }));
    }

    /// Presses keys, one after the other.
    pub(crate) fn press(&self, keys: &[char]) {
        let actions: Vec<Value> = keys
            .iter()
            .flat_map(|key| {
                ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key.to_string() }))
            })
            .collect();
        let source = json!({ "type": "key", "id": "keyboard", "actions": actions });
        self.command("POST", "/actions", &json!({ "actions": [source] }));
    }

    /// Sends a command of the DevTools protocol.
    pub(crate) fn devtools(&self, name: &str, parameters: &Value) {
        self.command(
            "POST",
            "/goog/cdp/execute",
            &json!({ "cmd": name, "params": parameters }),
        );
    }

    /// What the console of the page holds, errors and warnings.
    pub(crate) fn console(&self) -> Vec<Value> {
        let log = self.command("POST", "/se/log", &json!({ "type": "browser" }));
        log.as_array().cloned().unwrap_or_default()
    }

    /// Prints the page: a PDF file in Base64.
    pub(crate) fn print(&self) -> String {
        let pdf = self.command("POST", "/print", &json!({}));
        pdf.as_str().expect("a file").to_owned()
    }

    fn command(&self, method: &str, path: &str, body: &Value) -> Value {
        self.request(method, &format!("/session/{}{path}", self.session), body)
    }

    fn request(&self, method: &str, path: &str, body: &Value) -> Value {
        let mut stream =
            TcpStream::connect(("127.0.0.1", self.port)).expect("chromedriver listens");
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        let body = body.to_string();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut reader = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).expect("an answer in time");
            let line = line.trim_end().to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line.is_empty() {
                break;
            }
        }
        let mut answer = vec![0; length];
        reader.read_exact(&mut answer).expect("the whole answer");
        let mut answer: Value = serde_json::from_slice(&answer).expect("JSON");
        let value = answer["value"].take();
        assert!(value["error"].is_null(), "{method} {path}: {value}");
        value
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() && !std::thread::panicking() {
            self.command("DELETE", "", &json!({}));
        }
        // After a panic the browser may not answer: its driver ends it.
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
