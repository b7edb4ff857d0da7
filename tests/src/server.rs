//! A server process of one's own, on a free loopback port, for as long as a test runs.

use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

/// A running server; it ends with the value.
pub struct Server {
    process: Child,
    port: u16,
    log: String,
}

impl Server {
    /// Starts the command for a free port, and waits until the server answers at `path`.
    pub fn start(name: &str, command: impl FnOnce(u16) -> Command, path: &str) -> Self {
        let port = free_port();
        let log = format!("pgha-{name}-{port}.log");
        let file = std::fs::File::create(std::env::temp_dir().join(&log))
            .expect("the temporary folder is writable");
        let errors = file.try_clone().expect("a file handle can be doubled");
        let process = command(port)
            // The server ends when this pipe does, however this process ends.
            .stdin(Stdio::piped())
            .stdout(file)
            .stderr(errors)
            .spawn()
            .expect("the scripts of tests/emulator run");
        let mut server = Self { process, port, log };
        server.wait(path);
        server
    }

    /// Where it listens; always a loopback address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The body of an answer, which must be a success.
    #[track_caller]
    pub fn ask(&self, method: &str, path: &str, body: &str) -> String {
        let answer = exchange(self.port, method, path, body).expect("the server answers");
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer has a head");
        let status = head.split(' ').nth(1).unwrap_or_default();
        assert!(status.starts_with('2'), "{method} {path}: {answer}");
        body.to_string()
    }

    fn wait(&mut self, path: &str) {
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(300) {
            if exchange(self.port, "GET", path, "").is_ok_and(|text| text.starts_with("HTTP/")) {
                return;
            }
            if let Ok(Some(status)) = self.process.try_wait() {
                panic!("it ended with {status}: see {} in the temporary folder", self.log);
            }
            // The process is another one: there is nothing but time to wait for.
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("no answer within five minutes: see {} in the temporary folder", self.log);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing is left to do if it ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A port where nobody listens.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    listener.local_addr().expect("a bound listener has an address").port()
}

/// One request and the whole answer. HTTP/1.0: the answer ends with the connection.
fn exchange(port: u16, method: &str, path: &str, body: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all((head + body).as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
