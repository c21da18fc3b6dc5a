//! How long GitHub wants to be left alone.
//!
//! Rules: <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api>. An answer 403
//! or 429 is a limit when it carries `retry-after`, or `x-ratelimit-remaining: 0` with the second at which
//! more is allowed; or when its text says so, and then a minute is to be waited.

use http::{HeaderMap, StatusCode};
use jiff::fmt::rfc2822;

/// What is waited where GitHub gives no time, in seconds.
const UNNAMED_SECONDS: u64 = 60;

/// The seconds that an answer asks to wait for; none when it is no limit.
pub(super) fn seconds_to_wait(status: StatusCode, headers: &HeaderMap, text: &str) -> Option<u64> {
    if status != StatusCode::FORBIDDEN && status != StatusCode::TOO_MANY_REQUESTS {
        return None;
    }
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let number = |name: &str| header(name).and_then(|value| value.trim().parse::<u64>().ok());
    if let Some(seconds) = number("retry-after") {
        return Some(seconds);
    }
    if number("x-ratelimit-remaining") == Some(0) {
        // By the clock of the server, so that a wrong one here does no harm.
        let now = header("date").and_then(|date| rfc2822::parse(date).ok());
        let now = now.and_then(|now| u64::try_from(now.timestamp().as_second()).ok());
        let wait = number("x-ratelimit-reset").zip(now).map(|(reset, now)| reset.saturating_sub(now) + 1);
        return Some(wait.unwrap_or(UNNAMED_SECONDS));
    }
    let is_said = text.to_ascii_lowercase().contains("rate limit");
    (is_said || status == StatusCode::TOO_MANY_REQUESTS).then_some(UNNAMED_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(status: u16, headers: &[(&'static str, &'static str)], text: &str) -> Option<u64> {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse::<http::HeaderName>().unwrap(), value.parse().unwrap()));
        seconds_to_wait(StatusCode::from_u16(status).unwrap(), &headers.collect(), text)
    }

    #[test]
    fn limits_are_told_from_refusals() {
        let date = ("date", "Sun, 22 Nov 2026 06:00:00 GMT");
        assert_eq!(wait(403, &[("retry-after", "7")], ""), Some(7));
        assert_eq!(wait(429, &[("retry-after", "7")], ""), Some(7));
        let reset = ("x-ratelimit-reset", "1795327260");
        assert_eq!(wait(403, &[("x-ratelimit-remaining", "0"), reset, date], ""), Some(61));
        assert_eq!(wait(403, &[("x-ratelimit-remaining", "0"), reset], ""), Some(60));
        assert_eq!(wait(403, &[], "You have exceeded a secondary rate limit."), Some(60));
        assert_eq!(wait(429, &[], ""), Some(60));
        assert_eq!(wait(403, &[("x-ratelimit-remaining", "12")], "Resource not accessible"), None);
        assert_eq!(wait(404, &[("retry-after", "7")], ""), None);
        assert_eq!(wait(503, &[("retry-after", "7")], ""), None);
    }
}
