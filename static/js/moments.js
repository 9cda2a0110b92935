/* Moments in the reader's own way of writing dates, which the browser knows better than the server. */

const day = new Intl.DateTimeFormat(navigator.language, { dateStyle: "medium" });
const dayAndTime = new Intl.DateTimeFormat(navigator.language, { dateStyle: "medium", timeStyle: "short" });
const dayOnly = new Intl.DateTimeFormat(navigator.language, { dateStyle: "medium", timeZone: "UTC" });
const exactly = new Intl.DateTimeFormat(navigator.language, { dateStyle: "full", timeStyle: "long" });

/** Write the moments under `root` anew: the day or the day and the time, and the exact moment on hover. A date without a
    time (data-day) is the same day wherever the reader is. */
export function moments(root) {
  for (const element of root.querySelectorAll("time[datetime]")) {
    const moment = new Date(element.dateTime);
    if ("day" in element.dataset) {
      element.textContent = dayOnly.format(moment);
      continue;
    }
    element.textContent = ("withTime" in element.dataset ? dayAndTime : day).format(moment);
    element.title = exactly.format(moment);
  }
}
