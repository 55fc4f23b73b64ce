// Keeps a draft of a long form (data-draft="key") on this device until it was sent. Never passwords, never files.
const skipped = new Set(["password", "file", "hidden", "submit", "button"]);
const fields = (form) => [...form.elements].filter((field) => field.name && !skipped.has(field.type));
const isTicked = (field) => field.type === "checkbox" || field.type === "radio";
const read = (field) => (isTicked(field) ? field.checked : field.value);
const isFresh = (field) => read(field) === (isTicked(field) ? field.defaultChecked : field.defaultValue ?? field.value);

export function start(forms) {
  for (const form of forms) {
    const key = `draft:${form.dataset.draft}`;
    const name = (field) => (field.type === "radio" || field.type === "checkbox" ? `${field.name}=${field.value}` : field.name);
    let kept;
    try {
      kept = JSON.parse(localStorage.getItem(key) ?? "null");
    } catch {
      return;
    }
    for (const field of kept ? fields(form) : []) {
      const value = kept[name(field)];
      if (value === undefined || !isFresh(field)) continue;
      if (isTicked(field)) field.checked = value;
      else field.value = value;
    }
    const note = form.querySelector("[data-draft-note]");
    if (kept && note) note.hidden = false;
    form.addEventListener("input", () => {
      const state = Object.fromEntries(fields(form).map((field) => [name(field), read(field)]));
      try {
        localStorage.setItem(key, JSON.stringify(state));
      } catch {
        // A full or forbidden store costs the draft, not the form.
      }
    });
    form.addEventListener("submit", () => localStorage.removeItem(key));
    form.querySelector("[data-draft-forget]")?.addEventListener("click", () => {
      localStorage.removeItem(key);
      location.reload();
    });
  }
}
