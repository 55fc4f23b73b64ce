// Texts in several languages (data-languages) show one language at a time, the same in the whole form.
// Without JavaScript all of them stand below each other.
const codeOf = (field) => field.querySelector("[lang]").lang;

export function start(groups) {
  const all = [...groups].filter((group) => group.querySelectorAll(".language").length > 1);
  const fieldsOf = (group) => [...group.querySelectorAll(".languages > .field")];
  const show = (code) => {
    for (const group of all) {
      fieldsOf(group).forEach((field) => (field.hidden = codeOf(field) !== code));
      group.querySelectorAll(".language-tab").forEach((tab) => {
        tab.setAttribute("aria-pressed", String(tab.value === code));
      });
    }
  };
  for (const group of all) {
    const tabs = document.createElement("div");
    tabs.className = "language-tabs";
    for (const field of fieldsOf(group)) {
      const input = field.querySelector("[lang]");
      const tab = document.createElement("button");
      Object.assign(tab, { type: "button", value: input.lang, className: "language-tab" });
      tab.textContent = field.querySelector(".sr-only").textContent;
      const mark = () => {
        tab.classList.toggle("is-filled", input.value.trim() !== "");
        tab.classList.toggle("has-error", field.classList.contains("has-error"));
      };
      mark();
      input.addEventListener("input", mark);
      input.addEventListener("invalid", () => show(input.lang));
      tab.addEventListener("click", () => show(input.lang));
      tabs.append(tab);
    }
    group.querySelector(".languages").before(tabs);
  }
  if (!all.length) return;
  const wrong = all.flatMap(fieldsOf).find((field) => field.classList.contains("has-error"));
  show(codeOf(wrong ?? fieldsOf(all[0])[0]));
}
