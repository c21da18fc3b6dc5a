//! Errors about the ledger's own page templates.

use super::{Example, Sandbox, example};

/// Writes a template and commits it.
fn write(sandbox: &Sandbox, name: &str, text: &str) {
    sandbox.write(&format!("templates/{name}"), text);
    sandbox.commit("Add a template");
}

pub fn examples() -> Vec<Example> {
    vec![
        example("template-broken", |sandbox| {
            write(
                sandbox,
                "report.html",
                "<h1>{{ round }}</h1>\n<ul>\n{% for section in sections %}\n</ul>\n",
            );
        }),
        example("template-broken--unknown-value", |sandbox| {
            write(sandbox, "report.md", "# {{ ledger }}\n\n{{ treasurer }}\n");
        }),
        example("template-broken--unknown-template", |sandbox| {
            write(sandbox, "report.md", "{% include \"ours.md\" %}\n");
        }),
        example("template-broken--macro", |sandbox| {
            write(sandbox, "blocks.md", "{% macro block(block) %}\n{{ block.colour }}\n{% endmacro %}\n");
        }),
        example("template-broken--styles", |sandbox| {
            write(sandbox, "page.css", "p { color: red }\n</style><script>alert(1)</script>\n");
        }),
        example("template-endless", |sandbox| {
            let inner = "{% for other in range(9999) %}{% set sum = other %}{% endfor %}";
            let text = format!("{{% for one in range(9999) %}}\n{inner}\n{{% endfor %}}\n");
            write(sandbox, "forum-post.md", &text);
        }),
        example("template-output", |sandbox| {
            let text = format!("{{% for line in range(9999) %}}\n{}\n{{% endfor %}}\n", "x".repeat(1000));
            write(sandbox, "forum-post.md", &text);
        }),
        example("file-too-large--template", |sandbox| {
            write(sandbox, "page.css", &"/* wide */\n".repeat(100_000));
        }),
        example("text-not-utf8--template", |sandbox| {
            sandbox.write("templates/report.md", b"# \xff\n");
            sandbox.commit("Add a template");
        }),
        // Nothing else of the two is told by one.
        example("template-broken--two", |sandbox| {
            sandbox.write("templates/report.html", "{{ nobody }}\n");
            write(sandbox, "report.md", "{{ nothing }}\n");
        }),
        example("exists-already--templates", |sandbox| write(sandbox, "page.css", "p { color: red }\n"))
            .args(&["init", "--templates"]),
    ]
}
