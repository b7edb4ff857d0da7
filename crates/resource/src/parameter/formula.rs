//! Formulas in the place of a value, as RDS reads them: `{DBInstanceClassMemory/32768}`,
//! `LEAST({DBInstanceClassMemory/9531392},5000)`, `{DBInstanceVCPU} > 2`
//! (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ParamValuesRef.html>).

use std::fmt;

use crate::catalog::class_size;

/// The machine that a formula is evaluated for. What is not known gives no value.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Machine {
    /// Bytes of memory. RDS keeps some for itself, so the real number is lower.
    pub memory: Option<f64>,
    /// Virtual CPUs.
    pub vcpus: Option<f64>,
    /// Bytes of the data volume.
    pub storage: Option<f64>,
    /// The port.
    pub port: Option<f64>,
    /// Whether it is a replica.
    pub replica: Option<bool>,
}

impl Machine {
    /// A machine of a class; it knows nothing where the table does not.
    pub fn of_class(class: &str) -> Self {
        let size = class_size(class);
        Self {
            memory: size.map(|(gib, _)| f64::from(gib) * 1_073_741_824.0),
            vcpus: size.map(|(_, vcpus)| f64::from(vcpus)),
            ..Self::default()
        }
    }

    /// The least memory that RDS leaves the database: it keeps 8 to 15 % for itself.
    pub fn at_least(self) -> Self {
        Self { memory: self.memory.map(|memory| memory * 0.85), ..self }
    }

    fn of(&self, variable: Variable) -> Option<f64> {
        match variable {
            Variable::AllocatedStorage => self.storage,
            Variable::ClassMemory => self.memory,
            Variable::Vcpu => self.vcpus,
            Variable::Port => self.port,
            Variable::TrueIfReplica => self.replica.map(|replica| f64::from(u8::from(replica))),
        }
    }
}

/// What RDS puts a number in the place of. Upper and lower case count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Variable {
    AllocatedStorage,
    ClassMemory,
    Vcpu,
    Port,
    TrueIfReplica,
}

const VARIABLES: [(&str, Variable); 5] = [
    ("AllocatedStorage", Variable::AllocatedStorage),
    ("DBInstanceClassMemory", Variable::ClassMemory),
    ("DBInstanceVCPU", Variable::Vcpu),
    ("EndPointPort", Variable::Port),
    ("TrueIfReplica", Variable::TrueIfReplica),
];

/// Functions over lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Function {
    Greatest,
    Least,
    Sum,
}

const FUNCTIONS: [(&str, Function); 3] =
    [("GREATEST", Function::Greatest), ("LEAST", Function::Least), ("SUM", Function::Sum)];

/// Comparisons, which make a switch of two numbers; also in AWS's other spellings.
const COMPARISONS: [(&str, &str); 6] =
    [(">=", ">="), ("=>", ">="), ("<=", "<="), ("=<", "<="), (">", ">"), ("<", "<")];

/// 2^63, the first number that is too large for 64 bits with a sign.
const BEYOND: f64 = 9_223_372_036_854_775_808.0;

/// A formula.
#[derive(Debug, Clone, PartialEq)]
pub struct Formula(Expression);

#[derive(Debug, Clone, PartialEq)]
enum Expression {
    Number(i64),
    Variable(Variable),
    /// The logarithm to the base 2.
    Log(Box<Expression>),
    Times(Box<Expression>, Box<Expression>),
    Over(Box<Expression>, Box<Expression>),
    Braces(Box<Expression>),
    Of(Function, Vec<Expression>),
    Compare(&'static str, Box<Expression>, Box<Expression>),
}

/// Why a text is no formula.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// A variable that RDS does not have, with one that it may have been meant for.
    #[error("there is no variable `{0}`")]
    Variable(String, Option<&'static str>),
    /// A function that RDS does not have.
    #[error("there is no function `{0}`")]
    Function(String),
    /// A divisor that is 0.
    #[error("it divides by 0")]
    Zero,
    /// Something else than what has to follow.
    #[error("expected {expected}, found {found}")]
    Syntax {
        /// What has to follow.
        expected: &'static str,
        /// What follows.
        found: String,
    },
}

/// Whether a text can only be meant as a formula.
pub fn is_formula(text: &str) -> bool {
    text.contains(['{', '}', '(', '<', '>'])
}

impl Formula {
    /// Reads a formula.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let mut reader = Reader { rest: text.trim_start() };
        let left = reader.operand()?;
        let Some(comparison) = reader.comparison() else {
            reader.end()?;
            return Ok(Self(left));
        };
        let right = reader.operand()?;
        reader.end()?;
        Ok(Self(Expression::Compare(comparison, Box::new(left), Box::new(right))))
    }

    /// The whole number that it comes to on a machine; 1 or 0 for a comparison.
    pub fn value(&self, machine: &Machine) -> Option<i64> {
        let value = self.comes_to(machine)?;
        // What is no number is not less than anything.
        let fits = value.abs() < BEYOND;
        #[expect(clippy::cast_possible_truncation, reason = "checked in the line above")]
        fits.then_some(value as i64)
    }

    /// The same however large it is. What has no value, such as the logarithm of a negative
    /// number, is no number or infinite; nothing where the machine is not known.
    pub fn comes_to(&self, machine: &Machine) -> Option<f64> {
        Some(self.0.value(machine, false)?.trunc())
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Expression {
    /// Whether it is 0 on every machine.
    fn is_zero(&self) -> bool {
        self.value(&Machine::default(), true) == Some(0.0)
    }

    /// RDS drops the fraction of a quotient, except of one whose logarithm is taken.
    fn value(&self, machine: &Machine, exact: bool) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "a divisor of some millions")]
            Self::Number(number) => Some(*number as f64),
            Self::Variable(variable) => machine.of(*variable),
            Self::Log(of) => Some(of.value(machine, true)?.log2()),
            Self::Times(one, other) => {
                Some(one.value(machine, exact)? * other.value(machine, exact)?)
            }
            Self::Over(above, below) => {
                let below = below.value(machine, exact).filter(|below| *below != 0.0)?;
                let quotient = above.value(machine, exact)? / below;
                Some(if exact { quotient } else { quotient.trunc() })
            }
            Self::Braces(inner) => inner.value(machine, exact),
            Self::Of(function, arguments) => {
                let values: Option<Vec<f64>> =
                    arguments.iter().map(|argument| argument.value(machine, exact)).collect();
                Some(function.of(values?))
            }
            Self::Compare(comparison, one, other) => {
                let (one, other) = (one.value(machine, false)?, other.value(machine, false)?);
                let holds = match *comparison {
                    ">=" => one >= other,
                    "<=" => one <= other,
                    ">" => one > other,
                    _ => one < other,
                };
                Some(f64::from(u8::from(holds)))
            }
        }
    }
}

impl Function {
    fn of(self, values: Vec<f64>) -> f64 {
        // `f64::min` and `f64::max` pass over what is no number.
        if values.iter().any(|value| value.is_nan()) {
            return f64::NAN;
        }
        match self {
            Self::Greatest => values.into_iter().fold(f64::NEG_INFINITY, f64::max),
            Self::Least => values.into_iter().fold(f64::INFINITY, f64::min),
            Self::Sum => values.into_iter().sum(),
        }
    }

    fn name(self) -> &'static str {
        FUNCTIONS.iter().find(|(_, function)| *function == self).map_or("", |(name, _)| name)
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Variable(variable) => {
                let name = VARIABLES.iter().find(|(_, known)| known == variable);
                f.write_str(name.map_or("", |(name, _)| name))
            }
            Self::Log(of) => write!(f, "log({of})"),
            Self::Times(one, other) => write!(f, "{one}*{other}"),
            Self::Over(above, below) => write!(f, "{above}/{below}"),
            Self::Braces(inner) => write!(f, "{{{inner}}}"),
            Self::Of(function, arguments) => {
                let arguments: Vec<_> = arguments.iter().map(Self::to_string).collect();
                write!(f, "{}({})", function.name(), arguments.join(","))
            }
            Self::Compare(comparison, one, other) => write!(f, "{one} {comparison} {other}"),
        }
    }
}

/// How deep braces and functions are read: deeper than anybody writes.
const DEEPEST: usize = 16;

/// What is left of a text.
struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn take(&mut self, token: &str) -> bool {
        let rest = self.rest.strip_prefix(token);
        let taken = rest.is_some();
        self.rest = rest.unwrap_or(self.rest).trim_start();
        taken
    }

    fn expect(&mut self, token: &'static str) -> Result<(), Malformed> {
        if self.take(token) { Ok(()) } else { Err(self.unexpected(token)) }
    }

    fn unexpected(&self, expected: &'static str) -> Malformed {
        let found = match self.rest.is_empty() {
            true => "the end".into(),
            false => format!("`{}`", self.rest.trim_end()),
        };
        Malformed::Syntax { expected, found }
    }

    fn end(&self) -> Result<(), Malformed> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.unexpected("the end")) }
    }

    fn word(&mut self) -> Option<String> {
        let end = self.rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let word = &self.rest[..end.unwrap_or(self.rest.len())];
        let is_word = word.starts_with(|c: char| c.is_ascii_alphabetic());
        let word = is_word.then(|| word.to_string())?;
        self.rest = self.rest[word.len()..].trim_start();
        Some(word)
    }

    fn number(&mut self) -> Option<i64> {
        let sign = usize::from(self.rest.starts_with('-'));
        let digits = &self.rest[sign..];
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        let number = self.rest[..sign + end].parse().ok()?;
        self.rest = self.rest[sign + end..].trim_start();
        Some(number)
    }

    fn comparison(&mut self) -> Option<&'static str> {
        let found = COMPARISONS.iter().find(|(token, _)| self.rest.starts_with(token))?;
        self.take(found.0);
        Some(found.1)
    }

    /// A value or an argument: a number, braces or a function.
    fn operand(&mut self) -> Result<Expression, Malformed> {
        self.operand_within(DEEPEST)
    }

    fn operand_within(&mut self, depth: usize) -> Result<Expression, Malformed> {
        const EXPECTED: &str = "a number, a formula in braces or a function";
        let depth = depth.checked_sub(1).ok_or_else(|| self.unexpected(EXPECTED))?;
        if self.take("{") {
            let inner = self.product(depth)?;
            self.expect("}")?;
            return Ok(Expression::Braces(Box::new(inner)));
        }
        if let Some(number) = self.number() {
            return Ok(Expression::Number(number));
        }
        match self.word() {
            Some(word) => self.function(&word, depth),
            None => Err(self.unexpected(EXPECTED)),
        }
    }

    fn function(&mut self, word: &str, depth: usize) -> Result<Expression, Malformed> {
        let known = FUNCTIONS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
        let Some((_, function)) = known else {
            // A variable without its braces is the usual mistake.
            return match VARIABLES.iter().any(|(name, _)| *name == word) {
                true => Err(Malformed::Syntax {
                    expected: "braces around a variable",
                    found: format!("`{word}`"),
                }),
                false => Err(Malformed::Function(word.into())),
            };
        };
        self.expect("(")?;
        let mut arguments = vec![self.operand_within(depth)?];
        while self.take(",") {
            arguments.push(self.operand_within(depth)?);
        }
        self.expect(")")?;
        Ok(Expression::Of(*function, arguments))
    }

    /// Factors and divisors, from the left to the right.
    fn product(&mut self, depth: usize) -> Result<Expression, Malformed> {
        let mut product = self.factor(depth)?;
        loop {
            product = if self.take("*") {
                Expression::Times(Box::new(product), Box::new(self.factor(depth)?))
            } else if self.take("/") {
                let divisor = self.factor(depth)?;
                if divisor.is_zero() {
                    return Err(Malformed::Zero);
                }
                Expression::Over(Box::new(product), Box::new(divisor))
            } else {
                return Ok(product);
            };
        }
    }

    fn factor(&mut self, depth: usize) -> Result<Expression, Malformed> {
        let depth = depth.checked_sub(1).ok_or_else(|| self.unexpected("a number"))?;
        if self.rest.starts_with('{') {
            return self.operand_within(depth);
        }
        if let Some(number) = self.number() {
            return Ok(Expression::Number(number));
        }
        let Some(word) = self.word() else {
            return Err(self.unexpected("a variable or a number"));
        };
        if word.eq_ignore_ascii_case("log") {
            self.expect("(")?;
            let of = self.product(depth)?;
            self.expect(")")?;
            return Ok(Expression::Log(Box::new(of)));
        }
        if FUNCTIONS.iter().any(|(name, _)| name.eq_ignore_ascii_case(&word)) {
            return self.function(&word, depth);
        }
        match VARIABLES.iter().find(|(name, _)| *name == word) {
            Some((_, variable)) => Ok(Expression::Variable(*variable)),
            None => {
                let alike = VARIABLES.iter().find(|(name, _)| name.eq_ignore_ascii_case(&word));
                Err(Malformed::Variable(word, alike.map(|(name, _)| *name)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `db.r6g.large` has 16 GiB and two CPUs.
    #[track_caller]
    fn check(text: &str, value: Option<i64>, canonical: &str) {
        let formula = Formula::parse(text).unwrap();
        assert_eq!(formula.to_string(), canonical);
        assert_eq!(formula.value(&Machine::of_class("db.r6g.large")), value, "{text}");
        assert_eq!(Formula::parse(canonical), Ok(formula));
    }

    #[test]
    fn formulas_come_to_what_they_are_for_a_class() {
        let bare = |text: &str, value| check(text, Some(value), text);
        bare("{DBInstanceClassMemory/9531392}", 1802);
        bare("{DBInstanceClassMemory/4096}", 4_194_304);
        bare("LEAST({DBInstanceClassMemory/9531392},5000)", 1802);
        bare("{DBInstanceClassMemory*1024/63963136}", 275_036);
        bare("SUM({DBInstanceClassMemory/12038},-50003)", 1_377_133);
        bare("{DBInstanceVCPU}", 2);
        bare("{DBInstanceVCPU} > 2", 0);
        check("{DBInstanceVCPU}=>2", Some(1), "{DBInstanceVCPU} >= 2");
        check("{DBInstanceVCPU} =< 2", Some(1), "{DBInstanceVCPU} <= 2");
        bare("{DBInstanceVCPU} < 3", 1);
        bare("{DBInstanceVCPU} < 2", 0);
        check("greatest( { DBInstanceVCPU * 3 } , 5 )", Some(6), "GREATEST({DBInstanceVCPU*3},5)");
        // The logarithm is that of a fraction, and its product is cut off in the end.
        bare("{log(DBInstanceClassMemory/8187281418)*1000}", 1069);
        bare("GREATEST({log(DBInstanceClassMemory/21474836480)*600},200)", 200);
    }

    #[test]
    fn what_is_not_known_gives_no_value() {
        check("{AllocatedStorage/1024}", None, "{AllocatedStorage/1024}");
        check("{EndPointPort}", None, "{EndPointPort}");
        let formula = Formula::parse("{TrueIfReplica*2}").unwrap();
        assert_eq!(formula.value(&Machine { replica: Some(true), ..Machine::default() }), Some(2));
        assert_eq!(formula.value(&Machine::of_class("db.x99.huge")), None);
        let memory = Formula::parse("{DBInstanceClassMemory/9531392}").unwrap();
        let least = Machine::of_class("db.r6g.large").at_least();
        assert_eq!(memory.value(&least), Some(1532));
    }

    #[test]
    fn what_is_no_number_is_not_passed_over() {
        let large = Machine::of_class("db.r6g.large");
        let comes_to = |text: &str| Formula::parse(text).unwrap().comes_to(&large);
        for text in ["{log(-1)}", "LEAST({log(-1)},5)", "SUM({log(-1)},5)"] {
            assert!(comes_to(text).is_some_and(f64::is_nan), "{text}");
            assert_eq!(Formula::parse(text).unwrap().value(&large), None);
        }
        assert_eq!(comes_to("{log(0)}"), Some(f64::NEG_INFINITY));
        let huge = "{DBInstanceClassMemory*DBInstanceClassMemory}";
        assert_eq!(comes_to(huge), Some(2.0_f64.powi(68)));
        // 16 GiB are 2^34 bytes, and 2^29 times as much is the first number that does not fit.
        for text in [huge, "{DBInstanceClassMemory*536870912}"] {
            assert_eq!(Formula::parse(text).unwrap().value(&large), None, "{text}");
        }
        let fits = Formula::parse("{DBInstanceClassMemory*536870911}").unwrap();
        assert_eq!(fits.value(&large), Some(536_870_911 << 34));
    }

    #[track_caller]
    fn check_malformed(text: &str, says: &str) {
        assert_eq!(Formula::parse(text).unwrap_err().to_string(), says, "{text}");
    }

    #[test]
    fn what_rds_cannot_read_is_explained() {
        check_malformed("{DBInstanceMemory/2}", "there is no variable `DBInstanceMemory`");
        check_malformed("MAX({DBInstanceVCPU},2)", "there is no function `MAX`");
        check_malformed("{DBInstanceClassMemory/0}", "it divides by 0");
        check_malformed("{DBInstanceClassMemory/{0*2}}", "it divides by 0");
        check_malformed("SUM({log(DBInstanceClassMemory/0)*2},5)", "it divides by 0");
        check_malformed("{DBInstanceVCPU", "expected }, found the end");
        check_malformed("{DBInstanceVCPU/}", "expected a variable or a number, found `}`");
        check_malformed("{DBInstanceVCPU+1}", "expected }, found `+1}`");
        check_malformed(
            "LEAST(1,,2)",
            "expected a number, a formula in braces or a function, found `,2)`",
        );
        check_malformed(
            "DBInstanceVCPU",
            "expected braces around a variable, found `DBInstanceVCPU`",
        );
        check_malformed("{DBInstanceVCPU} MB", "expected the end, found `MB`");
        let lower = Formula::parse("{dbinstanceclassmemory/2}").unwrap_err();
        let meant = Some("DBInstanceClassMemory");
        assert_eq!(lower, Malformed::Variable("dbinstanceclassmemory".into(), meant));
        assert!(Formula::parse(&"{".repeat(10_000)).is_err());
        assert!(Formula::parse(&"SUM(".repeat(10_000)).is_err());
        assert!(Formula::parse(&format!("{{{}", "log(".repeat(10_000))).is_err());
    }
}
