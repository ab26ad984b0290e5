fn main() {
    let file = std::env::args().nth(1).map(Into::into);
    match tollway::scenario::load(&tollway::scenario::load::Request { file, ..Default::default() }) {
        Ok(l) => println!("ok {} {}", l.scenario.lab.len(), l.changes.len()),
        Err(f) => println!("{f}"),
    }
}
