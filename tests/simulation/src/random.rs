//! Numbers that only look random: the same on every machine, for every seed.

/// A stream of numbers (xorshift64*, Vigna 2016).
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Self {
        Self(mix(seed) | 1)
    }

    /// The next number, below 2⁵³.
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11
    }

    /// A number below a limit; 0 if the limit is 0.
    pub fn below(&mut self, limit: usize) -> usize {
        remainder(self.next(), limit)
    }

    /// True in so many of a hundred cases.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of the items, of which there is at least one.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

/// Numbers by name: a question that is asked twice has one answer, and another question in
/// between does not change it. So two specs can differ in a few answers and agree in the rest.
#[derive(Debug, Clone)]
pub struct Dice {
    seed: u64,
    /// A second opinion, and how many questions of a hundred it answers.
    second: Option<(u64, usize)>,
}

impl Dice {
    /// The answers of a seed.
    pub fn new(seed: u64) -> Self {
        Self { seed, second: None }
    }

    /// The same answers, but for so many of a hundred.
    pub fn but_for(&self, percent: usize, seed: u64) -> Self {
        Self { seed: self.seed, second: Some((seed, percent)) }
    }

    /// A number below a limit.
    pub fn roll(&self, name: &str, limit: usize) -> usize {
        let answer = |seed: u64| name.bytes().fold(mix(seed), |sum, b| mix(sum ^ u64::from(b)));
        match self.second {
            Some((seed, percent)) if remainder(answer(seed) >> 8, 100) < percent => {
                remainder(answer(seed.wrapping_add(1)), limit)
            }
            _ => remainder(answer(self.seed), limit),
        }
    }

    /// True in so many of a hundred cases.
    pub fn chance(&self, name: &str, percent: usize) -> bool {
        self.roll(name, 100) < percent
    }

    /// One of the items, of which there is at least one.
    pub fn pick<'a, T>(&self, name: &str, items: &'a [T]) -> &'a T {
        &items[self.roll(name, items.len())]
    }
}

/// A number with every bit depending on every bit (splitmix64, Steele and others 2014).
fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn remainder(number: u64, limit: usize) -> usize {
    let limit = u64::try_from(limit.max(1)).unwrap_or(u64::MAX);
    usize::try_from(number % limit).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_opinion_changes_some_answers_and_keeps_the_rest() {
        let (dice, other) = (Dice::new(1), Dice::new(1).but_for(20, 2));
        let names: Vec<String> = (0..500).map(|n| format!("question {n}")).collect();
        let differ = |name: &&String| dice.roll(name, 1000) != other.roll(name, 1000);
        let changed = names.iter().filter(differ).count();
        assert!((50..150).contains(&changed), "{changed} of 500");
    }

    #[test]
    fn numbers_are_spread() {
        let mut random = Random::new(0);
        let mut seen = [0; 10];
        (0..1000).for_each(|_| seen[random.below(10)] += 1);
        assert!(seen.iter().all(|count| (60..140).contains(count)), "{seen:?}");
    }
}
