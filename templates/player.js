// What a listener gains with JavaScript; without it the browser's own player, the links to
// chapters and the transcript all work. Nothing is stored, and no sound is loaded before play.

const SKIP = 15;
const player = document.querySelector(".player");
const audio = player.querySelector("audio");
const file = new URL(audio.querySelector("source").src);
const controls = player.querySelector("template").content.firstElementChild.cloneNode(true);
const [position, speed, share] = [".position", "select", ".share"].map((it) => controls.querySelector(it));
const marks = (selector, start) => Array.from(document.querySelectorAll(selector), (mark) => ({ mark, start: start(mark) }));
const chapters = marks('.chapters a[href*="#t="]', (link) => moment(link.hash)[0]);
let cues = [];
let said; // the transcript, once it is here
let end = Infinity; // of the part that a link names
let handScrolled = 0; // when somebody last scrolled the transcript

// "60", "1m5s", "1:05" or "1:02:03" as seconds, NaN if it is none of these.
function seconds(text) {
  if (/^\d+(:\d+)*(\.\d+)?$/.test(text)) return text.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  const [found, h = 0, m = 0, s = 0] = /^(?:(\d+)h)?(?:(\d+)m)?(?:([\d.]+)s)?$/i.exec(text) ?? [];
  return found ? h * 3600 + m * 60 + Number(s) : NaN;
}

// The start and end in "?t=60" or "#t=60,90".
function moment(query) {
  const [from, to] = (new URLSearchParams(query.slice(1)).get("t") ?? "").replace(/^npt:/, "").split(",");
  return [seconds(from || (to ? "0" : "")), to ? seconds(to) : Infinity];
}

function clock(time) {
  const [h, m, s] = [time / 3600, (time / 60) % 60, time % 60].map(Math.floor);
  return (h ? [h, String(m).padStart(2, 0), s] : [m, s]).map((part, i) => (i ? String(part).padStart(2, 0) : part)).join(":");
}

function seek(from, to = Infinity) {
  audio.currentTime = Math.max(0, from); // before anything is loaded: where play will start
  end = to;
  show();
}

function seekAndPlay(from, to) {
  seek(from, to);
  audio.play();
}

// The part of a list that is being heard, marked; true if it is another one than before.
function mark(list, time) {
  const now = list.findLast((it) => it.start <= time + 0.05)?.mark;
  const before = list.find((it) => it.mark.ariaCurrent)?.mark;
  if (now === before) return;
  before?.removeAttribute("aria-current");
  now?.setAttribute("aria-current", "true");
  return now;
}

function show() {
  const time = audio.currentTime;
  position.textContent = time ? clock(time) : "";
  mark(chapters, time);
  const cue = mark(cues, time);
  if (cue && !audio.paused && Date.now() - handScrolled > 5000) {
    if (said.tabIndex < 0) cue.scrollIntoView({ block: "center" });
    else said.scrollTop += cue.getBoundingClientRect().top - said.getBoundingClientRect().top - said.clientHeight / 3;
  }
}

function step(by) {
  speed.selectedIndex = Math.min(speed.options.length - 1, Math.max(0, speed.selectedIndex + by));
  audio.playbackRate = speed.value;
}

player.append(controls);
controls.addEventListener("click", ({ target }) => {
  if (target.dataset.skip) seek(audio.currentTime + Number(target.dataset.skip));
});
speed.addEventListener("change", () => step(0));
share.addEventListener("click", async () => {
  const link = new URL(player.dataset.url);
  link.searchParams.set("t", Math.floor(audio.currentTime));
  const label = share.textContent;
  try {
    await navigator.clipboard.writeText(link);
    share.textContent = share.dataset.done;
    setTimeout(() => (share.textContent = label), 3000);
  } catch {
    prompt(label, link); // a browser that lets no page write to the clipboard
  }
});

// Keys work while the focus is in the player, so that they disturb nobody who types elsewhere.
const keys = {
  j: () => seek(audio.currentTime - SKIP),
  l: () => seek(audio.currentTime + SKIP),
  k: () => (audio.paused ? audio.play() : audio.pause()),
  "<": () => step(-1),
  ">": () => step(1),
};
player.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
});

audio.addEventListener("timeupdate", () => {
  if (audio.currentTime >= end) {
    end = Infinity;
    audio.pause();
  }
  show();
});

// Links to a moment of this recording play here; cues do, too.
document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const link = event.target.closest('a[href*="#t="]');
  if (link && (link.pathname === file.pathname || link.getAttribute("href").startsWith("#"))) {
    event.preventDefault();
    seekAndPlay(...moment(link.hash));
  } else if (event.target.dataset.t && getSelection().isCollapsed) {
    seekAndPlay(Number(event.target.dataset.t));
  }
});

function follow() {
  const [from, to] = [location.hash, location.search].map(moment).find(([time]) => time >= 0) ?? [];
  if (from >= 0) seek(from, to);
}
addEventListener("hashchange", follow);
follow();

// The transcript follows, and can be searched.
function readAlong(found, template) {
  said = found;
  cues = marks(".said [data-t]", (cue) => Number(cue.dataset.t));
  for (const name of ["wheel", "touchmove", "keydown"]) {
    (said.tabIndex < 0 ? document : said).addEventListener(name, () => (handScrolled = Date.now()), { passive: true });
  }
  const find = template.content.firstElementChild.cloneNode(true);
  const status = find.querySelector("[role=status]");
  find.addEventListener("input", ({ target }) => {
    const wanted = target.value.trim().toLowerCase();
    let count = 0;
    for (const paragraph of said.children) {
      paragraph.hidden = !paragraph.textContent.replace(/\s+/g, " ").toLowerCase().includes(wanted);
      count += !paragraph.hidden;
    }
    status.textContent = !wanted ? "" : count ? status.dataset.found + count : status.dataset.none;
  });
  said.before(find);
  if (audio.currentTime) show();
  return find;
}

const here = document.querySelector(".said");
if (here) readAlong(here, here.parentElement.querySelector("template"));

// An hour of talk weighs more than the page: it comes when asked for, from a page of its own.
const invitation = document.querySelector(".transcript .open");
invitation?.addEventListener("click", async (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  try {
    const answer = await fetch(invitation.href);
    if (!answer.ok) throw new Error(answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const box = document.importNode(page.querySelector(".said"), true);
    box.tabIndex = 0; // it scrolls here, so that keys must reach it
    box.role = "group";
    box.setAttribute("aria-labelledby", "transcript");
    invitation.parentElement.replaceWith(box);
    readAlong(box, page.querySelector(".transcript template"))
      .querySelector("input").focus();
  } catch {
    invitation.textContent = invitation.dataset.failed;
  }
});

// The lock screen and the keys of headphones.
if ("mediaSession" in navigator) {
  const { title, show: artist, cover } = player.dataset;
  audio.addEventListener("play", () => {
    navigator.mediaSession.metadata = new MediaMetadata({ title, artist, artwork: cover ? [{ src: cover }] : [] });
  });
  const turn = (by) => {
    const now = chapters.findLastIndex((it) => it.start <= audio.currentTime);
    if (chapters[now + by]) seek(chapters[now + by].start);
  };
  const actions = {
    seekbackward: ({ seekOffset }) => seek(audio.currentTime - (seekOffset || SKIP)),
    seekforward: ({ seekOffset }) => seek(audio.currentTime + (seekOffset || SKIP)),
    seekto: ({ seekTime }) => seek(seekTime),
    ...(chapters.length && { previoustrack: () => turn(-1), nexttrack: () => turn(1) }),
  };
  for (const name in actions) navigator.mediaSession.setActionHandler(name, actions[name]);
}
