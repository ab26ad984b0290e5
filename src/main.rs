fn main() {
    let file = std::env::args().nth(1).map(Into::into);
    let n: u32 = std::env::args().nth(2).and_then(|a| a.parse().ok()).unwrap_or(1);
    let l = match tollway::scenario::load(&tollway::scenario::Request { file, ..Default::default() }) {
        Ok(l) => l,
        Err(f) => { println!("{f}"); return; }
    };
    let sim = tollway::simulation::Simulation::new(&l.scenario, tollway::scenario::check::correlation_factors(&l.scenario, &l.tree, &mut vec![]));
    let t = std::time::Instant::now();
    for r in 0..n {
        let p = match sim.run(r) { Ok(p)=>p, Err(e)=>{println!("{e}"); return;} };
        if r == 0 || r + 1 == n {
            for tab in &p.tables {
                println!("== {}", tab.name);
                for (mi, m) in tab.measures.iter().enumerate() {
                    if m.name.starts_with("price_index") && !m.name.contains("coding") {continue;}
                    print!("{:28}", m.name);
                    for e in 0..tab.entities.len() {
                        print!(" [");
                        for mo in [0, 11, 23, 35] { print!("{:.3e} ", tab.values[(mo*tab.entities.len()+e)*tab.measures.len()+mi]); }
                        print!("]");
                    }
                    println!();
                }
            }
            println!("{} decisions {} handled {:?}", p.decisions, p.handled, t.elapsed());
        }
    }
    println!("{:?}", t.elapsed());
}
