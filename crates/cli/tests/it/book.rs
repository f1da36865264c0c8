//! The book does what it says: its commands run and its recipes are read. Its Rust programs are doctests of the crate `oddframe`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use oddframe::pipeline::{Recipe, Registry, read_regions};

use crate::common::Folder;

/// The street of the pages is replaced by a smaller one, with the frames that it has.
const SMALLER: [(&str, &str); 1] = [(
    "oddframe synth street",
    "oddframe synth street --preset tiny",
)];

/// A block of code: the words after its fence, and its text.
struct Block {
    language: String,
    text: String,
}

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

/// The blocks of a page that stand at the start of a line.
fn blocks_of(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for line in page.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(language), None) => {
                open = Some(Block {
                    language: language.to_owned(),
                    text: String::new(),
                });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some(block)) => block.text.extend([line, "\n"]),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block does not end");
    blocks
}

fn pages_in(folder: &Path) -> Vec<PathBuf> {
    let mut pages = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            pages.extend(pages_in(&path));
        } else if path.extension().is_some_and(|extension| extension == "md") {
            pages.push(path);
        }
    }
    pages.sort();
    pages
}

/// Runs the `sh` blocks of a page as one script in an empty folder that has the examples, and the recipes that the page
/// gives a name.
fn run_page(name: &str) {
    let page = fs::read_to_string(docs().join("book").join(name)).unwrap();
    let blocks = blocks_of(&page);
    let mut script: String = blocks
        .iter()
        .filter(|block| block.language == "sh")
        .map(|block| block.text.as_str())
        .collect();
    assert!(script.contains("oddframe"), "{name} has no command");
    if script.contains("ffmpeg") && Command::new("ffmpeg").arg("-version").output().is_err() {
        println!("skipped: {name}: ffmpeg is not installed");
        return;
    }
    for (street, smaller) in SMALLER {
        script = script.replace(street, smaller);
    }
    let folder = Folder::new();
    let examples = docs().join("../examples");
    fs::create_dir(folder.path("examples")).unwrap();
    for entry in fs::read_dir(examples).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            fs::copy(
                &path,
                Path::new(&folder.path("examples")).join(path.file_name().unwrap()),
            )
            .unwrap();
        }
    }
    // A recipe that a command names as `gate.toml` is the block with `name = "gate"`.
    for block in blocks.iter().filter(|block| block.language == "toml") {
        let named = block
            .text
            .lines()
            .find_map(|line| line.strip_prefix("name = \""));
        if let Some(recipe) = named.and_then(|rest| rest.split('"').next()) {
            folder.write(&format!("{recipe}.toml"), &block.text);
        }
    }
    let program = Path::new(env!("CARGO_BIN_EXE_oddframe")).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script])
        .current_dir(folder.path(""))
        .env("PATH", format!("{}:{path}", program.display()))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{name}: the commands\n{script}\nend with {}:\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn the_commands_of_the_tutorial_run() {
    run_page("tutorial.md");
}

#[test]
fn the_commands_about_own_data_run() {
    run_page("how-to/own-data.md");
}

#[test]
fn the_commands_about_thresholds_run() {
    run_page("how-to/thresholds.md");
}

#[test]
fn the_commands_about_submissions_run() {
    run_page("how-to/kaggle.md");
}

#[test]
fn the_commands_about_fewer_bits_run() {
    run_page("how-to/precision.md");
}

#[test]
fn every_page_with_commands_is_run() {
    let source = include_str!("book.rs");
    for page in pages_in(&docs().join("book")) {
        let text = fs::read_to_string(&page).unwrap();
        if blocks_of(&text).iter().any(|block| block.language == "sh") {
            let name = page
                .strip_prefix(docs().join("book"))
                .unwrap()
                .to_str()
                .unwrap();
            let call = format!("run_page({name:?})");
            assert!(
                source.contains(&call),
                "no test runs the commands of {name}"
            );
        }
    }
}

/// Reads a block of a page as the program would: a recipe, the part of one, or a file of regions.
fn read_block(text: &str, registry: &Registry) -> Result<(), String> {
    if text.contains("[[ignore]]") || text.contains("[[only]]") {
        let folder = Folder::new();
        let path = folder.write("regions.toml", text);
        return read_regions(Path::new(&path))
            .map(drop)
            .map_err(|error| error.to_string());
    }
    let mut recipe = text.to_owned();
    if !text.contains("[[system]]") {
        recipe.push_str("\n[[system]]\nname = \"a\"\nkind = \"frame_difference\"\n");
    }
    // A file of regions that a recipe names is none of this machine.
    let recipe = recipe.replace("file = \"regions.toml\"", "");
    Recipe::parse(&recipe, registry)
        .map(drop)
        .map_err(|error| error.to_string())
}

#[test]
fn every_recipe_in_the_documents_is_read() {
    let registry = Registry::default();
    let mut read = 0;
    for page in pages_in(&docs()) {
        let text = fs::read_to_string(&page).unwrap();
        for block in blocks_of(&text)
            .iter()
            .filter(|block| block.language == "toml")
        {
            let result = read_block(&block.text, &registry);
            assert_eq!(result, Ok(()), "{}:\n{}", page.display(), block.text);
            read += 1;
        }
    }
    assert!(read >= 6, "{read}");
}

#[test]
fn rust_programs_of_the_book_are_doctests() {
    let doctests = docs().join("../crates/oddframe/src/lib.rs");
    let doctests = fs::read_to_string(doctests).unwrap();
    for page in pages_in(&docs().join("book")) {
        let text = fs::read_to_string(&page).unwrap();
        if blocks_of(&text)
            .iter()
            .any(|block| block.language == "rust")
        {
            let name = page.strip_prefix(docs()).unwrap().to_str().unwrap();
            assert!(
                doctests.contains(name),
                "crates/oddframe/src/lib.rs does not include {name}"
            );
        }
    }
}

#[test]
fn every_page_is_in_the_table_of_contents() {
    let contents = fs::read_to_string(docs().join("SUMMARY.md")).unwrap();
    for page in pages_in(&docs()) {
        let name = page.strip_prefix(docs()).unwrap().to_str().unwrap();
        assert!(
            name == "SUMMARY.md" || contents.contains(&format!("({name})")),
            "docs/SUMMARY.md does not list {name}"
        );
    }
}
