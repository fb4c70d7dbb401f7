// Finds posts by parts of words, without a server: "analyse" in "Bedarfsanalyse".

const form = document.querySelector(".search");
const status = document.querySelector("[role=status]");
const results = document.querySelector(".results");
const PASSAGES = 3; // shown of a transcript
document.querySelector(".without").remove();
const loaded = new Map();

// Umlauts are spelt out and accents dropped, so "haeuser" finds "Häuser".
const UMLAUTS = { ä: "ae", ö: "oe", ü: "ue", ß: "ss" };
const fold = (text) =>
  text.normalize("NFC").toLowerCase().replace(/[äöüß]/g, (it) => UMLAUTS[it]).normalize("NFD").replace(/\p{M}/gu, "");

function load(url) {
  if (!loaded.has(url)) {
    loaded.set(url, fetch(url).then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status))));
    loaded.get(url).catch(() => loaded.delete(url));
  }
  return loaded.get(url);
}

// All files of an attribute: those of a large show are divided.
const all = (urls) => Promise.all((urls || "").split(" ").filter(Boolean).map(load));

// The posts that have every word somewhere; those that have them in the title come first.
function search(posts, said, words) {
  const has = (text) => words.some((word) => fold(text).includes(word));
  const found = posts.flatMap((post) => {
    const { title, summary, guests = [], tags = [], chapters = [] } = post;
    const passages = said[post.url] ?? [];
    const timed = [...chapters, ...passages].map(([, text]) => text);
    const everything = fold([title, summary, ...guests, ...tags, ...timed].join("\n"));
    if (!words.every((word) => everything.includes(word))) return [];
    const inTitle = words.every((word) => fold([title, ...guests, ...tags].join("\n")).includes(word));
    const moments = [
      ...chapters.filter(([, text]) => has(text)),
      ...passages.filter(([, text]) => has(text)).slice(0, PASSAGES),
    ];
    return [{ post, inTitle, moments }];
  });
  return found.sort((a, b) => b.inTitle - a.inTitle); // a stable sort: newest first within each
}

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function clock(time) {
  const parts = [time / 3600, (time / 60) % 60, time % 60].map(Math.floor);
  return (parts[0] ? parts : parts.slice(1)).map((part, i) => (i ? String(part).padStart(2, 0) : part)).join(":");
}

function shown({ post, moments }) {
  const links = moments.map(([start, text]) =>
    element("li", {}, element("a", { href: `${post.url}?t=${Math.floor(start)}` },
      element("span", { className: "clock", textContent: clock(start) }), ` ${text}`)));
  const parts = [
    element("p", { className: "meta", textContent: [...(post.guests ?? []), ...(post.tags ?? [])].join(" · ") }),
    element("h2", {}, element("a", { href: post.url, textContent: post.title })),
    element("p", { textContent: post.summary }),
  ];
  if (links.length) parts.push(element("ul", { className: "moments" }, ...links));
  return element("li", {}, element("article", { className: "post" }, ...parts));
}

async function update() {
  const query = form.q.value.trim();
  const withSaid = form.said?.checked;
  const words = fold(query).split(/\s+/).filter(Boolean);
  const address = new URL(location);
  address.search = query ? new URLSearchParams({ q: query, ...(withSaid && { said: 1 }) }) : "";
  history.replaceState(null, "", address);
  try {
    const [posts, said] = words.length
      ? await Promise.all([all(form.dataset.index), all(withSaid && form.dataset.said)])
      : [[], []];
    if (form.q.value.trim() !== query) return; // somebody typed on meanwhile
    const found = search(posts.flat(), Object.assign({}, ...said), words);
    results.replaceChildren(...found.map(shown));
    const { one, many, none } = status.dataset;
    status.textContent = !found.length ? none : found.length === 1 ? one : many.replace("{n}", found.length);
  } catch {
    results.replaceChildren();
    status.textContent = status.dataset.failed;
  }
  status.hidden = !words.length;
}

form.addEventListener("input", update);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  update();
});

// Arrow keys walk from the field through the results and back.
document.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const stops = [form.q, ...results.querySelectorAll("a")];
  const at = stops.indexOf(document.activeElement);
  if (!step || at < 0 || !stops[at + step]) return;
  event.preventDefault();
  stops[at + step].focus();
});

const asked = new URLSearchParams(location.search);
form.q.value = asked.get("q") ?? "";
if (form.said) form.said.checked = asked.has("said");
if (form.q.value) update();
else form.q.focus();
