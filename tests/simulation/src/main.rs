fn main() {
    let first: u64 = std::env::args().nth(1).and_then(|a| a.parse().ok()).unwrap_or(1);
    let count: u64 = std::env::args().nth(2).and_then(|a| a.parse().ok()).unwrap_or(1);
    let mut tally = std::collections::BTreeMap::<&str, u64>::new();
    let mut broken = std::collections::BTreeMap::<String, Vec<u64>>::new();
    std::panic::set_hook(Box::new(|_| {}));
    for seed in first..first + count {
        let ending =
            pgha_simulation::world::live(&pgha_simulation::case::Case::of(seed), count == 1);
        for (k, v) in ending.tally {
            *tally.entry(k).or_default() += v;
        }
        if let Some(b) = ending.broken {
            if count == 1 {
                println!("{}", ending.story.join("\n"));
            }
            let head: String = b.how.lines().take(2).collect::<Vec<_>>().join(" | ");
            if count == 1 {
                println!("{}: {}", b.promise, b.how)
            }
            broken
                .entry(format!("{} :: {}", b.promise, head.chars().take(90).collect::<String>()))
                .or_default()
                .push(seed);
        }
    }
    println!("{tally:#?}");
    let mut b: Vec<_> = broken.into_iter().collect();
    b.sort_by_key(|(_, s)| std::cmp::Reverse(s.len()));
    for (k, s) in b.iter().take(40) {
        println!("{} {k} {:?}", s.len(), &s[..s.len().min(5)]);
    }
}
