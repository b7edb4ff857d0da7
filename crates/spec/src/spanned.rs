//! A value with the place in the text it came from.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::ops::Deref;
use std::ops::Range;

use schemars::JsonSchema;
use schemars::Schema;
use schemars::SchemaGenerator;
use serde::Deserialize;

/// A value and its span. Two are equal when their values are, wherever they stand.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub(crate) struct Sp<T>(toml::Spanned<T>);

impl<T> Sp<T> {
    /// The bytes of the text behind the value.
    pub(crate) fn span(&self) -> Range<usize> {
        self.0.span()
    }
}

impl<T> Deref for Sp<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.get_ref()
    }
}

impl<T: PartialEq> PartialEq for Sp<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Eq> Eq for Sp<T> {}

impl<T: PartialOrd> PartialOrd for Sp<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (**self).partial_cmp(&**other)
    }
}

impl<T: Ord> Ord for Sp<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}

impl<T: JsonSchema> JsonSchema for Sp<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// A key that may be left out.
pub(crate) type Maybe<T> = Option<Sp<T>>;

/// Where something was written, if it was.
pub(crate) trait Place {
    /// The span; `None` where a default stands in.
    fn place(&self) -> Option<Range<usize>>;
}

impl<T> Place for Sp<T> {
    fn place(&self) -> Option<Range<usize>> {
        Some(self.span())
    }
}

impl<T> Place for Maybe<T> {
    fn place(&self) -> Option<Range<usize>> {
        self.as_ref().map(Sp::span)
    }
}

/// The value that was written, or the default.
pub(crate) fn or<T: Copy>(written: &Maybe<T>, default: T) -> T {
    written.as_ref().map_or(default, |value| **value)
}
