//! What ffmpeg reports while it decodes.

use std::io::{BufRead, BufReader, Read};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{io, thread};

/// Longer lines are cut.
const LINE_BYTES: u64 = 400;

/// Collects the error messages of a program in a thread, so that it never waits for a reader.
#[derive(Debug)]
pub(crate) struct Log {
    shared: Arc<Mutex<Reported>>,
    ended: Receiver<()>,
}

/// The number of messages, and the first of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reported {
    pub(crate) count: u64,
    pub(crate) first: String,
    /// The last message, which says why a program ended.
    pub(crate) last: String,
}

impl Log {
    pub(crate) fn collect<P: Read + Send + 'static>(pipe: P) -> io::Result<Self> {
        let shared = Arc::<Mutex<Reported>>::default();
        let (sender, ended) = mpsc::channel();
        let target = Arc::clone(&shared);
        thread::Builder::new().spawn(move || {
            read_lines(pipe, &target);
            let _ = sender.send(());
        })?;
        Ok(Self { shared, ended })
    }

    /// What was reported; waits a moment for the last words of a program that has ended.
    pub(crate) fn reported(&self) -> Reported {
        // After the first call nothing is sent any more, and this returns at once.
        let _ = self.ended.recv_timeout(Duration::from_secs(1));
        self.shared
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Reported {
    /// The messages for an error: the first one, and the last one where it is another.
    pub(crate) fn summary(&self) -> String {
        match (self.first.as_str(), self.last.as_str()) {
            ("", _) => "it reported nothing".to_owned(),
            (first, last) if first == last => first.to_owned(),
            (first, last) => format!("{first} (finally: {last})"),
        }
    }

    fn add(&mut self, line: &str) {
        let line = plain_message(line);
        if line.is_empty() {
            return;
        }
        self.count += 1;
        if self.first.is_empty() {
            line.clone_into(&mut self.first);
        }
        line.clone_into(&mut self.last);
    }
}

fn read_lines<P: Read>(pipe: P, target: &Mutex<Reported>) {
    let mut pipe = BufReader::new(pipe);
    let mut line = Vec::new();
    loop {
        line.clear();
        // A longer line counts as several messages; no program writes one endlessly into our memory.
        match Read::by_ref(&mut pipe)
            .take(LINE_BYTES)
            .read_until(b'\n', &mut line)
        {
            Ok(0) | Err(_) => return,
            Ok(_) => target
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .add(&String::from_utf8_lossy(&line)),
        }
    }
}

/// A message without the address of the component: `[h264 @ 0x55d] [error] no frame!` is `h264: no frame!`.
pub(crate) fn plain_message(line: &str) -> String {
    let mut rest = line.trim();
    let mut component = "";
    while let Some((tag, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        match tag.split_once(" @ ") {
            Some((name, _)) => component = name,
            None if matches!(tag, "error" | "fatal" | "panic") => {}
            None => break,
        }
        rest = after.trim_start();
    }
    if component.is_empty() || rest.is_empty() {
        rest.to_owned()
    } else {
        format!("{component}: {rest}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_lose_addresses_and_levels() {
        for (line, plain) in [
            ("[h264 @ 0x55d2] [error] no frame!\n", "h264: no frame!"),
            ("[error] x.mp4: Invalid data", "x.mp4: Invalid data"),
            ("[mov,mp4 @ 0x1] [fatal] [0] bad", "mov,mp4: [0] bad"),
            ("sh: 1: not found", "sh: 1: not found"),
            ("  ", ""),
            ("[error", "[error"),
        ] {
            assert_eq!(plain_message(line), plain);
        }
    }

    #[test]
    fn lines_are_counted_and_long_ones_cut() {
        let text = format!("a\n\n{}\nb\n", "x".repeat(700));
        let log = Log::collect(io::Cursor::new(text.into_bytes())).unwrap();
        let reported = log.reported();
        assert_eq!(
            (
                reported.count,
                reported.first.as_str(),
                reported.last.as_str()
            ),
            (4, "a", "b")
        );
        assert_eq!(reported.summary(), "a (finally: b)");
    }
}
