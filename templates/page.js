"use strict";
{
  const make = (name, text, attributes = {}) => {
    const element = document.createElement(name);
    element.textContent = text;
    for (const key in attributes) element.setAttribute(key, attributes[key]);
    return element;
  };
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const number = text => {
    const value = parseFloat(text.replace(/[^\d.-]/g, ""));
    return isNaN(value) ? -Infinity : text.includes("<") ? value / 2 : value;
  };

  for (const table of all("table[data-interactive]")) {
    const body = table.tBodies[0], rows = [...body.rows], heads = [...table.tHead.rows[0].cells];
    const text = (row, at) => row.cells[at].textContent;
    heads.forEach((head, at) => {
      const numbers = table.classList.contains("n" + (at + 1));
      const button = make("button", head.textContent, {type: "button"});
      head.replaceChildren(button);
      button.onclick = () => {
        const up = head.ariaSort ? head.ariaSort == "descending" : !numbers;
        const compare = numbers
          ? (a, b) => number(text(a, at)) - number(text(b, at))
          : (a, b) => text(a, at).localeCompare(text(b, at), "en", {numeric: true});
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        body.append(...[...rows].sort((a, b) => up ? compare(a, b) : compare(b, a)));
      };
    });
    const label = make("label", "Search "), found = make("output", "");
    const input = make("input", "", {type: "search"});
    label.append(input);
    input.oninput = () => {
      const query = input.value.trim().toLowerCase();
      for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(query);
      const count = rows.filter(row => !row.hidden).length;
      found.textContent = query ? `${count} of ${rows.length} rows` : "";
    };
    const controls = make("div", "", {class: "controls"});
    controls.append(label, found);
    table.parentElement.before(controls);
  }

  for (const svg of all("figure > svg")) {
    const titleOf = mark => mark.querySelector(":scope > title");
    if (svg.querySelector("svg > * title")) {
      // People who cannot see the chart have the table of its numbers.
      const value = make("p", "Point at a mark, or tap it, to read its value.", {class: "value", "aria-hidden": "true"});
      svg.after(value);
      svg.onpointerover = event => {
        let mark = event.target;
        while (mark != svg && !titleOf(mark)) mark = mark.parentNode;
        if (mark != svg) value.textContent = titleOf(mark).textContent;
      };
    }
    const keys = all(".key", svg);
    if (keys.length > 1) {
      const legend = make("div", "", {class: "controls legend", role: "group", "aria-label": "Series of the chart"});
      for (const key of keys) {
        const marks = all("." + key.classList[1], svg).filter(mark => !mark.closest(".key"));
        const button = make("button", key.textContent.trim(), {type: "button", "aria-pressed": "true"});
        button.onclick = () => {
          const shown = button.getAttribute("aria-pressed") == "false";
          button.setAttribute("aria-pressed", shown);
          for (const mark of marks) mark.classList.toggle("off", !shown);
        };
        legend.append(button);
      }
      svg.after(legend);
    }
  }

  // Only what can be scrolled needs to be reached by keyboard.
  for (const box of all(".scroll, pre")) if (box.scrollWidth <= box.clientWidth) box.removeAttribute("tabindex");
}
