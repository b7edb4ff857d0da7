//! A moto server of one's own, on a free loopback port, for as long as a test runs.

use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use crate::root;

/// A running emulator; it ends with the value.
pub struct Emulator {
    process: Child,
    port: u16,
}

impl Emulator {
    /// Starts an emulator that shows each transitional status for so many looks.
    ///
    /// The first start on a machine installs it, which takes a minute.
    pub fn start(polls: u32) -> Self {
        let port = free_port();
        let script = root().join("tests/emulator/start");
        let log = std::fs::File::create(std::env::temp_dir().join(format!("pgha-emulator-{port}.log")))
            .expect("the temporary folder is writable");
        let errors = log.try_clone().expect("a file handle can be doubled");
        let process = Command::new(script)
            .arg(port.to_string())
            .env("PGHA_POLLS", polls.to_string())
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .expect("tests/emulator/start runs");
        let mut emulator = Self { process, port };
        emulator.wait();
        emulator
    }

    /// Where it listens; always a loopback address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn wait(&mut self) {
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(300) {
            if answers(self.port) {
                return;
            }
            if let Ok(Some(status)) = self.process.try_wait() {
                panic!("the emulator ended with {status}: see pgha-emulator-{}.log in the temporary folder", self.port);
            }
            // The process is another one: there is nothing but time to wait for.
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("the emulator did not answer within five minutes");
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // Nothing is left to do if it ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    listener.local_addr().expect("a bound listener has an address").port()
}

fn answers(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    let request = "GET /moto-api/ HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n";
    let mut answer = [0; 12];
    stream.set_read_timeout(Some(Duration::from_secs(5))).is_ok()
        && stream.write_all(request.as_bytes()).is_ok()
        && stream.read_exact(&mut answer).is_ok()
        && answer.starts_with(b"HTTP/")
}
