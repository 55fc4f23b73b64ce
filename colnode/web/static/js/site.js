// Everything here only makes a working page quicker. Each part loads when the page has use for it.
document.documentElement.classList.add("js");

// On a narrow screen the stations scroll sideways: start where the person is.
document.querySelector(".station[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

const parts = [
  ["[data-copy], [data-share]", "./copy.js"],
  ["[data-menu]", "./menu.js"],
  ["[data-autosubmit]", "./filters.js"],
  ["[data-draft]", "./draft.js"],
  ["[data-languages]", "./languages.js"],
  ["[data-drop]", "./drop.js"],
  ["[data-preview]", "./preview.js"],
  ["[data-refresh]", "./refresh.js"],
];

for (const [selector, address] of parts) {
  const found = document.querySelectorAll(selector);
  if (found.length) import(address).then((part) => part.start(found));
}
