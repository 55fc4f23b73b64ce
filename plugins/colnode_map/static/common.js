// What every part of the map uses: words from the page, answers from the city.

export const isStill = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

// A sentence of the page with {names} filled in.
export function word(name, values = {}) {
  const text = document.getElementById("map-words")?.dataset[name] || "";
  return text.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

export function escaped(text) {
  const box = document.createElement("span");
  box.textContent = text;
  return box.innerHTML;
}

export async function load(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.json();
}

// A part of the address as finite numbers, null when it is not that many.
export function numbers(text, count) {
  const found = (text || "").split(",").map(Number);
  return text && found.length === count && found.every(Number.isFinite) ? found : null;
}

// A moment as the city's clocks show it, wherever the reader is.
export function moment(text) {
  if (!text) return "";
  const timeZone = document.querySelector("[data-zone]")?.dataset.zone;
  const options = { timeZone, weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
  return new Intl.DateTimeFormat(document.documentElement.lang, options).format(new Date(text));
}
