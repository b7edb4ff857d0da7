//! The statistics of CloudWatch, as an alarm may name them (docs/aws/alerting.md#statistics).

use crate::diagnostic::Diagnostic;
use crate::spanned::Sp;

/// Those that have no number.
const PLAIN: [&str; 6] = ["Average", "Maximum", "Minimum", "Sum", "SampleCount", "IQM"];
/// Those with one number, which is a percentage: `tm90`.
const SHARES: [&str; 5] = ["tm", "tc", "ts", "wm", "p"];
/// Those between two bounds: `TM(10%:90%)`.
const BETWEEN: [&str; 5] = ["TM", "TC", "TS", "WM", "PR"];
/// Decimal places of a percentage.
const PLACES: usize = 10;
/// The bounds that the page of PutMetricAlarm has, in percent.
const SURE: (f64, f64) = (10.0, 90.0);

/// What a statistic counts: not the metric itself, but how much of it there was.
pub(super) fn is_of_the_metric(name: &str) -> bool {
    let counts = ["Sum", "SampleCount", "tc", "ts", "TC(", "TS(", "PR("];
    !counts.iter().any(|word| name.starts_with(word))
}

/// Why a text is no statistic, or may be none.
enum Doubt {
    Unknown,
    /// A bound is no number, or none of a percentage.
    Bound(String),
    /// The bounds are in the wrong order, or there are none.
    Order,
    /// Only one of them is a percentage.
    Mixed,
    /// One of AWS's pages has it and another one has not.
    Unsure,
}

pub(super) fn check(statistic: &Sp<String>, found: &mut Vec<Diagnostic>) {
    let Err(doubt) = read(statistic) else { return };
    let refused = |label: &str| {
        let title = format!("there is no statistic `{}`", **statistic);
        Diagnostic::new("PGHA103", statistic.span(), title).label(label)
    };
    found.push(match doubt {
        Doubt::Unknown => match meant(statistic) {
            Some(meant) => refused("unknown")
                .help(format!("did you mean \"{meant}\"?"))
                .fix(format!("\"{meant}\"")),
            None => refused("unknown").help(
                "write \"Average\", \"Maximum\", \"Minimum\", \"Sum\", \"SampleCount\", a \
                 percentile such as \"p90\", a trimmed mean such as \"tm90\" or \"TM(10%:90%)\", \
                 \"IQM\", or a share such as \"PR(:300)\"",
            ),
        },
        Doubt::Bound(bound) => refused(&format!("`{bound}` is no bound"))
            .help("write percentages from 0 to 100 with ten decimal places at most, such as \"TM(10%:90%)\"; for PR values of the metric, such as \"PR(100:300)\""),
        Doubt::Order => refused("the first bound is below the second")
            .help("write two bounds, the lower one first, or one of them, such as \"TM(:90%)\""),
        Doubt::Mixed => refused("one bound is a percentage, the other is a value")
            .help("write `%` behind both, or behind none"),
        Doubt::Unsure => Diagnostic::new(
            "PGHA158",
            statistic.span(),
            format!("alarms may not take the statistic `{}`", **statistic),
        )
        .label("for alarms AWS documents percentages from 10 to 90")
        .note("metrics have it, PutMetricAlarm may refuse it")
        .help("write bounds from 10% to 90%, or accept this in [guard] where it was taken"),
    });
}

fn read(name: &str) -> Result<(), Doubt> {
    if PLAIN.contains(&name) {
        return Ok(());
    }
    if let Some((word, bounds)) = name.strip_suffix(')').and_then(|name| name.split_once('(')) {
        let word = BETWEEN.iter().find(|known| **known == word).ok_or(Doubt::Unknown)?;
        return between(word, bounds);
    }
    let number = SHARES.iter().find_map(|word| name.strip_prefix(word)).ok_or(Doubt::Unknown)?;
    match number.starts_with(|c: char| c.is_ascii_digit()) {
        true => percentage(number).map(|_| ()),
        false => Err(Doubt::Unknown),
    }
}

/// A number from 0 to 100.
fn percentage(text: &str) -> Result<f64, Doubt> {
    let places = text.split_once('.').map_or(0, |(_, places)| places.len());
    let number = value(text)?;
    match (0.0..=100.0).contains(&number) && places <= PLACES {
        true => Ok(number),
        false => Err(Doubt::Bound(text.into())),
    }
}

/// A number in digits, perhaps with a fraction.
fn value(text: &str) -> Result<f64, Doubt> {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let (whole, places) = text.split_once('.').unwrap_or((text, "0"));
    let number = text.parse::<f64>().ok().filter(|_| digits(whole) && digits(places));
    number.ok_or_else(|| Doubt::Bound(text.into()))
}

/// Two bounds, of which one may be left out.
fn between(word: &str, bounds: &str) -> Result<(), Doubt> {
    let (low, high) = bounds.split_once(':').ok_or(Doubt::Order)?;
    let written: Vec<&str> = [low, high].into_iter().filter(|bound| !bound.is_empty()).collect();
    let shares = written.iter().filter(|bound| bound.ends_with('%')).count();
    let mut numbers = Vec::new();
    for bound in &written {
        let share = bound.strip_suffix('%').filter(|_| word != "PR");
        numbers.push(share.map_or_else(|| value(bound), percentage)?);
    }
    if numbers.is_empty() || !numbers.is_sorted_by(|low, high| low < high) {
        return Err(Doubt::Order);
    }
    if word == "PR" {
        return Ok(());
    }
    if shares > 0 && shares < written.len() {
        return Err(Doubt::Mixed);
    }
    let is_sure = |number: &f64| (SURE.0..=SURE.1).contains(number);
    match written.len() == 2 && shares == 2 && numbers.iter().all(is_sure) {
        true => Ok(()),
        false => Err(Doubt::Unsure),
    }
}

/// The statistic that a text is in other letters.
fn meant(text: &str) -> Option<String> {
    let tidy: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let plain = PLAIN.iter().find(|plain| plain.eq_ignore_ascii_case(&tidy));
    let other = match tidy.contains('(') {
        true => tidy.to_ascii_uppercase(),
        false => tidy.to_ascii_lowercase(),
    };
    plain.map(|plain| plain.to_string()).or_else(|| read(&other).is_ok().then_some(other))
}
