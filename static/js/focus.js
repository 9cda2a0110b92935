/* data-focus: what the page wants to be read first, such as the summary of what is wrong. */

export function focusSummary() {
  document.querySelector("[data-focus]")?.focus();
}
