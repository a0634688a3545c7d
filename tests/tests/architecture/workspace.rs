//! The workspace as the tests see it: files with their text, and what cargo knows of the packages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

/// The services that own a database.
pub const SERVICES: [&str; 5] = ["checkout", "membership", "receipt", "reviews", "analytics"];
/// What else the one program can run: clients of the services.
pub const CLIENTS: [&str; 2] = ["portal", "terminal"];
/// No input, no output, no clock, no async.
pub const PURE: [&str; 4] = ["money", "barcode", "fiscal", "caisse-ap"];

/// A file of source code.
pub struct Source {
    /// From the top of the checkout.
    pub path: String,
    pub text: String,
}

impl Source {
    /// The lines that are not comments, with their numbers.
    pub fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(index, line)| (index + 1, line));
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// The lines that are neither comments nor unit tests inside the file.
    pub fn product_code(&self) -> impl Iterator<Item = (usize, &str)> {
        let mut lines = self.code();
        let mut is_product = true;
        std::iter::from_fn(move || {
            while is_product {
                let (number, line) = lines.next()?;
                if line.trim() != "#[cfg(test)]" {
                    return Some((number, line));
                }
                // Tests in a file of their own are declared in one line; tests written here go on to the end of the file.
                let (_, declared) = lines.next()?;
                is_product = declared.trim_end().ends_with(';');
            }
            None
        })
    }

    /// The folder under `crates/`, or `tests`.
    pub fn package(&self) -> &str {
        let mut parts = self.path.split('/');
        match parts.next() {
            Some("crates") => parts.next().unwrap_or_default(),
            Some(other) => other,
            None => "",
        }
    }

    /// The path below `src/`, without `.rs`; none for tests and build scripts.
    pub fn module(&self) -> Option<&str> {
        let (_, below) = self.path.split_once("/src/")?;
        below.strip_suffix(".rs")
    }

    /// Code that only tests use, wherever it lies.
    pub fn is_test(&self) -> bool {
        self.package() == "tests"
            || self.path.split('/').nth(2) == Some("tests")
            || self.module().is_some_and(|module| module.ends_with("tests") || module.contains("tests/"))
    }

    /// In one of the layers of a service: the file `<layer>.rs` or a file below `<layer>/`.
    pub fn is_in(&self, layer: &str) -> bool {
        self.module().is_some_and(|module| module.split('/').next() == Some(layer))
    }
}

/// The top of the checkout.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this package lies one level below the top")
}

pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All Rust files of the workspace.
pub fn sources() -> Vec<Source> {
    let mut files = Vec::new();
    for folder in ["crates", "tests"] {
        collect(&root().join(folder), "rs", &mut files);
    }
    let read = |path: String| Source { text: self::read(&path), path };
    files.into_iter().map(read).collect()
}

/// The Rust files of some packages.
pub fn sources_of(packages: &[&str]) -> Vec<Source> {
    let mut sources = sources();
    sources.retain(|source| packages.contains(&source.package()));
    sources
}

/// The paths of the files with an extension below a folder, from the top of the checkout.
pub fn files(folder: &str, extension: &str) -> Vec<String> {
    let mut files = Vec::new();
    collect(&root().join(folder), extension, &mut files);
    files
}

fn collect(folder: &Path, extension: &str, files: &mut Vec<String>) {
    for path in entries(folder) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "node_modules" && name != "target" {
                collect(&path, extension, files);
            }
        } else if path.extension().is_some_and(|found| found == extension) {
            files.push(path.strip_prefix(root()).expect("the walk begins at the top").display().to_string());
        }
    }
}

/// What lies directly in a folder, sorted; nothing when there is no such folder.
pub fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    entries.sort();
    entries
}

/// A package as `cargo metadata` describes it.
#[derive(Deserialize)]
pub struct Package {
    pub name: String,
    pub manifest_path: PathBuf,
    pub dependencies: Vec<Dependency>,
    pub targets: Vec<Target>,
}

#[derive(Deserialize)]
pub struct Dependency {
    pub name: String,
    /// None for what the product itself needs, otherwise `dev` or `build`.
    pub kind: Option<String>,
}

/// A library, a program, a test program or a build script.
#[derive(Deserialize)]
pub struct Target {
    pub name: String,
    pub kind: Vec<String>,
    pub src_path: PathBuf,
    /// `cargo test` runs it without being told to.
    pub test: bool,
}

/// The packages of the workspace.
pub fn packages() -> Vec<Package> {
    #[derive(Deserialize)]
    struct Workspace {
        packages: Vec<Package>,
    }
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--locked", "--format-version", "1"])
        .current_dir(root())
        .output()
        .expect("cargo runs this test, and can run again");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let workspace: Workspace = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    workspace.packages
}

/// Every place where a line of code is refused, as `path:line: text`.
pub fn offences<'a>(
    sources: impl IntoIterator<Item = &'a Source>,
    is_refused: impl Fn(&str) -> bool,
) -> Vec<String> {
    let mut offences = Vec::new();
    for source in sources {
        for (number, line) in source.product_code().filter(|(_, line)| is_refused(line)) {
            offences.push(format!("{}:{number}: {}", source.path, line.trim()));
        }
    }
    offences
}

/// Fails with the list of what was found.
pub fn assert_none(offences: &[String]) {
    assert!(offences.is_empty(), "\n{}\n", offences.join("\n"));
}
