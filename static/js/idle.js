/* dialog[data-idle="url that tells the seconds left"]: warns before the person is signed out for want of activity, and leads
   to the sign-in page when that has happened. The server knows the time: another tab may be in use, and computers sleep. */

const WARNING = 120_000; // ms before the end
const LOOK_EVERY = 1000;
const ASK_EVERY = 10_000; // while the warning is shown
const TYPING_EVERY = 60_000;
const TELL_AT = [10, 30, 60, 120]; // seconds left at which a screen reader says so
const SIGNED_OUT = -1;

export function idle() {
  const dialog = document.querySelector("dialog[data-idle]");
  if (dialog) watch(dialog);
}

function watch(dialog) {
  const { idle: asking, idleStay, idleSignIn, idleLeft } = dialog.dataset;
  const [heading, clock, status] = ["h2", "[data-idle-clock]", "[role=status]"].map((part) => dialog.querySelector(part));
  const tabs = new BroadcastChannel("idle");
  let endsAt = Date.now() + 1000 * idleLeft;
  let askedAt = 0;
  let stayedAt = Date.now();
  let told;

  const left = () => endsAt - Date.now();

  /** Asks before it warns, again and again while it warns, and at the end. */
  function look() {
    const every = dialog.open && left() > 0 ? ASK_EVERY : LOOK_EVERY;
    if (left() <= WARNING && Date.now() - askedAt >= every) ask();
    if (dialog.open) show();
  }

  async function ask(url = asking, options = {}) {
    askedAt = Date.now();
    const seconds = await secondsLeft(url, options);
    if (seconds === SIGNED_OUT) leave();
    else if (seconds !== null) endsAt = Date.now() + 1000 * seconds;
    show();
  }

  async function stay() {
    stayedAt = Date.now();
    const body = new URLSearchParams(new FormData(dialog.querySelector("form")));
    await ask(idleStay, { method: "POST", body });
    tabs.postMessage(endsAt);
  }

  function show() {
    if (left() > WARNING) {
      dialog.close();
      return;
    }
    const seconds = Math.max(0, Math.ceil(left() / 1000));
    clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    const mark = TELL_AT.find((at) => seconds <= at);
    if (dialog.open && mark !== told) status.textContent = heading.textContent; // when it opens, the heading is read anyway
    told = mark;
    if (!dialog.open) dialog.showModal();
  }

  function leave() {
    clearInterval(looking);
    const here = location.pathname + location.search;
    location.replace(`${idleSignIn}?${new URLSearchParams({ next: here, why: "idle" })}`);
  }

  function typing() {
    if (!dialog.open && Date.now() - stayedAt >= TYPING_EVERY) stay();
  }

  tabs.addEventListener("message", ({ data }) => {
    endsAt = data;
    if (dialog.open) show();
  });
  dialog.querySelector("button[type=button]").addEventListener("click", stay);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    stay();
  });
  for (const kind of ["input", "keydown"]) document.addEventListener(kind, typing);
  document.addEventListener("visibilitychange", look);
  window.addEventListener("pageshow", ({ persisted }) => persisted && ask());
  if (isFromCache()) ask();
  else tabs.postMessage(endsAt);
  const looking = setInterval(look, LOOK_EVERY);
}

/** The seconds until the server signs the person out, SIGNED_OUT where it has, null where it does not answer. */
async function secondsLeft(url, options) {
  try {
    const answer = await fetch(url, options);
    if (answer.status === 401) return SIGNED_OUT;
    return answer.ok ? (await answer.json()).left : null;
  } catch {
    return null;
  }
}

/** Back and Forward bring a page as it was, with the time that was left then. */
function isFromCache() {
  return performance.getEntriesByType("navigation")[0]?.type === "back_forward";
}
