//! The form of a setting: its values and how their text is parsed.

use super::{fault::Fault, shape::Shape};

/// A parsed value, or the fault of its text.
pub(super) type Parsed<T> = Result<T, Fault>;

/// Parser of a setting's text, with a description of the texts that it accepts.
pub(super) struct Form<T> {
    pub(super) shape: Shape,
    parser: Box<Parser<T>>,
}

type Parser<T> = dyn Fn(&str) -> Parsed<T>;

impl<T: 'static> Form<T> {
    /// Creates a form with a parser that describes what the text must be, such as `must be true or false`. The message
    /// continues with the actual text, unless that is secret.
    pub(super) fn new(shape: Shape, parser: impl Fn(&str) -> Result<T, String> + 'static) -> Self {
        Self::with_faults(shape, move |text| {
            parser(text).map_err(|description| Fault::of_text(description, text))
        })
    }

    /// Creates a form with a parser that states what is wrong with the text, such as `must not contain whitespace`.
    pub(super) fn of_rules(shape: Shape, parser: impl Fn(&str) -> Result<T, String> + 'static) -> Self {
        Self::with_faults(shape, move |text| parser(text).map_err(Fault::described))
    }

    /// Creates a form with a parser that decides whether its messages continue with the text.
    pub(super) fn with_faults(shape: Shape, parser: impl Fn(&str) -> Parsed<T> + 'static) -> Self {
        let parser = Box::new(parser);
        Self { shape, parser }
    }

    /// Parses a text.
    ///
    /// # Errors
    /// Returns the fault of the text.
    pub(super) fn parse(&self, text: &str) -> Parsed<T> {
        if self.shape.is_single_line() && text.contains(['\n', '\r']) {
            return Err(Fault::described("must be a single line"));
        }
        (self.parser)(text)
    }

    /// Converts parsed values.
    pub(super) fn map<U: 'static>(self, convert: impl Fn(T) -> U + 'static) -> Form<U> {
        let Self { shape, parser } = self;
        Form::with_faults(shape, move |text: &str| parser(text).map(&convert))
    }

    /// Adds a result of `judge`, which is given the text of each valid value.
    pub(super) fn judged<U: 'static>(self, judge: impl Fn(&str) -> U + 'static) -> Form<(T, U)> {
        let Self { shape, parser } = self;
        Form::with_faults(shape, move |text: &str| Ok((parser(text)?, judge(text))))
    }
}
