//! Units of PostgreSQL parameters, and numbers as PostgreSQL reads them
//! (<https://www.postgresql.org/docs/current/config-setting.html>, "Parameter Names and Values").

/// What a parameter's number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// kB, which are 1024 bytes.
    Kilobytes,
    /// MB.
    Megabytes,
    /// Blocks of 8 kB.
    Pages,
    /// Thousandths of a second.
    Milliseconds,
    /// Seconds.
    Seconds,
    /// Minutes.
    Minutes,
}

/// Bytes or microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    /// A size.
    Size,
    /// A time.
    Time,
}

impl Unit {
    /// What it is called in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Kilobytes => "kB",
            Self::Megabytes => "MB",
            Self::Pages => "pages of 8 kB",
            Self::Milliseconds => "ms",
            Self::Seconds => "s",
            Self::Minutes => "min",
        }
    }

    /// A size or a time.
    pub fn dimension(self) -> Dimension {
        match self {
            Self::Bytes | Self::Kilobytes | Self::Megabytes | Self::Pages => Dimension::Size,
            Self::Milliseconds | Self::Seconds | Self::Minutes => Dimension::Time,
        }
    }

    /// How many bytes or microseconds one is.
    pub fn grain(self) -> i128 {
        match self {
            Self::Bytes => 1,
            Self::Kilobytes => 1 << 10,
            Self::Megabytes => 1 << 20,
            Self::Pages => 8 << 10,
            Self::Milliseconds => 1_000,
            Self::Seconds => 1_000_000,
            Self::Minutes => 60_000_000,
        }
    }
}

/// The units that PostgreSQL reads, and `KB`, `KiB` and the like, which people write for them.
const SUFFIXES: &[(&str, Dimension, i128)] = &[
    ("B", Dimension::Size, 1),
    ("kB", Dimension::Size, 1 << 10),
    ("MB", Dimension::Size, 1 << 20),
    ("GB", Dimension::Size, 1 << 30),
    ("TB", Dimension::Size, 1 << 40),
    ("KB", Dimension::Size, 1 << 10),
    ("KiB", Dimension::Size, 1 << 10),
    ("MiB", Dimension::Size, 1 << 20),
    ("GiB", Dimension::Size, 1 << 30),
    ("TiB", Dimension::Size, 1 << 40),
    ("us", Dimension::Time, 1),
    ("ms", Dimension::Time, 1_000),
    ("s", Dimension::Time, 1_000_000),
    ("min", Dimension::Time, 60_000_000),
    ("h", Dimension::Time, 3_600_000_000),
    ("d", Dimension::Time, 86_400_000_000),
];

/// Times in full, which PostgreSQL takes in intervals only. They mean one thing.
const FULL: &[(&str, &str)] = &[
    ("sec", "s"),
    ("second", "s"),
    ("seconds", "s"),
    ("minute", "min"),
    ("minutes", "min"),
    ("hour", "h"),
    ("hours", "h"),
    ("day", "d"),
    ("days", "d"),
];

/// What a text after a number means: bytes or microseconds, and how many. Upper and lower case
/// differ, as they do for PostgreSQL.
pub fn suffix(text: &str) -> Option<(Dimension, i128)> {
    let short = FULL.iter().find(|(full, _)| *full == text).map_or(text, |(_, short)| short);
    let found = SUFFIXES.iter().find(|(name, ..)| *name == short)?;
    Some((found.1, found.2))
}

/// What people write for a unit that PostgreSQL does not read.
const MEANT: &[(&str, &str)] = &[
    ("k", "kB"),
    ("m", "MB"),
    ("g", "GB"),
    ("t", "TB"),
    ("m", "min"),
    ("mins", "min"),
    ("secs", "s"),
    ("hr", "h"),
    ("hrs", "h"),
    ("msec", "ms"),
    ("msecs", "ms"),
];

/// The unit of a dimension that was written in the wrong case, or short of PostgreSQL's.
pub fn miswritten(text: &str, dimension: Dimension) -> Option<&'static str> {
    let alike = |name: &str| name.eq_ignore_ascii_case(text);
    let names = FULL.iter().chain(MEANT).filter(|(name, _)| alike(name)).map(|(_, short)| *short);
    let units = SUFFIXES.iter().map(|(name, ..)| *name).filter(|name| alike(name));
    units.chain(names).find(|unit| suffix(unit).is_some_and(|(of, _)| of == dimension))
}

/// A decimal number, exactly: digits and how many of them stand after the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    digits: i128,
    places: u32,
}

/// More digits than any parameter has; more would overflow in between.
const MOST_DIGITS: usize = 18;
/// The largest exponent that is read.
const MOST_EXPONENT: i32 = 18;

impl Decimal {
    /// Reads the number that a text begins with, and returns the rest. A leading 0 means
    /// nothing here, although PostgreSQL reads octal digits after it.
    pub fn parse(text: &str) -> Option<(Self, &str)> {
        let (negative, unsigned) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        if let Some(hex) = unsigned.strip_prefix("0x").or_else(|| unsigned.strip_prefix("0X")) {
            return Self::hexadecimal(negative, hex);
        }
        let whole = leading_digits(unsigned);
        let rest = &unsigned[whole.len()..];
        let fraction = rest.strip_prefix('.').map(leading_digits).unwrap_or_default();
        let dotted = rest.starts_with('.') && !(whole.is_empty() && fraction.is_empty());
        let rest = if dotted { &rest[1 + fraction.len()..] } else { rest };
        let significant = whole.trim_start_matches('0').len() + fraction.len();
        if (whole.is_empty() && fraction.is_empty()) || significant > MOST_DIGITS {
            return None;
        }
        let (exponent, rest) = exponent(rest)?;
        let digits: i128 = format!("0{whole}{fraction}").parse().ok()?;
        let digits = if negative { -digits } else { digits };
        let places = i32::try_from(fraction.len()).ok()? - exponent;
        let number = match u32::try_from(places) {
            Ok(places) => Self { digits, places }.shortened(),
            // So many digits and so many zeroes are far from overflowing.
            Err(_) => Self { digits: digits * 10_i128.pow(places.unsigned_abs()), places: 0 },
        };
        Some((number, rest))
    }

    fn hexadecimal(negative: bool, hex: &str) -> Option<(Self, &str)> {
        let end = hex.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(hex.len());
        let digits = i128::from(u64::from_str_radix(&hex[..end], 16).ok()?);
        Some((Self { digits: if negative { -digits } else { digits }, places: 0 }, &hex[end..]))
    }

    /// Without zeroes at the end of its fraction.
    fn shortened(mut self) -> Self {
        while self.places > 0 && self.digits % 10 == 0 {
            self.digits /= 10;
            self.places -= 1;
        }
        self
    }

    /// The number itself, if it is whole.
    pub fn whole(self) -> Option<i128> {
        (self.places == 0).then_some(self.digits)
    }

    /// The number itself.
    pub fn to_f64(self) -> Option<f64> {
        // Through a text, because a quotient of doubles is not the double next to the number.
        format!("{}e-{}", self.digits, self.places).parse().ok()
    }

    /// So many of a suffix in a unit, if that is whole.
    pub fn whole_in(self, suffix: i128, unit: Unit) -> Option<i128> {
        let (above, below) = self.ratio(suffix, unit)?;
        (above % below == 0).then_some(above / below)
    }

    /// So many of a suffix in a unit.
    pub fn in_unit(self, suffix: i128, unit: Unit) -> Option<f64> {
        let (above, below) = self.ratio(suffix, unit)?;
        #[expect(clippy::cast_precision_loss, reason = "PostgreSQL keeps these as doubles")]
        Some(above as f64 / below as f64)
    }

    fn ratio(self, suffix: i128, unit: Unit) -> Option<(i128, i128)> {
        let below = 10_i128.checked_pow(self.places)?.checked_mul(unit.grain())?;
        Some((self.digits.checked_mul(suffix)?, below))
    }
}

fn leading_digits(text: &str) -> &str {
    &text[..text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len())]
}

/// The exponent that a text begins with, 0 if none, and the rest; nothing for a huge one.
fn exponent(text: &str) -> Option<(i32, &str)> {
    let Some(after) = text.strip_prefix(['e', 'E']) else { return Some((0, text)) };
    let signed = after.strip_prefix(['-', '+']).unwrap_or(after);
    let digits = leading_digits(signed);
    if digits.is_empty() {
        return Some((0, text));
    }
    let end = after.len() - signed.len() + digits.len();
    let exponent: i32 = after[..end].parse().ok()?;
    (exponent.abs() <= MOST_EXPONENT).then_some((exponent, &after[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_whole(text: &str, wanted: Option<i128>, rest: &str) {
        let (number, found) = Decimal::parse(text).unwrap();
        assert_eq!((number.whole(), found), (wanted, rest), "{text}");
    }

    #[test]
    fn numbers_are_read_exactly_and_up_to_their_unit() {
        check_whole("16MB", Some(16), "MB");
        check_whole("1.5 GB", None, " GB");
        check_whole("0400", Some(400), "");
        check_whole("1e3", Some(1000), "");
        check_whole("1.10e2", Some(110), "");
        check_whole("1.0", Some(1), "");
        check_whole("-1", Some(-1), "");
        check_whole("+64", Some(64), "");
        check_whole("0x400", Some(1024), "");
        check_whole("-0X10", Some(-16), "");
        check_whole("0", Some(0), "");
        check_whole("999999999999999999e18", Some(999_999_999_999_999_999 * 10_i128.pow(18)), "");
        check_whole("000000000000000000000400", Some(400), "");
        check_whole("5e", Some(5), "e");
        check_whole("1e-2", None, "");
        check_whole("1.", Some(1), "");
        check_whole(".5", None, "");
        for text in ["", "x", "-", ".", "1e99", "12345678901234567890", "0x"] {
            assert_eq!(Decimal::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn units_are_converted_without_a_loss() {
        let whole = |text: &str, unit| {
            let (number, rest) = Decimal::parse(text)?;
            number.whole_in(suffix(rest.trim())?.1, unit)
        };
        assert_eq!(whole("1.5GB", Unit::Kilobytes), Some(1_572_864));
        assert_eq!(whole("1 d", Unit::Milliseconds), Some(86_400_000));
        assert_eq!(whole("1 day", Unit::Minutes), Some(1440));
        assert_eq!(whole("1500ms", Unit::Seconds), None);
        assert_eq!(whole("9kB", Unit::Pages), None);
        assert_eq!(whole("99999999999999TB", Unit::Bytes), Some(99_999_999_999_999 << 40));
        assert_eq!(Decimal::parse("0.5").unwrap().0.in_unit(1_000, Unit::Milliseconds), Some(0.5));
    }

    #[test]
    fn the_case_of_a_unit_counts() {
        for text in ["16mb", "Mb", "D", "MS", "Day", "tb"] {
            let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
            assert_eq!(suffix(unit), None, "{unit}");
        }
        let size = |text| miswritten(text, Dimension::Size);
        let time = |text| miswritten(text, Dimension::Time);
        assert_eq!(size("mb"), Some("MB"));
        assert_eq!(size("kb"), Some("kB"));
        assert_eq!(size("gib"), Some("GiB"));
        assert_eq!(time("Day"), Some("d"));
        assert_eq!(time("MS"), Some("ms"));
        assert_eq!((size("XB"), size("ms"), time("mb")), (None, None, None));
    }

    /// "The multiplier for memory units is 1024, not 1000."
    /// (<https://www.postgresql.org/docs/current/config-setting.html>)
    #[test]
    fn a_prefix_is_the_binary_one_however_it_is_written() {
        for (written, read) in
            [("KB", "kB"), ("KiB", "kB"), ("MiB", "MB"), ("GiB", "GB"), ("TiB", "TB")]
        {
            assert_eq!(suffix(written), suffix(read), "{written}");
        }
    }

    #[test]
    fn a_unit_that_is_too_short_means_that_of_its_dimension() {
        assert_eq!(miswritten("M", Dimension::Size), Some("MB"));
        assert_eq!(miswritten("M", Dimension::Time), Some("min"));
        assert_eq!(miswritten("k", Dimension::Size), Some("kB"));
        assert_eq!(miswritten("hrs", Dimension::Time), Some("h"));
        assert!(MEANT.iter().all(|(_, unit)| suffix(unit).is_some()));
    }
}
