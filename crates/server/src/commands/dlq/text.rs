//! Dead letters as text for terminals. Control characters are escaped, because anyone who can publish to Redis can
//! choose the content of a message.

use std::fmt::Write as _;

use application::{ports::StoredDeadLetter, telemetry::DeadLetter};
use time::{format_description::BorrowedFormatItem, macros::format_description};

use crate::printable;

/// Format of RFC 3339 with exactly three decimals, so that times can be compared at a glance.
const MILLISECONDS: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// Formats letters as a table with a line for each.
pub(super) fn table(letters: &[StoredDeadLetter]) -> String {
    let mut text = format!(
        "{:<20}  {:<24}  {:<16}  {:<36}  DETAIL\n",
        "ID", "RECEIVED", "REASON", "VEHICLE"
    );
    for stored in letters {
        let (id, letter) = (stored.id.to_string(), &stored.letter);
        let _ = writeln!(
            text,
            "{id:<20}  {:<24}  {:<16}  {:<36}  {}",
            received_at(letter),
            letter.rejection.reason.as_str(),
            vehicle(letter),
            printable::line(&letter.rejection.detail),
        );
    }
    text
}

/// Formats a letter with its message.
pub(super) fn whole(stored: &StoredDeadLetter) -> String {
    let letter = &stored.letter;
    let size = if letter.is_truncated() {
        format!(
            "{} (only the first {} were kept)",
            letter.bytes,
            letter.payload.len()
        )
    } else {
        letter.bytes.to_string()
    };
    format!(
        "id        {}\nreceived  {}\nchannel   {}\nvehicle   {}\nreason    {}\ndetail    {}\nbytes     {size}\n\
         payload   {}\n",
        stored.id,
        received_at(letter),
        letter.channel,
        vehicle(letter),
        letter.rejection.reason,
        printable::line(&letter.rejection.detail),
        printable::line(&String::from_utf8_lossy(&letter.payload)),
    )
}

fn received_at(letter: &DeadLetter) -> String {
    let time = letter.received_at.to_offset_date_time().format(MILLISECONDS);
    time.unwrap_or_else(|_| letter.received_at.to_string())
}

fn vehicle(letter: &DeadLetter) -> String {
    letter
        .vehicle_id
        .map_or_else(|| "-".to_owned(), |id| id.to_string())
}

#[cfg(test)]
mod tests {
    use application::{
        ports::DeadLetterId,
        telemetry::{Channel, Reason, Rejection},
    };
    use domain::telemetry::Timestamp;

    use super::*;

    fn a_letter() -> StoredDeadLetter {
        let rejection = Rejection::new(Reason::NotJson, "expected value\u{1b}[2J at line 1");
        let received_at = Timestamp::from_unix_ms(1_732_333_333_123).expect("a time");
        StoredDeadLetter {
            id: DeadLetterId {
                ms: 1_732_333_333_125,
                number: 0,
            },
            letter: DeadLetter {
                bytes: 9_000,
                ..DeadLetter::new(
                    Channel::State,
                    b"{\"a\":\r\n\"\x1b]0;x\x07\"",
                    rejection,
                    received_at,
                )
            },
        }
    }

    #[test]
    fn a_letter_is_one_line_of_the_table() {
        assert_eq!(
            table(&[a_letter()]),
            "ID                    RECEIVED                  REASON            \
             VEHICLE                               DETAIL\n\
             1732333333125-0       2024-11-23T03:42:13.123Z  not_json          \
             -                                     expected value\\u{1b}[2J at line 1\n"
        );
    }

    #[test]
    fn times_have_three_decimals() {
        for (ms, expected) in [
            (1_732_333_333_000, "2024-11-23T03:42:13.000Z"),
            (1_732_333_333_120, "2024-11-23T03:42:13.120Z"),
        ] {
            let StoredDeadLetter { mut letter, .. } = a_letter();
            letter.received_at = Timestamp::from_unix_ms(ms).expect("a time");
            assert_eq!(received_at(&letter), expected);
        }
    }

    #[test]
    fn a_message_cannot_control_the_terminal() {
        let shown = whole(&a_letter());
        assert!(
            shown.ends_with(
                "bytes     9000 (only the first 15 were kept)\npayload   {\"a\":\\r\\n\"\\u{1b}]0;x\\u{7}\"\n"
            ),
            "{shown}"
        );
    }
}
