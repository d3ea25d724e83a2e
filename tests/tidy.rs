//! What holds for the text of the project: the floors, the sizes, the doors, the paths that pages name.
//!
//! Leaves out: what the compiler and clippy check.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The tests that watch the text name what they watch for in pieces, so as not to find themselves.
fn word(pieces: &[&str]) -> String {
    pieces.concat()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every Rust file below `folder`.
fn sources(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder is there") {
            let path = entry.expect("the entry can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    assert!(!found.is_empty(), "{folder} has no sources");
    found.sort();
    found
}

fn name(path: &Path) -> String {
    path.strip_prefix(root())
        .expect("a path of this tree")
        .display()
        .to_string()
}

/// A line without its comment; good enough for code that keeps `//` out of its strings.
fn code(line: &str) -> &str {
    line.split("//").next().unwrap_or_default()
}

/// The floor of each entry of `runtime/`, from the table in `docs/architecture.md`.
fn floors() -> BTreeMap<String, u32> {
    let page = read(&root().join("docs/architecture.md"));
    let rows = page.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.split('|').map(str::trim);
        let floor = cells.next()?.parse().ok()?;
        Some((cells.next()?.trim_matches('`').to_owned(), floor))
    });
    rows.collect()
}

/// The entry of `runtime/` that a source belongs to.
fn entry(path: &Path) -> String {
    let inside = path
        .strip_prefix(root().join("runtime"))
        .expect("a source of the runtime");
    let first = inside.components().next().expect("a file name").as_os_str();
    first.to_string_lossy().trim_end_matches(".rs").to_owned()
}

#[test]
fn a_module_uses_its_own_floor_and_those_below() {
    let floors = floors();
    let mut checked = 0;
    for path in sources("runtime") {
        let from = entry(&path);
        if from == "lib" {
            continue;
        }
        let floor = floors
            .get(&from)
            .unwrap_or_else(|| panic!("{from} has no floor"));
        for (number, line) in read(&path).lines().enumerate() {
            for used in code(line).split("crate::").skip(1) {
                let end = used.find(|c: char| !c.is_alphanumeric() && c != '_');
                let used = &used[..end.unwrap_or(used.len())];
                let Some(below) = floors.get(used) else {
                    continue;
                };
                checked += 1;
                let place = format!("{}:{}", name(&path), number + 1);
                assert!(
                    below <= floor,
                    "{place}: {from} (floor {floor}) uses {used} (floor {below})"
                );
            }
        }
    }
    assert!(
        checked > 100,
        "the test sees only {checked} uses: it has lost its eyes"
    );
}

#[test]
fn every_entry_of_the_runtime_has_a_floor_and_every_floor_an_entry() {
    let floors = floors();
    let mut entries: Vec<_> = sources("runtime").iter().map(|path| entry(path)).collect();
    entries.dedup();
    let known: Vec<_> = floors.keys().cloned().collect();
    entries.sort();
    assert_eq!(entries, known);
}

#[test]
fn every_source_opens_with_a_promise() {
    for path in ["runtime", "tests", "examples", "benches"]
        .iter()
        .flat_map(|f| sources(f))
    {
        let first = read(&path).lines().next().unwrap_or_default().to_owned();
        let opens = first.starts_with("//!") || first.starts_with("#![doc");
        assert!(opens, "{} opens with {first:?}", name(&path));
    }
}

#[test]
fn no_file_of_the_runtime_is_longer_than_400_lines_and_no_line_than_100() {
    for path in sources("runtime") {
        let text = read(&path);
        assert!(text.lines().count() <= 400, "{} is too long", name(&path));
        for (number, line) in text.lines().enumerate() {
            let table = line.trim_start().starts_with("//! |");
            let long = line.chars().count() > 100 && !table;
            assert!(!long, "{}:{} is too long", name(&path), number + 1);
        }
    }
}

#[test]
fn no_function_is_longer_than_60_lines() {
    for path in ["runtime", "examples", "tests", "benches"]
        .iter()
        .flat_map(|f| sources(f))
    {
        let text = read(&path);
        let mut open: Option<(usize, usize)> = None;
        for (number, line) in text.lines().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let heads = [
                "fn ",
                "pub fn ",
                "pub(crate) fn ",
                "pub(super) fn ",
                "async fn ",
            ];
            if open.is_none() && heads.iter().any(|head| line.trim_start().starts_with(head)) {
                open = Some((number, indent));
            }
            if let Some((start, at)) = open {
                if indent == at && (line.trim() == "}" || line.trim_end().ends_with(" }")) {
                    let length = number - start + 1;
                    assert!(
                        length <= 60,
                        "{}:{}: {length} lines",
                        name(&path),
                        start + 1
                    );
                    open = None;
                } else if indent == at && line.trim_end().ends_with(';') {
                    open = None;
                }
            }
        }
    }
}

#[test]
fn threads_atomics_and_the_clock_come_through_the_door() {
    // `harness` and `signal` say in their promises why they use std's own.
    let free = ["sync", "sync_loom", "sys", "signal", "harness"];
    let doors = [
        word(&["std::", "sync"]),
        word(&["std::", "thread"]),
        word(&["loom", "::"]),
        word(&["Instant::", "now()"]),
        word(&[".elapsed", "()"]),
    ];
    for path in sources("runtime")
        .iter()
        .filter(|path| !free.contains(&&*entry(path)))
    {
        for (number, line) in read(path).lines().enumerate() {
            // A panic's payload as std names it; nothing is shared by it.
            let line = code(line).replace("std::thread::Result", "");
            let past = doors.iter().any(|door| line.contains(door.as_str()));
            assert!(!past, "{}:{}: {line}", name(path), number + 1);
        }
    }
}

#[test]
fn unsafe_code_stands_in_task_and_sys_only() {
    let unsafe_word = word(&["un", "safe"]);
    let free = ["task", "sys"];
    for path in sources("runtime")
        .iter()
        .filter(|path| !free.contains(&&*entry(path)))
    {
        for line in read(path).lines() {
            let found = code(line).split(|c: char| !c.is_alphanumeric() && c != '_');
            assert!(
                !found.into_iter().any(|w| w == unsafe_word),
                "{}: {line}",
                name(path)
            );
        }
    }
}

#[test]
fn no_test_sleeps_or_is_left_out() {
    let banned = [
        word(&["thread::", "sleep"]),
        word(&["#[", "ignore"]),
        word(&["to", "do!("]),
    ];
    for path in sources("tests") {
        let text = read(&path);
        for banned in &banned {
            assert!(
                !text.contains(banned.as_str()),
                "{} contains {banned}",
                name(&path)
            );
        }
    }
}

#[test]
fn every_path_that_a_page_names_exists() {
    let mut named = 0;
    let pages = [
        "README.md",
        "docs/architecture.md",
        "docs/benchmarks.md",
        "docs/contract.md",
    ];
    for page in pages {
        for quoted in read(&root().join(page)).split('`').skip(1).step_by(2) {
            let folders = [
                "runtime/",
                "examples/",
                "tests/",
                "benches/",
                "docs/",
                ".ci/",
            ];
            if folders.iter().any(|folder| quoted.starts_with(folder)) && !quoted.contains(' ') {
                named += 1;
                assert!(root().join(quoted).exists(), "{page} names {quoted}");
            }
        }
    }
    assert!(
        named > 20,
        "the test sees only {named} paths: it has lost its eyes"
    );
}

#[test]
fn the_changelog_knows_the_present_version() {
    let heading = format!("## {}", env!("CARGO_PKG_VERSION"));
    assert!(
        read(&root().join("CHANGELOG.md"))
            .lines()
            .any(|line| line == heading)
    );
}

/// A row's ID, such as `CA-9`, at the beginning of a text that goes on with `after`.
fn row_id(text: &str, after: &str) -> Option<(String, u32)> {
    let (id, _) = text.split_once(after)?;
    let (theme, number) = id.split_once('-')?;
    let is_theme = theme.len() == 2 && theme.bytes().all(|byte| byte.is_ascii_uppercase());
    Some((theme.to_owned(), number.parse().ok().filter(|_| is_theme)?))
}

/// The marks of rows that do not hold everywhere, and what a test calls to say so: see the first
/// part of the contract's page.
const MARKS: [(char, &str); 2] = [('¹', "holds_in_order"), ('²', "on_one_loop")];

/// The IDs of the page's rows, in order, each with its marks.
fn rows_of(page: &str) -> Vec<((String, u32), String)> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| "));
    let marked = rows.filter_map(|row| {
        let (cell, _) = row.split_once(" |")?;
        let id = cell.trim_end_matches(|c| MARKS.iter().any(|(mark, _)| *mark == c));
        let marks = cell[id.len()..].to_owned();
        Some((row_id(&format!("{} |", id.trim_end()), " |")?, marks))
    });
    marked.collect()
}

/// The IDs of the page's `**XX-n**` lines; whether a `compile_fail` block stands below each.
fn blocks_of(page: &str) -> Vec<((String, u32), bool)> {
    let mut blocks: Vec<((String, u32), bool)> = Vec::new();
    for line in page.lines() {
        if let Some(id) = line.strip_prefix("**").and_then(|id| row_id(id, "**")) {
            blocks.push((id, false));
        } else if line.starts_with("```") && line.contains("compile_fail") {
            if let Some((_, is_there)) = blocks.last_mut() {
                *is_there = true;
            }
        }
    }
    blocks
}

/// The IDs in the names of a source's tests, `fn ca_09_…` is of `CA-9`, each with the marks that
/// its test asks for.
fn tested_rows(source: &str) -> Vec<((String, u32), String)> {
    let tests = source.split("#[test]\nfn ").skip(1);
    let rows = tests.filter_map(|test| {
        let id = test.get(..6)?.to_uppercase();
        let id = row_id(&id.replacen('_', "-", 1), "_")?;
        let body = test.split("\n}").next().unwrap_or_default();
        let asked = MARKS.iter().filter(|(_, call)| body.contains(call));
        Some((id, asked.map(|(mark, _)| mark).collect()))
    });
    rows.collect()
}

/// The marks that all tests of a row ask for.
fn marks_of(tested: &[((String, u32), String)], row: &(String, u32)) -> String {
    let tests = tested.iter().filter(|(id, _)| id == row);
    let asked: String = tests.map(|(_, marks)| marks.as_str()).collect();
    let marks = MARKS.iter().map(|(mark, _)| *mark);
    marks.filter(|mark| asked.contains(*mark)).collect()
}

/// What the contract's page and its tests do not agree about.
fn disagreements(page: &str, tested: &[((String, u32), String)]) -> Vec<String> {
    let (marked, blocks) = (rows_of(page), blocks_of(page));
    let mut found = Vec::new();
    for (row, marks) in &marked {
        let asked = marks_of(tested, row);
        if *marks != asked {
            let (theme, number) = row;
            found.push(format!(
                "{theme}-{number} is marked {marks:?}, its tests say {asked:?}"
            ));
        }
    }
    let ids = |marked: &[((String, u32), String)]| marked.iter().map(|row| row.0.clone()).collect();
    let (rows, tested): (Vec<_>, Vec<_>) = (ids(&marked), ids(tested));
    for (index, row) in rows.iter().enumerate() {
        if rows[..index].contains(row) {
            found.push(format!("{}-{} has two rows", row.0, row.1));
        }
        if !tested.contains(row) && !blocks.iter().any(|(id, _)| id == row) {
            found.push(format!("{}-{} has no test", row.0, row.1));
        }
    }
    let without_rows = tested.iter().chain(blocks.iter().map(|(id, _)| id));
    for id in without_rows.filter(|id| !rows.contains(id)) {
        found.push(format!("{}-{} has no row", id.0, id.1));
    }
    for (id, _) in blocks.iter().filter(|(_, is_there)| !is_there) {
        found.push(format!("{}-{} has no compile_fail block", id.0, id.1));
    }
    found
}

#[test]
fn every_row_of_the_contract_has_a_test_and_every_test_its_row() {
    let page = read(&root().join("docs/contract.md"));
    let tested = sources("tests/contract")
        .iter()
        .flat_map(|path| tested_rows(&read(path)))
        .collect::<Vec<_>>();
    let found = disagreements(&page, &tested);
    assert!(found.is_empty(), "{}", found.join("\n"));
    let rows = rows_of(&page).len();
    assert!(
        rows >= 70,
        "the test sees only {rows} rows: it has lost its eyes"
    );
}

#[test]
fn what_a_contract_and_its_tests_disagree_about_is_found() {
    let page = "| ID | rule |\n|---|---|\n| SP-1 | a |\n| CA-10 ¹² | b |\n| TG-2 | c |\n\n\
        **TG-2**, which does not compile:\n\n```compile_fail\nwrong();\n```\n";
    let tests = "#[test]\nfn sp_01_a() {\n}\n\n#[test]\nfn ca_10_b() {\n    holds_in_order(\n\
        \u{20}   on_one_loop(\n}\n\nfn wf_03_helps() {\n    on_one_loop(\n}\n\
        #[test]\nfn many_wakes_are_one_poll() {}\n";
    let tested = tested_rows(tests);
    let (first, second) = (("SP".to_owned(), 1), ("CA".to_owned(), 10));
    assert_eq!(tested, [(first, String::new()), (second, "¹²".to_owned())]);
    assert_eq!(disagreements(page, &tested), [""; 0]);
    let cases = [
        (
            "| CA-10 ¹²",
            "| CA-11",
            "CA-11 has no test, CA-10 has no row",
        ),
        (
            "| CA-10 ¹²",
            "| CA-10 ²",
            "CA-10 is marked \"²\", its tests say \"¹²\"",
        ),
        (
            "| SP-1",
            "| SP-1 ¹",
            "SP-1 is marked \"¹\", its tests say \"\"",
        ),
        (
            "| CA-10 ¹²",
            "| SP-1",
            "SP-1 has two rows, CA-10 has no row",
        ),
        ("| TG-2 | c |\n", "", "TG-2 has no row"),
        ("**TG-2**", "**TG-3**", "TG-2 has no test, TG-3 has no row"),
        ("**TG-2**", "TG-2", "TG-2 has no test"),
        ("```compile_fail", "```", "TG-2 has no compile_fail block"),
    ];
    for (good, bad, expected) in cases {
        let found = disagreements(&page.replacen(good, bad, 1), &tested);
        assert_eq!(found.join(", "), expected);
    }
}
