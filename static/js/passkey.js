/* data-passkey="create" or "get": a form that asks the browser for a passkey before it is sent. What to ask for is in
   #passkey-options; asking is webauthnJSON's, a script of the page. The button shows itself where that can work. */

export function passkeys() {
  for (const form of document.querySelectorAll("form[data-passkey]")) offer(form);
}

function offer(form) {
  if (!window.PublicKeyCredential) {
    show(form, "missing");
    return;
  }
  form.querySelector("[data-passkey-start]").hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation(); // not sent yet: once.js must not count it
    ask(form);
  });
}

async function ask(form) {
  hideTroubles(form);
  const button = form.querySelector("[data-passkey-start]");
  button.disabled = true;
  try {
    const options = JSON.parse(document.getElementById("passkey-options").textContent);
    const passkey = await window.webauthnJSON[form.dataset.passkey](options);
    form.elements.credential.value = JSON.stringify(passkey);
    form.submit();
  } catch (error) {
    show(form, error.name === "InvalidStateError" ? "known" : "failed");
    button.disabled = false;
  }
}

function show(form, trouble) {
  form.querySelector(`[data-passkey-${trouble}]`).hidden = false;
}

function hideTroubles(form) {
  for (const said of form.querySelectorAll(".error[role=alert]")) said.hidden = true;
}
