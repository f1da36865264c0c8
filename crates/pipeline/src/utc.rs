use std::time::{SystemTime, UNIX_EPOCH};

const SECONDS_OF_DAY: u64 = 86_400;
/// The days of 400 years, after which the calendar repeats.
const DAYS_OF_ERA: u64 = 146_097;
/// The days from 1 March of the year 0 to 1 January 1970.
const DAYS_BEFORE_1970: u64 = 719_468;

/// The time now as `2026-11-29T14:30:05Z`.
pub(crate) fn time_now() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    format_utc(since.map_or(0, |since| since.as_secs()))
}

/// Seconds since 1970 as a date and a time of day.
fn format_utc(seconds: u64) -> String {
    let (days, second) = (seconds / SECONDS_OF_DAY, seconds % SECONDS_OF_DAY);
    // Years begin in March here, so that the day that leap years add is the last one of a year.
    let days = days + DAYS_BEFORE_1970;
    let (era, day) = (days / DAYS_OF_ERA, days % DAYS_OF_ERA);
    let year_of_era = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // From March on, five months in a row have 153 days.
    let month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, year_after) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    let year = 400 * era + year_of_era + year_after;
    let (hour, minute) = (second / 3600, second / 60 % 60);
    format!(
        "{year:04}-{month:02}-{day_of_month:02}T{hour:02}:{minute:02}:{:02}Z",
        second % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_become_dates() {
        // As `date -u -d @SECONDS` prints them.
        let cases = [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_799, "2000-02-29T23:59:59Z"),
            (1_709_251_200, "2024-03-01T00:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (1_796_002_205, "2026-11-30T01:30:05Z"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(format_utc(seconds), expected);
        }
        assert_eq!(time_now().len(), 20);
    }
}
