{
  const form = document.getElementById("search");
  if (form) {
    const found = JSON.parse(document.getElementById("search-data").textContent);
    const input = form.querySelector("input"), list = form.querySelector("ul"), told = form.querySelector("output");
    const most = 20;
    const look = () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(word => word);
      const hits = words.length ? found.filter(one => words.every(word => one.text.includes(word))) : [];
      told.textContent = !words.length ? "" : hits.length > most ? `${hits.length} found, the first ${most}:`
        : hits.length ? `${hits.length} found` : "nobody and nothing of that name";
      list.replaceChildren(...hits.slice(0, most).map(one => {
        const item = document.createElement("li"), link = document.createElement("a"), more = document.createElement("span");
        link.href = one.target;
        link.textContent = one.name;
        more.textContent = " " + one.more;
        item.append(link, more);
        return item;
      }));
    };
    input.addEventListener("input", look);
    form.addEventListener("submit", event => {
      event.preventDefault();
      const first = list.querySelector("a");
      if (first) first.click();
    });
    form.hidden = false;
  }
}
