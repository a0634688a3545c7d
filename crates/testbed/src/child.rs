//! Children that cannot outlive this process, and servers that say on their log when they are ready.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{ChildStderr, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::tool::Account;

/// How long a server may take to be ready; crash recovery on a busy machine takes seconds.
const START: Duration = Duration::from_secs(60);
/// How long a server may take to stop before it is killed.
const STOP: Duration = Duration::from_secs(20);

/// The signals sent here, by the name `kill` knows them by.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Signal {
    Int,
    Quit,
    Term,
    Kill,
    Stop,
    Cont,
}

impl Signal {
    fn name(self) -> &'static str {
        match self {
            Signal::Int => "INT",
            Signal::Quit => "QUIT",
            Signal::Term => "TERM",
            Signal::Kill => "KILL",
            Signal::Stop => "STOP",
            Signal::Cont => "CONT",
        }
    }
}

/// A command that receives `on_our_death` when this process dies, however it dies, and that runs in a process
/// group of its own, so that Ctrl-C reaches it only through us.
///
/// `setpriv` replaces itself by the program, so the child's process id is the program's.
pub(crate) fn leashed(program: &OsStr, on_our_death: Signal, account: Option<&Account>) -> Command {
    let mut command = Command::new("setpriv");
    if let Some(account) = account {
        command.arg(format!("--reuid={}", account.uid));
        command.arg(format!("--regid={}", account.gid)).arg("--clear-groups");
    }
    command.arg("--pdeathsig").arg(on_our_death.name()).arg("--").arg(program);
    command.process_group(0).stdin(Stdio::null());
    command
}

/// Sends a signal through `kill`, because the standard library knows only SIGKILL and we forbid unsafe code.
pub(crate) fn signal_all(pids: &[u32], signal: Signal) -> anyhow::Result<()> {
    let output = Command::new("/bin/kill")
        .arg(format!("-{}", signal.name()))
        .args(pids.iter().map(u32::to_string))
        .output()
        .context("cannot run /bin/kill")?;
    if !output.status.success() {
        bail!("kill -{}: {}", signal.name(), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

type Job = (Command, Sender<io::Result<std::process::Child>>);

/// The kernel watches the *thread* that started a child, not the process: a child of a test's own thread would
/// die with that test. This thread lives as long as the process.
static SPAWNER: LazyLock<Sender<Job>> = LazyLock::new(|| {
    let (jobs, inbox) = mpsc::channel::<Job>();
    thread::Builder::new()
        .name("testbed-spawner".into())
        .spawn(move || {
            for (mut command, reply) in inbox {
                // A caller that is gone took its process with it; nobody is left to tell.
                let _ = reply.send(command.spawn());
            }
        })
        .expect("a process can start one thread");
    jobs
});

/// A running program, reaped by a thread of its own as soon as it ends.
#[derive(Clone, Debug)]
pub(crate) struct Child {
    pid: u32,
    exit: Arc<Exit>,
}

#[derive(Debug, Default)]
struct Exit {
    status: Mutex<Option<ExitStatus>>,
    known: Condvar,
}

impl Exit {
    fn status(&self) -> MutexGuard<'_, Option<ExitStatus>> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Child {
    pub(crate) fn spawn(command: Command) -> anyhow::Result<Child> {
        Ok(Child::spawn_with_stderr(command)?.0)
    }

    fn spawn_with_stderr(command: Command) -> anyhow::Result<(Child, Option<ChildStderr>)> {
        let program = format!("{command:?}");
        let (reply, answer) = mpsc::channel();
        SPAWNER.send((command, reply)).context("the spawner thread is gone")?;
        let mut child = answer
            .recv()
            .context("the spawner thread is gone")?
            .with_context(|| format!("cannot start {program} (setpriv comes with util-linux)"))?;
        let (pid, stderr) = (child.id(), child.stderr.take());
        let exit = Arc::new(Exit::default());
        let reaper = Arc::clone(&exit);
        thread::Builder::new().name("testbed-reaper".into()).spawn(move || {
            let status = child.wait().unwrap_or_else(|_| ExitStatus::from_raw(0xff00));
            *reaper.status() = Some(status);
            reaper.known.notify_all();
        })?;
        Ok((Child { pid, exit }, stderr))
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// The exit status, or `None` while the program runs.
    pub(crate) fn status(&self) -> Option<ExitStatus> {
        *self.exit.status()
    }

    /// Signals the program; one that has ended already is left alone, for its id may be another's by now.
    pub(crate) fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        if self.status().is_some() {
            return Ok(());
        }
        let sent = signal_all(&[self.pid], signal);
        if self.status().is_some() { Ok(()) } else { sent }
    }

    /// Waits for the end of the program; `None` when it still runs after `deadline`.
    pub(crate) fn wait(&self, deadline: Duration) -> Option<ExitStatus> {
        let (status, _) = self
            .exit
            .known
            .wait_timeout_while(self.exit.status(), deadline, |status| status.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        *status
    }

    /// Asks with `signal`, waits, and kills what does not listen.
    pub(crate) fn stop(&self, signal: Signal, deadline: Duration) -> anyhow::Result<ExitStatus> {
        self.signal(signal)?;
        if let Some(status) = self.wait(deadline) {
            return Ok(status);
        }
        self.signal(Signal::Kill)?;
        self.wait(STOP).with_context(|| format!("process {} survives SIGKILL", self.pid))
    }
}

/// A server whose standard error is its log, read line by line: readiness is heard, never polled for.
#[derive(Debug)]
pub(crate) struct Daemon {
    child: Child,
    log: Option<JoinHandle<()>>,
}

impl Daemon {
    /// Starts the server and returns once `ready` has accepted a line of its log.
    pub(crate) fn start(
        mut command: Command,
        log_file: &Path,
        ready: impl FnMut(&str) -> bool,
    ) -> anyhow::Result<Daemon> {
        let file = File::options().create(true).append(true).open(log_file)?;
        command.stderr(Stdio::piped());
        let (child, stderr) = Child::spawn_with_stderr(command)?;
        let stderr = stderr.context("standard error was not piped")?;
        let (lines, heard) = mpsc::channel();
        let log = thread::Builder::new()
            .name("testbed-log".into())
            .spawn(move || copy_lines(stderr, file, lines))?;
        let mut daemon = Daemon { child, log: Some(log) };
        if let Err(failure) = wait_until_ready(&heard, ready) {
            daemon.kill9()?;
            return Err(failure);
        }
        Ok(daemon)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.pid()
    }

    /// Stops the server in order.
    pub(crate) fn stop(&mut self, signal: Signal) -> anyhow::Result<()> {
        self.child.stop(signal, STOP)?;
        self.wait_for_descendants();
        Ok(())
    }

    /// `kill -9` of the server and, in the same instant, of its children.
    ///
    /// The server is frozen first, so that it starts no further child between the look and the blow.
    pub(crate) fn kill9(&mut self) -> anyhow::Result<()> {
        if self.child.status().is_none() {
            self.child.signal(Signal::Stop)?;
            let mut pids = vec![self.pid()];
            pids.extend(children_of(self.pid()));
            // A grandchild that ended by itself makes `kill` complain and changes nothing.
            if let Err(error) = signal_all(&pids, Signal::Kill) {
                tracing::debug!(%error, "some of the processes had ended before");
            }
            self.child.wait(STOP).with_context(|| format!("process {} survives SIGKILL", self.pid()))?;
        }
        self.wait_for_descendants();
        Ok(())
    }

    /// The log ends when the last process that holds it has ended. Until then a backend of a killed server may
    /// still be attached to its shared memory, and the next start on the same folder would be refused.
    fn wait_for_descendants(&mut self) {
        if let Some(log) = self.log.take() {
            let _ = log.join();
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if self.log.is_some()
            && let Err(error) = self.kill9()
        {
            tracing::warn!(%error, "a server was left running");
        }
    }
}

fn children_of(pid: u32) -> Vec<u32> {
    let listed = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    listed.split_whitespace().filter_map(|child| child.parse().ok()).collect()
}

fn copy_lines(stderr: ChildStderr, mut file: File, lines: Sender<String>) {
    let mut reader = BufReader::new(stderr);
    let mut listener = Some(lines);
    let mut line = Vec::new();
    while let Ok(1..) = reader.read_until(b'\n', &mut line) {
        // A full disk must not stop the server: it would block on a pipe that nobody empties.
        let _ = file.write_all(&line);
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        listener = listener.filter(|heard| heard.send(text).is_ok());
        line.clear();
    }
}

fn wait_until_ready(heard: &Receiver<String>, mut ready: impl FnMut(&str) -> bool) -> anyhow::Result<()> {
    let deadline = Instant::now() + START;
    let mut said = Vec::new();
    while let Ok(line) = heard.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        if ready(&line) {
            return Ok(());
        }
        said.push(line);
    }
    bail!("the server did not become ready; it said:\n{}", said.join("\n"))
}
