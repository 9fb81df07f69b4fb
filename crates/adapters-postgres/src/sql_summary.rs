//! Summaries of SQL statements, for traces.

use std::borrow::Cow;

const VERBS: [&str; 4] = ["SELECT", "INSERT", "UPDATE", "DELETE"];

/// The operation of a statement and the table that it is about. It contains no values: those are parameters, which
/// occur in a statement as `$1`, or literals, which are skipped.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SqlSummary<'s> {
    /// First keyword in upper case, such as `SELECT`; for a statement with common table expressions, the keyword after
    /// them.
    pub(crate) operation: Cow<'s, str>,
    /// First table of the statement that is outside subqueries; if there is none, the first table in a subquery.
    pub(crate) table: Option<&'s str>,
}

impl<'s> SqlSummary<'s> {
    /// Summarises a statement; `None` if it contains no keyword.
    pub(crate) fn of(sql: &'s str) -> Option<Self> {
        let words: Vec<_> = Words { rest: sql, depth: 0 }.collect();
        let first = words.iter().position(|word| word.is_plain())?;
        let verb = if words[first].is("WITH") {
            let is_verb = |word: &Word<'_>| word.depth == 0 && VERBS.iter().any(|verb| word.is(verb));
            words.iter().position(is_verb).unwrap_or(first)
        } else {
            first
        };
        let table = |is_outside: bool| {
            let follows = |index: &usize| {
                let word = &words[*index];
                (!is_outside || word.depth == words[verb].depth) && names_a_table(word, *index == verb)
            };
            let mut places = (verb..words.len()).filter(follows);
            places.find_map(|place| table_after(&words, place))
        };
        Some(Self {
            operation: upper_case(words[verb].text),
            table: table(true).or_else(|| table(false)),
        })
    }

    /// Returns the text `operation table`.
    pub(crate) fn text(&self) -> String {
        match self.table {
            Some(table) => format!("{} {table}", self.operation),
            None => self.operation.clone().into_owned(),
        }
    }
}

/// Returns `true` if the name of a table follows a keyword. `UPDATE` also occurs in `FOR UPDATE` and `DO UPDATE`.
fn names_a_table(word: &Word<'_>, is_verb: bool) -> bool {
    word.is("FROM") || word.is("INTO") || (is_verb && word.is("UPDATE"))
}

/// Returns the table whose name, possibly after that of its schema, follows a word. Joined tables may be in parentheses.
fn table_after<'s>(words: &[Word<'s>], place: usize) -> Option<&'s str> {
    let mut rest = words[place + 1..].iter().skip_while(|word| word.is("ONLY"));
    let is_subquery = |word: &Word<'_>| ["SELECT", "VALUES", "WITH"].iter().any(|start| word.is(start));
    let mut name = rest
        .next()
        .filter(|word| word.depth >= words[place].depth && !is_subquery(word))?;
    while name.has_dot {
        name = rest.next()?;
    }
    let is_name = !name.text.is_empty() && !name.text.starts_with('$');
    is_name.then_some(name.text)
}

fn upper_case(word: &str) -> Cow<'_, str> {
    if word.bytes().any(|byte| byte.is_ascii_lowercase()) {
        Cow::Owned(word.to_ascii_uppercase())
    } else {
        Cow::Borrowed(word)
    }
}

/// A keyword, a name or a number.
#[derive(Debug)]
struct Word<'s> {
    text: &'s str,
    is_quoted: bool,
    /// Whether a dot follows, as after the name of a schema.
    has_dot: bool,
    /// Number of open parentheses.
    depth: usize,
}

impl Word<'_> {
    fn is(&self, keyword: &str) -> bool {
        !self.is_quoted && self.text.eq_ignore_ascii_case(keyword)
    }

    fn is_plain(&self) -> bool {
        !self.is_quoted && self.text.starts_with(|first: char| first.is_ascii_alphabetic())
    }
}

struct Words<'s> {
    rest: &'s str,
    depth: usize,
}

impl<'s> Words<'s> {
    /// Takes the text after an opening quote, which has just been read, up to the next quote of the same kind.
    fn quoted(&mut self, quote: char) -> &'s str {
        let (text, rest) = self.rest.split_once(quote).unwrap_or((self.rest, ""));
        self.rest = rest;
        text
    }

    fn word(&self, text: &'s str, is_quoted: bool) -> Word<'s> {
        Word {
            text,
            is_quoted,
            has_dot: self.rest.starts_with('.'),
            depth: self.depth,
        }
    }
}

impl<'s> Iterator for Words<'s> {
    type Item = Word<'s>;

    fn next(&mut self) -> Option<Word<'s>> {
        loop {
            let all = self.rest;
            let first = all.chars().next()?;
            self.rest = &all[first.len_utf8()..];
            match first {
                '(' => self.depth += 1,
                ')' => self.depth = self.depth.saturating_sub(1),
                '\'' => {
                    self.quoted('\'');
                }
                '"' => {
                    let text = self.quoted('"');
                    return Some(self.word(text, true));
                }
                '-' if self.rest.starts_with('-') => {
                    self.quoted('\n');
                }
                _ if is_of_word(first) => {
                    let end = all.find(|letter| !is_of_word(letter)).unwrap_or(all.len());
                    self.rest = &all[end..];
                    return Some(self.word(&all[..end], false));
                }
                _ => {}
            }
        }
    }
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || letter == '$'
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(
        r#"SELECT "vehicles"."id" FROM "vehicles" WHERE ("vehicles"."id" = $1)"#,
        "SELECT vehicles"
    )]
    #[case(r#"INSERT INTO "outbox" ("kind") VALUES ($1), (DEFAULT)"#, "INSERT outbox")]
    #[case(
        r#"INSERT INTO "t" ("a") SELECT "a" FROM "b" ON CONFLICT ("a") DO UPDATE SET "a" = $1"#,
        "INSERT t"
    )]
    #[case(r#"UPDATE "users" SET "name" = $1 FROM "groups""#, "UPDATE users")]
    #[case(r#"DELETE  FROM ONLY public."sessions" WHERE true"#, "DELETE sessions")]
    #[case(
        "select count(*) from (select 1 from vehicles limit 10) as some",
        "SELECT vehicles"
    )]
    #[case(
        "SELECT EXTRACT(EPOCH FROM at), (SELECT 1 FROM other) FROM audit_log",
        "SELECT audit_log"
    )]
    #[case(
        r#"SELECT ARRAY(SELECT 1 FROM "other") FROM ("vehicles" INNER JOIN "amrs" ON true)"#,
        "SELECT vehicles"
    )]
    #[case(
        "WITH gone AS (DELETE FROM old RETURNING id) SELECT id FROM kept WHERE id IN (SELECT id FROM gone)",
        "SELECT kept"
    )]
    #[case("SELECT 'mallory FROM secrets' AS name FROM users", "SELECT users")]
    #[case("-- who FROM where\nSELECT 1 FROM users FOR UPDATE", "SELECT users")]
    #[case("SELECT pg_advisory_xact_lock($1)", "SELECT")]
    #[case("BEGIN TRANSACTION READ ONLY", "BEGIN")]
    #[case("COMMIT", "COMMIT")]
    fn statements_are_summarised(#[case] sql: &str, #[case] expected: &str) {
        let summary = SqlSummary::of(sql).expect("a statement");
        assert_eq!(summary.text(), expected);
    }

    #[rstest]
    #[case("")]
    #[case("$1 ('")]
    #[case("\"unfinished")]
    fn other_texts_have_no_summary(#[case] text: &str) {
        assert_eq!(SqlSummary::of(text), None);
    }
}
