/* Requests that the page makes by itself. The server does not take them for a person doing something. */

/** The answer's text, or null where there is none to show: an error, a sign-in page, a server that is away. */
export async function background(url, options = {}) {
  try {
    const answer = await fetch(url, { ...options, headers: { "X-Background": "1" }, credentials: "same-origin" });
    return answer.ok && !answer.redirected ? await answer.text() : null;
  } catch {
    return null;
  }
}
