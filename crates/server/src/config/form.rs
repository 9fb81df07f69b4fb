//! The form of a setting: its values and how their text is parsed.

use super::shape::Shape;

/// A parsed value, or a description of what the text must be, such as `must be true or false`.
pub(super) type Parsed<T> = Result<T, String>;

/// Parser of a setting's text, with a description of the texts that it accepts.
pub(super) struct Form<T> {
    pub(super) shape: Shape,
    parser: Box<Parser<T>>,
}

type Parser<T> = dyn Fn(&str) -> Parsed<T>;

impl<T: 'static> Form<T> {
    pub(super) fn new(shape: Shape, parser: impl Fn(&str) -> Parsed<T> + 'static) -> Self {
        let parser = Box::new(parser);
        Self { shape, parser }
    }

    /// Parses a text.
    ///
    /// # Errors
    /// Returns a description of what the text must be. The caller adds the actual text, unless it is secret.
    pub(super) fn parse(&self, text: &str) -> Parsed<T> {
        (self.parser)(text)
    }

    /// Converts parsed values.
    pub(super) fn map<U: 'static>(self, convert: impl Fn(T) -> U + 'static) -> Form<U> {
        let Self { shape, parser } = self;
        Form::new(shape, move |text: &str| parser(text).map(&convert))
    }

    /// Adds a result of `judge`, which is given the text of each valid value.
    pub(super) fn judged<U: 'static>(self, judge: impl Fn(&str) -> U + 'static) -> Form<(T, U)> {
        let Self { shape, parser } = self;
        Form::new(shape, move |text: &str| Ok((parser(text)?, judge(text))))
    }
}
