// The sheet beside the map: filters, list and address follow each other without a reload.
import { isStill, numbers, word } from "./common.js";
import { startSliders } from "./slider.js";

const PARTS = ["map-filters-part", "map-found"];

export function startSheet(map, element, stops) {
  const sheet = document.getElementById(element.dataset.sheet);
  const state = { map, element, stops, sheet, asked: 0 };
  sheet.addEventListener("click", (event) => onClick(state, event));
  sheet.addEventListener("submit", (event) => onSubmit(state, event));
  sheet.addEventListener("keydown", (event) => closeFilters(event, sheet));
  window.addEventListener("popstate", () => go(state, new URL(location.href), { keeps: true }));
  followMap(state);
  followNotes(state);
  startSliders(sheet);
  shareHere(sheet);
}

function onClick(state, event) {
  const locate = event.target.closest("[data-locate]");
  if (locate) return locateMe(state, locate);
  const link = event.target.closest("a[data-narrow], a[data-whole]");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  go(state, onThisView(new URL(link.href), "whole" in link.dataset));
}

function onSubmit(state, event) {
  const form = event.target.closest("form[data-narrow]");
  if (!form) return;
  event.preventDefault();
  const url = new URL(form.action);
  for (const [name, value] of new FormData(form)) if (value) url.searchParams.set(name, value);
  go(state, onThisView(url, form.elements.place !== undefined));
}

function closeFilters(event, sheet) {
  const filters = sheet.querySelector("#map-narrow");
  if (event.key !== "Escape" || !filters.open) return;
  filters.open = false;
  filters.querySelector("summary").focus();
}

// What is looked for changes, where one looks stays.
function onThisView(url, isWhole) {
  const here = new URL(location.href).searchParams;
  for (const name of isWhole ? [] : ["at", "bbox"]) {
    if (here.has(name) && !url.searchParams.has(name)) url.searchParams.set(name, here.get(name));
  }
  return url;
}

// Show what an address finds: list, filters and stops. `keeps` leaves the history as it is.
async function go(state, url, { keeps = false } = {}) {
  const fresh = await read(state, url);
  if (!fresh) return;
  if (!keeps) history.pushState(null, "", url);
  replaceParts(state.sheet, fresh, PARTS);
  const canvas = fresh.querySelector("[data-map]").dataset;
  const wasNear = state.element.dataset.near;
  for (const name of ["activities", "near", "remember", "cities"]) {
    if (canvas[name] === undefined) delete state.element.dataset[name];
    else state.element.dataset[name] = canvas[name];
  }
  lookAt(state, url, canvas.near !== wasNear && canvas.near);
  state.stops.reload();
  startSliders(state.sheet);
  shareHere(state.sheet);
}

function lookAt({ map }, url, near) {
  const at = numbers(url.searchParams.get("at"), 3);
  const point = numbers(near || "", 2);
  if (at) map.setView([at[0], at[1]], at[2], { animate: !isStill });
  else if (point) map.setView(point, 14, { animate: !isStill });
}

// The page at an address as a document, null when a newer question was asked meanwhile.
async function read(state, url) {
  const turn = ++state.asked;
  const list = state.sheet.querySelector("#map-list");
  list.classList.add("is-busy");
  const page = await fetch(url).then((answer) => (answer.ok ? answer.text() : null)).catch(() => null);
  if (turn !== state.asked) return null;
  list.classList.remove("is-busy");
  if (!page) return void location.assign(url);
  const fresh = new DOMParser().parseFromString(page, "text/html");
  document.getElementById("map-said").textContent = fresh.getElementById("map-total").textContent;
  return fresh;
}

function replaceParts(sheet, fresh, ids) {
  const focused = document.activeElement?.id;
  const open = sheet.querySelector("#map-narrow").open;
  const body = sheet.querySelector(".map-narrow-body");
  const down = body.scrollTop;
  for (const id of ids) document.getElementById(id).replaceChildren(...fresh.getElementById(id).childNodes);
  sheet.querySelector("#map-narrow").open = open;
  sheet.querySelector(".map-narrow-body").scrollTop = down;
  if (focused && document.activeElement === document.body) {
    (document.getElementById(focused) || sheet.querySelector("#map-narrow-open")).focus({ preventScroll: true });
  }
}

function shareHere(sheet) {
  const share = sheet.querySelector(".map-foot [data-share]");
  if (share) share.dataset.share = location.href;
  const code = sheet.querySelector(".map-foot a[href*='/map/embed-code']");
  if (code) code.search = location.search;
}

// Asked only when the button is pressed; rounded to about a kilometre before it leaves.
function locateMe(state, button) {
  const said = document.getElementById("map-said");
  const words = button.querySelector("span");
  const before = words.textContent;
  words.textContent = word("finding");
  const found = ({ coords }) => {
    const url = new URL(button.dataset.locate, location.href);
    url.searchParams.set("near", `${coords.latitude.toFixed(2)},${coords.longitude.toFixed(2)}`);
    go(state, url);
  };
  const failed = () => {
    words.textContent = before;
    said.textContent = word("noPlace");
    said.classList.remove("sr-only");
    said.classList.add("map-said");
    setTimeout(() => said.classList.replace("map-said", "sr-only"), 9000);
  };
  if (navigator.geolocation) navigator.geolocation.getCurrentPosition(found, failed, { maximumAge: 60_000, timeout: 10_000 });
  else failed();
}

function at(map) {
  const { lat, lng } = map.getCenter();
  return `${lat.toFixed(4)},${lng.toFixed(4)},${map.getZoom()}`;
}

// The list follows the map once somebody has moved it.
function followMap(state) {
  const { map } = state;
  let moved = false;
  let isForNote = false;
  let timer;
  const byHand = () => {
    moved = true;
  };
  map.on("dragstart", byHand);
  const box = map.getContainer();
  box.addEventListener("wheel", byHand, { passive: true });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Tab" && event.key !== "Escape") byHand();
  });
  box.addEventListener("click", (event) => {
    if (event.target.closest(".leaflet-control-zoom, .map-many")) byHand();
  });
  map.on("autopanstart", () => {
    isForNote = true;
  });
  map.on("moveend", () => {
    if (isForNote || !moved) {
      isForNote = false;
      return;
    }
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const url = new URL(location.href);
      url.searchParams.delete("after");
      url.searchParams.set("at", at(map));
      url.searchParams.set("bbox", visibleBox(map));
      const fresh = await read(state, url);
      if (!fresh) return;
      history.replaceState(null, "", url);
      replaceParts(state.sheet, fresh, ["map-found"]);
      shareHere(state.sheet);
    }, 350);
  });
}

// An open note stands in the address, so that the address shows it again.
function followNotes({ map, sheet }) {
  const write = (reference) => {
    const url = new URL(location.href);
    if (reference) url.searchParams.set("show", reference);
    else url.searchParams.delete("show");
    if (reference && !url.searchParams.has("at")) url.searchParams.set("at", at(map));
    history.replaceState(null, "", url);
    shareHere(sheet);
  };
  map.on("popupopen", ({ popup }) => write(popup.reference || popup._source?.reference));
  map.on("popupclose", () => write(""));
}

// The part of the map that the sheet leaves free.
function visibleBox(map) {
  const whole = map.getContainer().getBoundingClientRect();
  const sheet = document.querySelector(".map-sheet")?.getBoundingClientRect();
  let [left, right, bottom] = [0, whole.width, whole.height];
  if (sheet && window.matchMedia("(min-width: 60rem)").matches) {
    if (sheet.left - whole.left < whole.width / 2) left = sheet.right - whole.left;
    else right = sheet.left - whole.left;
  } else if (sheet) {
    bottom = Math.max(80, Math.min(bottom, sheet.top - whole.top));
  }
  const a = map.containerPointToLatLng([left, bottom]);
  const b = map.containerPointToLatLng([right, 0]);
  return [a.lng, a.lat, b.lng, b.lat].map((n) => n.toFixed(5)).join(",");
}
