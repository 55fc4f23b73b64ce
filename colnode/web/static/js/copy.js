// Copy and share buttons: data-copy="#field" or data-share="address", data-copied="words".
function say(button, words) {
  const label = button.querySelector("span") ?? button;
  const before = label.textContent;
  label.textContent = words;
  label.setAttribute("role", "status");
  setTimeout(() => (label.textContent = before), 2400);
}

async function copy(button) {
  const field = document.querySelector(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(field.value ?? field.textContent.trim());
    say(button, button.dataset.copied);
  } catch {
    field.select?.();
  }
}

async function share(button) {
  const url = new URL(button.dataset.share, location.href).href;
  try {
    if (navigator.share) return await navigator.share({ url, title: button.dataset.title });
    await navigator.clipboard.writeText(url);
    say(button, button.dataset.copied);
  } catch {
    // Closing the share sheet is an answer too.
  }
}

export function start(buttons) {
  for (const button of buttons) {
    button.addEventListener("click", () => ("copy" in button.dataset ? copy : share)(button));
  }
}
