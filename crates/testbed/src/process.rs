//! A program of ours under test: started, killed and started again with the same command line.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::Duration;

use anyhow::Context;

use crate::child::{Child, Signal, leashed};
use crate::off_the_runtime;

/// How long a program that was killed may take to be gone.
const GONE: Duration = Duration::from_secs(20);

/// A running program that dies with this process, with its output in a file.
#[derive(Debug)]
pub struct Process {
    blueprint: Blueprint,
    child: Child,
}

/// All that is needed to start the same program again.
#[derive(Debug)]
struct Blueprint {
    program: OsString,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, Option<OsString>)>,
    directory: Option<PathBuf>,
    log: PathBuf,
}

impl Process {
    /// Starts the program of `command`, with its arguments, working directory and changes to the environment, and
    /// appends what it prints to `log`. Pipes and `env_clear` of the command are not carried over.
    ///
    /// # Errors
    /// When the program cannot be started or the log cannot be written.
    pub fn spawn(command: &Command, log: impl Into<PathBuf>) -> anyhow::Result<Process> {
        let blueprint = Blueprint {
            program: command.get_program().to_owned(),
            arguments: command.get_args().map(ToOwned::to_owned).collect(),
            environment: command
                .get_envs()
                .map(|(name, value)| (name.to_owned(), value.map(ToOwned::to_owned)))
                .collect(),
            directory: command.get_current_dir().map(Path::to_owned),
            log: log.into(),
        };
        let child = blueprint.start()?;
        Ok(Process { blueprint, child })
    }

    /// The process id of the program's latest run.
    pub fn pid(&self) -> u32 {
        self.child.pid()
    }

    /// Where the program's output goes.
    pub fn log(&self) -> &Path {
        &self.blueprint.log
    }

    /// How the program ended, or `None` while it runs.
    pub fn status(&self) -> Option<ExitStatus> {
        self.child.status()
    }

    /// `kill -9`, and the program is gone when this returns. Its own children are not touched.
    ///
    /// # Errors
    /// When the program survives.
    pub async fn kill9(&self) -> anyhow::Result<ExitStatus> {
        let child = self.child.clone();
        off_the_runtime(move || child.stop(Signal::Kill, GONE)).await
    }

    /// Asks the program to end (SIGTERM) and kills it if it has not after `deadline`.
    ///
    /// # Errors
    /// When the program survives even that.
    pub async fn terminate(&self, deadline: Duration) -> anyhow::Result<ExitStatus> {
        let child = self.child.clone();
        off_the_runtime(move || child.stop(Signal::Term, deadline)).await
    }

    /// Waits for the program to end by itself.
    ///
    /// # Errors
    /// When it still runs after `deadline`.
    pub async fn wait(&self, deadline: Duration) -> anyhow::Result<ExitStatus> {
        let child = self.child.clone();
        let program = self.blueprint.program.clone();
        off_the_runtime(move || {
            child
                .wait(deadline)
                .with_context(|| format!("{} still runs after {deadline:?}", program.display()))
        })
        .await
    }

    /// Starts the program again as it was, after killing it if it runs.
    ///
    /// # Errors
    /// When the program survives or cannot be started.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        self.kill9().await?;
        self.child = self.blueprint.start()?;
        Ok(())
    }

    /// Freezes the program (SIGSTOP): it is alive and silent, the failure that time-outs are for.
    ///
    /// # Errors
    /// When the signal cannot be sent.
    pub fn freeze(&self) -> anyhow::Result<()> {
        self.child.signal(Signal::Stop)
    }

    /// Lets a frozen program go on (SIGCONT).
    ///
    /// # Errors
    /// When the signal cannot be sent.
    pub fn thaw(&self) -> anyhow::Result<()> {
        self.child.signal(Signal::Cont)
    }
}

impl Blueprint {
    fn start(&self) -> anyhow::Result<Child> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(&self.log)
            .with_context(|| format!("cannot write {}", self.log.display()))?;
        let mut command = leashed(&self.program, Signal::Term, None);
        command.args(&self.arguments).stdout(log.try_clone()?).stderr(log);
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        for (name, value) in &self.environment {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        Child::spawn(command)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Err(error) = self.child.stop(Signal::Kill, GONE) {
            tracing::warn!(%error, program = %self.blueprint.program.display(), "a program was left running");
        }
    }
}
