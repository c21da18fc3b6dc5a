// Reads Markdown as forums and GitHub do (markdown-it: CommonMark with tables, HTML and links that stand
// in the text) and prints what it holds: cells of tables, links, images, raw HTML.
"use strict";
const fs = require("node:fs");
const MarkdownIt = require("markdown-it");

const tokens = new MarkdownIt({ html: true, linkify: true }).parse(fs.readFileSync(process.argv[2], "utf8"), {});
const found = { headings: [], cells: [], items: [], links: [], images: [], html: [], marks: [] };
let inside = "";
for (const token of tokens) {
  if (token.type === "html_block") found.html.push(token.content);
  if (token.type.endsWith("_open")) inside = token.type;
  if (token.type === "inline") inline(token.children, inside);
}
console.log(JSON.stringify(found));

function inline(children, inside) {
  let text = "";
  for (const child of children) {
    if (["text", "code_inline", "text_special"].includes(child.type)) text += child.content;
    else if (child.type === "link_open") found.links.push(child.attrGet("href"));
    else if (child.type === "image") found.images.push({ src: child.attrGet("src"), text: child.content });
    else if (child.type === "html_inline") found.html.push(child.content);
    else if (/^(strong|em|s)_open$/.test(child.type)) found.marks.push(child.type);
  }
  if (/^t[hd]_open$/.test(inside)) found.cells.push(text);
  if (inside === "heading_open") found.headings.push(text);
  if (inside === "paragraph_open") found.items.push(text);
}
