//! Runs a program that answers with a short text.

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

/// More than this of an answer is not read.
const ANSWER_BYTES: u64 = 1 << 20;

/// How often a program that is about to end is looked at.
const POLL: Duration = Duration::from_millis(2);

/// What a program answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: ExitStatus,
    pub(crate) output: String,
    pub(crate) errors: String,
}

/// Why a program gave no answer.
#[derive(Debug)]
pub(crate) enum NoAnswer {
    /// It could not be started.
    Start(io::Error),
    /// It did not end in time, and was ended.
    Hung,
}

/// Runs a program to its end, or ends it after `patience`.
pub(crate) fn run_tool(mut command: Command, patience: Duration) -> Result<Answer, NoAnswer> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().map_err(NoAnswer::Start)?;
    let deadline = Instant::now() + patience;
    // Both pipes are emptied by threads, so that the program never waits for a reader.
    let output = collect_text(child.stdout.take()).map_err(NoAnswer::Start)?;
    let errors = collect_text(child.stderr.take()).map_err(NoAnswer::Start)?;
    let Some(status) = wait_until(&mut child, deadline) else {
        end_child(&mut child);
        return Err(NoAnswer::Hung);
    };
    // The program may have started others that keep the pipes open after its end, so this wait is limited too.
    let rest = deadline.saturating_duration_since(Instant::now());
    Ok(Answer {
        status,
        output: output.recv_timeout(rest).unwrap_or_default(),
        errors: errors.recv_timeout(rest).unwrap_or_default(),
    })
}

/// Reads a pipe to its end in a thread.
fn collect_text<P: Read + Send + 'static>(pipe: Option<P>) -> io::Result<Receiver<String>> {
    let (sender, receiver) = mpsc::channel();
    thread::Builder::new().spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What was read before an error is the answer.
            let _ = Read::by_ref(&mut pipe)
                .take(ANSWER_BYTES)
                .read_to_end(&mut bytes);
            let _ = io::copy(&mut pipe, &mut io::sink());
        }
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    })?;
    Ok(receiver)
}

/// Waits for the end of a program; none when it still runs at the deadline.
pub(crate) fn wait_until(child: &mut Child, deadline: Instant) -> Option<ExitStatus> {
    loop {
        // An error means that the program cannot be waited for, which a running program never gives.
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < deadline => thread::sleep(POLL),
            Ok(None) | Err(_) => return None,
        }
    }
}

/// Ends a program and takes it out of the table of processes.
pub(crate) fn end_child(child: &mut Child) {
    // Both fail only when the program has ended already.
    let _ = child.kill();
    let _ = child.wait();
}
