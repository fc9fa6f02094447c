// The three views of the start page: which one is shown, and what the live one asks the backend.

const views = { "/": "home", "/live": "live", "/about": "about" };
const every = 3000;
const patience = 5000;
const element = (id) => document.getElementById(id);

// --- views ---

function show(path, { moveFocus = false } = {}) {
  const name = views[path.replace(/\/+$/, "") || "/"] ?? "home";
  for (const section of document.querySelectorAll("main > section")) {
    section.hidden = section.id !== name;
    if (!section.hidden) document.title = section.dataset.title;
  }
  for (const link of document.querySelectorAll("nav a")) {
    if (link.dataset.view === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (moveFocus) {
    element("main").focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }
  if (name === "live") live.start();
  else live.stop();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-view]");
  const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
  if (!link || !plain) return;
  event.preventDefault();
  if (link.pathname !== location.pathname) history.pushState(null, "", link.pathname);
  show(link.pathname, { moveFocus: true });
});

window.addEventListener("popstate", () => show(location.pathname));

// --- home: what the browser knows about how this page came ---

function showFacts() {
  const entry = performance.getEntriesByType("navigation")[0];
  const protocols = { "http/1.0": "HTTP/1.0", "http/1.1": "HTTP/1.1", h2: "HTTP/2", h3: "HTTP/3" };
  const protocol = protocols[entry?.nextHopProtocol] ?? "unknown";
  element("fact-origin").textContent = location.host;
  element("fact-protocol").textContent = protocol + (location.protocol === "https:" ? " over TLS" : "");
  if (!entry?.responseStart) {
    element("fact-size").textContent = element("fact-time").textContent = "unknown";
    return;
  }
  const packed = entry.encodedBodySize < entry.decodedBodySize;
  element("fact-size").textContent =
    entry.transferSize === 0
      ? "from the browser's cache"
      : `${entry.encodedBodySize} bytes` + (packed ? `, packed from ${entry.decodedBodySize}` : "");
  element("fact-time").textContent = `${(entry.responseStart - entry.requestStart).toFixed(1)} ms`;
}

// --- live ---

class NoBackend extends Error {}

async function ask(path) {
  const started = performance.now();
  let response;
  try {
    response = await fetch(path, {
      headers: { Accept: "application/json" },
      cache: "no-store",
      signal: AbortSignal.timeout(patience),
    });
  } catch {
    throw new NoBackend("no answer");
  }
  const type = response.headers.get("Content-Type") ?? "";
  if (!response.ok || !type.includes("json")) throw new NoBackend(`answered ${response.status}`);
  const value = await response.json().catch(() => {
    throw new NoBackend("an answer that is not JSON");
  });
  const took = performance.now() - started;
  return { meta: `${response.status} in ${took.toFixed(1)} ms`, body: JSON.stringify(value, null, 2) };
}

const live = {
  timer: undefined,
  running: false,
  paused: false,

  start() {
    if (this.running || this.paused) return;
    this.running = true;
    this.round();
  },

  stop() {
    this.running = false;
    clearTimeout(this.timer);
  },

  async round() {
    clearTimeout(this.timer);
    const questions = { hello: "/api/hello", time: "/api/time" };
    const answers = await Promise.allSettled(Object.values(questions).map(ask));
    if (!this.running) return;
    Object.keys(questions).forEach((name, index) => {
      const { value, reason } = answers[index];
      element(`${name}-meta`).textContent = value?.meta ?? reason.message;
      element(`${name}-body`).textContent = value?.body ?? "–";
    });
    this.tell(answers.every((answer) => answer.status === "fulfilled"));
    this.timer = setTimeout(() => this.round(), every);
  },

  // Said once per change: a screen reader shall not hear it every three seconds.
  tell(up) {
    const state = element("live-state");
    const now = up ? "up" : "down";
    if (state.dataset.state === now) return;
    state.dataset.state = now;
    if (up) state.textContent = "The backend answers.";
    else state.innerHTML = "<span>No backend is answering on /api yet. Start one with <code>scripts/serve --demo</code></span>";
  },
};

element("pause").addEventListener("click", (event) => {
  live.paused = !live.paused;
  event.target.setAttribute("aria-pressed", String(live.paused));
  event.target.textContent = live.paused ? "Go on" : "Pause";
  if (live.paused) live.stop();
  else live.start();
});

document.addEventListener("visibilitychange", () => {
  if (document.hidden) live.stop();
  else show(location.pathname);
});

showFacts();
show(location.pathname);
