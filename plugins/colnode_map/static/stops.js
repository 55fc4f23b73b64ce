// Stops and clusters of the map: drawn, named for those who listen, open with a note.
import { escaped, isStill, load, moment, numbers, word } from "./common.js";

const L = window.L;
const FAR_ZOOM = 10;
const ROW_PIXELS = 70;

// Returns what the sheet needs: reload() after the filters have changed, and lit(reference, isOn).
export function showActivities(map, element, ground) {
  const layer = L.layerGroup().addTo(map);
  const names = L.layerGroup().addTo(map);
  const state = { map, element, layer, shown: new Map(), cities: [], nameNear: () => "", asked: 0 };
  const update = () => updateStops(state);
  const renew = async () => {
    await nameCities(state, names);
    await update();
    showNear(state);
  };
  map.on("moveend", () => {
    update();
    remember(map, element.dataset.remember);
  });
  keepFocus(map, element);
  const first = renew();
  first.then(() => openChosen(state));
  ground.then((nameNear) => {
    state.nameNear = nameNear;
    for (const marker of state.shown.values()) marker.fire("rename");
  });
  linkRows(element, state.shown);
  return { reload: renew };
}

async function updateStops(state) {
  const { map, element } = state;
  const turn = ++state.asked;
  const box = map.getBounds().pad(0.15);
  const url = new URL(element.dataset.activities, location.href);
  url.searchParams.set("bbox", [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()].map((n) => n.toFixed(5)).join(","));
  url.searchParams.set("zoom", String(map.getZoom()));
  const found = await load(url).catch(() => null);
  if (!found || turn !== state.asked) return;
  replaceStops(state, found.features);
  inReadingOrder(map);
}

function remember(map, key) {
  const { lat, lng } = map.getCenter();
  try {
    if (key) sessionStorage.setItem(key, JSON.stringify([lat, lng, map.getZoom()]));
  } catch {
    // A browser may forbid it; then the map begins at the city again.
  }
}

// What is there already stays as it is, so that an open note and the focus survive a move.
function replaceStops(state, features) {
  const { shown, layer } = state;
  const fresh = new Map(features.map((feature) => [keyOf(feature), feature]));
  for (const [key, marker] of shown) {
    if (fresh.has(key)) continue;
    marker.remove();
    shown.delete(key);
  }
  for (const [key, feature] of fresh) {
    if (shown.has(key)) continue;
    const [longitude, latitude] = feature.geometry.coordinates;
    const facts = feature.properties;
    const at = [latitude, longitude];
    shown.set(key, (facts.count ? clusterMarker(state, at, facts) : stopMarker(at, facts)).addTo(layer));
  }
}

function keyOf({ geometry, properties }) {
  return properties.id || [geometry.coordinates, properties.count, properties.items?.length].join("/");
}

// From the top left to the bottom right, as one reads. What has the focus stays where it is.
function inReadingOrder(map) {
  const pane = map.getPane("markerPane");
  if (pane.contains(document.activeElement)) return;
  const places = [...pane.querySelectorAll(".map-pin")].map((pin) => [pin, pin.getBoundingClientRect()]);
  const row = (box) => Math.round(box.top / ROW_PIXELS);
  places.sort(([, a], [, b]) => row(a) - row(b) || a.left - b.left);
  pane.append(...places.map(([pin]) => pin));
}

export function stopMarker(at, facts) {
  const icon = L.divIcon({
    className: `map-pin line-${facts.line}${facts.city ? " is-foreign" : ""}${facts.category === "organisation" ? " is-square" : ""}`,
    html: `<span class="map-stop">${sign(facts.category)}</span>`,
    iconSize: [34, 34],
    popupAnchor: [0, -14],
  });
  const values = { kind: facts.kind, title: facts.title, date: moment(facts.starts_at) };
  const name = facts.kind ? word(facts.starts_at ? "stop" : "open", values) : facts.title;
  const marker = L.marker(at, { icon, title: facts.title, riseOnHover: true });
  named(marker, () => name);
  marker.reference = facts.id;
  return marker.bindPopup(() => notes([facts]), { maxWidth: 280, minWidth: 200 });
}

function named(marker, say) {
  const rename = () => marker.getElement()?.setAttribute("aria-label", say());
  marker.on("add rename", rename);
}

function clusterMarker(state, at, facts) {
  const { map } = state;
  const size = facts.count >= 100 ? " is-huge" : facts.count >= 10 ? " is-big" : "";
  const pixels = facts.count >= 100 ? 64 : facts.count >= 10 ? 52 : 42;
  const icon = L.divIcon({
    className: "map-pin",
    html: `<span class="map-many${size}">${facts.count}</span>`,
    iconSize: [pixels, pixels],
    popupAnchor: [0, -18],
  });
  const marker = L.marker(at, { icon });
  named(marker, () => clusterName(state, at, facts));
  if (facts.items) return marker.bindPopup(() => notes(facts.items), { maxWidth: 300, minWidth: 220 });
  return marker.on("click", () => map.setView(at, Math.min(map.getZoom() + 2, map.getMaxZoom()), { animate: !isStill }));
}

function clusterName(state, at, facts) {
  const place = facts.items?.[0].place || nearestCity(state, at) || state.nameNear(L.latLng(at));
  const values = { count: facts.count, place };
  return word(place ? "manyNear" : facts.count === 1 ? "manyOne" : "many", values);
}

function nearestCity(state, at) {
  if (state.map.getZoom() >= FAR_ZOOM) return "";
  const far = ({ point }) => state.map.project(point).distanceTo(state.map.project(at));
  const near = state.cities.filter((city) => far(city) < 90).sort((a, b) => far(a) - far(b));
  return near[0]?.name || "";
}

// Names of cities from far; what is on in each lies below its name.
async function nameCities(state, names) {
  const { map, element } = state;
  if (!element.dataset.cities) return;
  const asked = new URL(element.dataset.activities, location.href).search;
  const found = await load(element.dataset.cities + asked).catch(() => null);
  if (!found) return;
  state.cities = found.features.map(({ geometry, properties }) => ({
    name: properties.name,
    point: L.latLng(geometry.coordinates[1], geometry.coordinates[0]),
  }));
  const draw = () => {
    names.clearLayers();
    if (map.getZoom() >= FAR_ZOOM) return;
    for (const { name, point } of state.cities) {
      const icon = L.divIcon({ className: "ground-name is-city", html: `<span>${escaped(name)}</span>`, iconSize: [0, 0] });
      L.marker(point, { icon, interactive: false, keyboard: false, zIndexOffset: 900 }).addTo(names);
    }
  };
  if (!state.followsZoom) map.on("zoomend", () => state.drawCities());
  state.followsZoom = true;
  state.drawCities = draw;
  draw();
}

function showNear(state) {
  const near = numbers(state.element.dataset.near, 2);
  state.near?.remove();
  state.near = near && L.circle(near, { radius: 700, className: "map-here", interactive: false }).addTo(state.map);
}

export function sign(category) {
  const template = document.getElementById(`sign-${category}`);
  return template ? template.innerHTML : "";
}

// What a stop says; built from text, never from markup.
function notes(items) {
  const box = document.createElement("div");
  for (const facts of items) {
    const note = document.createElement("div");
    note.className = `map-note line-${facts.line}`;
    const link = document.createElement("a");
    link.href = facts.url;
    link.textContent = facts.title;
    if (document.body.classList.contains("is-embedded")) Object.assign(link, { target: "_blank", rel: "noopener" });
    note.append(link);
    const lines = [moment(facts.starts_at), facts.place, facts.city && `${word("city")} ${facts.city}`];
    for (const text of lines.filter(Boolean)) {
      const line = document.createElement("p");
      line.textContent = text;
      note.append(line);
    }
    box.append(note);
  }
  return box;
}

// The activity that the address names is opened, by its stop or where it is inside a cluster.
function openChosen({ map, shown }) {
  const row = document.querySelector(".map-row.is-chosen[data-point]");
  if (!row) return;
  const marker = shown.get(row.dataset.activity);
  if (marker) return void marker.openPopup();
  const link = row.querySelector(".card-link");
  const facts = { title: link.textContent, url: link.href, line: "1", place: row.querySelector(".map-row-when")?.textContent };
  const popup = L.popup({ maxWidth: 280, minWidth: 200 }).setLatLng(numbers(row.dataset.point, 2)).setContent(notes([facts]));
  popup.reference = row.dataset.activity;
  popup.openOn(map);
}

// Opened by a key, a note takes the focus; closed, it gives it back. Escape closes it.
function keepFocus(map, element) {
  let byKey = null;
  element.addEventListener("keydown", (event) => {
    byKey = event.target.closest(".map-pin");
    if (event.key === "Escape") map.closePopup();
  }, true);
  element.addEventListener("pointerdown", () => (byKey = null), true);
  map.on("popupopen", ({ popup }) => {
    if (byKey) popup.getElement()?.querySelector("a")?.focus({ preventScroll: true });
  });
  map.on("popupclose", ({ popup }) => {
    const pin = popup._source?.getElement?.();
    if (popup.getElement()?.contains(document.activeElement)) pin?.focus({ preventScroll: true });
  });
}

// Rows and stops light each other up.
function linkRows(element, shown) {
  const list = document.getElementById(element.dataset.list);
  const toStop = (event, isOn) => {
    const row = event.target.closest?.("[data-activity]");
    shown.get(row?.dataset.activity)?.getElement()?.classList.toggle("is-on", isOn);
  };
  const toRow = (event, isOn) => {
    const pin = event.target.closest?.(".map-pin");
    const marker = pin && [...shown.values()].find((each) => each.getElement() === pin);
    const row = marker?.reference && list.querySelector(`[data-activity="${CSS.escape(marker.reference)}"]`);
    row?.classList.toggle("is-lit", isOn);
  };
  for (const [name, isOn] of [["mouseover", true], ["mouseout", false], ["focusin", true], ["focusout", false]]) {
    list?.addEventListener(name, (event) => toStop(event, isOn));
    if (list) element.addEventListener(name, (event) => toRow(event, isOn));
  }
}
