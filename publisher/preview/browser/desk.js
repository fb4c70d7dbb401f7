// Keeps an open page of the preview as the author's files are: reloads it where its content
// changed, exchanges its styles where only they did, and shows the bar with what is wrong.
// `publish serve` puts this into pages; it is never published.
"use strict";

{ // names of its own, beside those of the site's scripts
const OWN = "/.desk/";
const KEPT = "publish serve"; // of sessionStorage: what a reload must not lose
const page = document.currentScript.dataset.page; // the version that is open
const isFramed = window !== window.top;

// -- what a reload keeps

const media = () => Array.from(document.querySelectorAll("audio, video"));
const boxes = () => Array.from(document.querySelectorAll("details"));
const inner = () => Array.from(document.querySelectorAll(".said")); // a transcript scrolls in itself

function reload(wanted) {
  const kept = {
    path: location.pathname,
    wanted,
    top: scrollY,
    inner: inner().map((it) => it.scrollTop),
    open: boxes().map((it) => it.open),
    media: media().map((it) => ({ time: it.currentTime, speed: it.playbackRate, plays: !it.paused && !it.ended })),
  };
  sessionStorage.setItem(KEPT, JSON.stringify(kept));
  location.reload();
}

function restored() {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "{}");
  sessionStorage.removeItem(KEPT);
  if (kept.path !== location.pathname) return "";
  boxes().forEach((it, i) => (it.open = kept.open[i] ?? it.open));
  inner().forEach((it, i) => (it.scrollTop = kept.inner[i] ?? 0));
  media().forEach((it, i) => resume(it, kept.media[i]));
  const scroll = () => scrollTo({ top: kept.top, behavior: "instant" });
  scroll();
  addEventListener("load", scroll, { once: true }); // pictures may have moved things
  return kept.wanted;
}

function resume(audio, before) {
  if (!before) return;
  const speed = document.querySelector(".controls select");
  if (speed && before.speed !== 1) {
    speed.value = before.speed;
    speed.dispatchEvent(new Event("change", { bubbles: true }));
  }
  audio.playbackRate = before.speed;
  if (before.time) audio.currentTime = before.time; // before anything is loaded: where play starts
  if (!before.plays) return;
  // A browser may want to be touched before it makes a sound.
  audio.play().catch(() => addEventListener("pointerdown", () => audio.play(), { once: true }));
}

// -- styles

function restyle(addresses) {
  const links = Array.from(document.querySelectorAll('link[rel="stylesheet"]:not([data-leaving])'));
  addresses.forEach((address, i) => {
    const old = links[i];
    if (!old || old.getAttribute("href") === address) return;
    const link = old.cloneNode();
    link.href = address;
    old.dataset.leaving = "";
    const end = () => old.remove(); // not before the new one is there, or the page would flash
    link.addEventListener("load", end);
    link.addEventListener("error", end);
    old.after(link);
  });
}

// -- the bar

const host = document.createElement("div");
const root = host.attachShadow({ mode: "open" });
let shown = "";

async function dress() {
  const [own, marks] = [new CSSStyleSheet(), new CSSStyleSheet()]; // these need no leave of a policy
  own.replaceSync(await (await fetch(`${OWN}desk.css`)).text());
  root.adoptedStyleSheets = [own];
  marks.replaceSync(`
    .unpublished { display: inline-block; width: fit-content; border: 1px solid; border-radius: .25em; padding: 0 .4em; color: #8a4b00; background: #fff3df; }
    .meta > .unpublished::after { content: none; }
    html { padding-bottom: 3.5rem; scroll-padding-bottom: 3.5rem; }
    @media print { html { padding-bottom: 0; } }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, marks];
}

function show(bar) {
  if (bar === shown) return;
  const before = root.querySelector("details");
  root.innerHTML = shown = bar;
  const now = root.querySelector("details");
  if (now && before?.open) now.open = true; // a list that the author reads stays open
  if (now && before && !before.closest(".failed") && now.closest(".failed")) now.open = true;
  if (now && before?.closest(".failed") && !now.closest(".failed")) now.open = false;
}

// -- news

let source;
let ignored = ""; // a version that a reload did not bring: once is enough

function listen() {
  source?.close();
  source = new EventSource(`${OWN}events?page=${encodeURIComponent(location.pathname)}`);
  source.addEventListener("message", ({ data }) => {
    const news = JSON.parse(data);
    if (news.page && news.page !== page && news.page !== ignored) {
      source.close();
      reload(news.page);
      return;
    }
    restyle(news.styles);
    if (!isFramed) show(news.bar);
  });
  source.addEventListener("error", () => {
    root.querySelector(".desk")?.classList.add("lost");
    shown = "";
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 500); // some give up at once
  });
}

// A browser keeps few connections to one address: pages that nobody sees give theirs back.
document.addEventListener("visibilitychange", () => (document.hidden ? source?.close() : listen()));
addEventListener("pagehide", () => source?.close());
addEventListener("pageshow", ({ persisted }) => persisted && listen());

async function begin() {
  ignored = restored();
  if (!isFramed) {
    await dress();
    document.body.append(host);
  }
  if (!document.hidden) listen();
}

begin();
}
