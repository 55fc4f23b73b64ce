// Two handles over a line of weeks; they fill the two days of their form and send it.

export function startSliders(root) {
  for (const slider of root.querySelectorAll("[data-slider]")) start(slider);
}

function start(slider) {
  const form = slider.closest("form");
  const [low, high] = slider.querySelectorAll("input");
  const weeks = Number(high.max);
  const day = (week, days = 0) => {
    const date = new Date(`${slider.dataset.today}T12:00:00Z`);
    date.setUTCDate(date.getUTCDate() + week * 7 + days);
    return date;
  };
  const spoken = new Intl.DateTimeFormat(document.documentElement.lang, { day: "numeric", month: "long", timeZone: "UTC" });
  const last = () => (Number(high.value) >= weeks ? slider.dataset.later : spoken.format(day(Number(high.value), -1)));
  const say = () => {
    const first = spoken.format(day(Number(low.value)));
    low.setAttribute("aria-valuetext", first);
    high.setAttribute("aria-valuetext", last());
    slider.querySelector("output").textContent = `${first} – ${last()}`;
    slider.querySelector(".map-slider-track").dataset.low = low.value;
  };
  const hold = (moved) => {
    if (Number(low.value) < Number(high.value)) return;
    if (moved === low) low.value = String(Number(high.value) - 1);
    else high.value = String(Number(low.value) + 1);
  };
  for (const handle of [low, high]) {
    handle.addEventListener("input", () => {
      hold(handle);
      say();
    });
    handle.addEventListener("change", () => {
      hold(handle);
      form.elements.from.value = Number(low.value) ? day(Number(low.value)).toISOString().slice(0, 10) : "";
      form.elements.until.value = Number(high.value) < weeks ? day(Number(high.value), -1).toISOString().slice(0, 10) : "";
      form.requestSubmit();
    });
  }
  say();
}
