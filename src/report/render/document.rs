//! The document around a page: what a template may not decide. Its policy lets run the one script that
//! meed brings, known by its digest, lets count the one style sheet, and lets nothing be fetched. It
//! stands before everything that a template puts out, so no template can bring a script that runs.

use base64ct::{Base64, Encoding};

use super::PAGE_SCRIPT;
use crate::files::sha256;
use crate::report::text::escape;

/// A page of HTML, complete in itself.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    /// The title, unescaped.
    pub title: &'a str,
    /// The style sheets, in their order. They hold no `</style` ([`check_styles`]).
    pub styles: &'a [&'a str],
    /// What stands between `<body>` and the script.
    pub body: &'a str,
}

impl Document<'_> {
    /// The whole file, with [`PAGE_SCRIPT`] at its end.
    pub fn write(&self) -> String {
        self.write_with(PAGE_SCRIPT)
    }

    /// The whole file with another script of meed's own.
    pub fn write_with(&self, script: &str) -> String {
        let Self { title, body, .. } = self;
        let title = escape(title);
        let styles = format!("\n{}", self.styles.concat());
        let script = format!("\n{script}");
        let policy = policy(&styles, &script);
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n\
             <link rel=\"icon\" href=\"data:,\">\n\
             <title>{title}</title>\n<style>{styles}</style>\n</head>\n<body>\n{body}\
             <script>{script}</script>\n</body>\n</html>\n"
        )
    }
}

/// What a browser may do: count this style sheet, run this script, show images that stand in the page.
fn policy(styles: &str, script: &str) -> String {
    let digest = |text: &str| Base64::encode_string(&sha256(text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; img-src data:; \
         base-uri 'none'; form-action 'none'",
        digest(styles),
        digest(script)
    )
}

/// Why styles cannot stand in a page; `None` where they can.
pub fn check_styles(styles: &str) -> Option<&'static str> {
    let ends = styles.to_ascii_lowercase().contains("</style");
    ends.then_some("holds `</style`, which would end the style sheet")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_cannot_end_their_element() {
        assert_eq!(check_styles("p { color: red }"), None);
        assert!(check_styles("p{}</STYLE><b>").is_some());
    }
}
