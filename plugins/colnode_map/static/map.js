// The map: Leaflet over the city's ground, stops and clusters that the server has counted.
// Every map is an element with data-map; what it shows stands in its other data attributes.

const L = window.L;
const BREAKS = [17, 15, 13, 11];

for (const element of document.querySelectorAll("[data-map]")) start(element);

async function start(element) {
  const data = element.dataset;
  element.classList.add("is-live");
  const map = L.map(element, {
    zoomControl: false,
    minZoom: Number(data.minZoom || 2),
    maxZoom: Number(data.maxZoom || 18),
    scrollWheelZoom: element.classList.contains("is-full"),
    attributionControl: Boolean(data.attribution),
    worldCopyJump: true,
  });
  L.control
    .zoom({ position: "topright", zoomInTitle: word("zoomIn", "+"), zoomOutTitle: word("zoomOut", "−") })
    .addTo(map);
  if (data.attribution) map.attributionControl.setPrefix(false).addAttribution(escaped(data.attribution));
  map.on("zoomend", () => markZoom(element, map));
  look(map, data);
  markZoom(element, map);
  drawGround(map, data);
  if (data.activities) showActivities(map, element);
  if (data.point) showPoint(map, data);
  if (data.pick) pickPoint(map, data);
}

function word(name, otherwise) {
  return document.getElementById("map-words")?.dataset[name] || otherwise;
}

function escaped(text) {
  const box = document.createElement("span");
  box.textContent = text;
  return box.innerHTML;
}

// Where the map looks first: the address' box, where it was left, the one point, or the city.
function look(map, data) {
  const box = new URLSearchParams(location.search).get("bbox")?.split(",").map(Number);
  const kept = data.remember && remembered(data.remember);
  if (data.point) {
    map.setView(data.point.split(",").map(Number), Number(data.zoom || 15));
  } else if (data.activities && box?.length === 4 && box.every(Number.isFinite)) {
    map.fitBounds([[box[1], box[0]], [box[3], box[2]]], { animate: false });
  } else if (kept) {
    map.setView([kept[0], kept[1]], kept[2]);
  } else {
    map.setView([Number(data.latitude), Number(data.longitude)], Number(data.zoom || 12));
    if (data.activities) shiftBesideSheet(map);
  }
}

function remembered(key) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(key));
    return Array.isArray(kept) && kept.every(Number.isFinite) ? kept : null;
  } catch {
    return null;
  }
}

// The sheet covers a part of the map: put the middle into the part that can be seen.
function shiftBesideSheet(map) {
  const sheet = document.querySelector(".map-sheet");
  if (!sheet) return;
  const wide = window.matchMedia("(min-width: 60rem)").matches;
  const forward = getComputedStyle(sheet).direction === "rtl" ? 1 : -1;
  if (wide) map.panBy([(forward * sheet.offsetWidth) / 2, 0], { animate: false });
  else map.panBy([0, window.innerHeight * 0.15], { animate: false });
}

function markZoom(element, map) {
  const zoom = map.getZoom();
  for (const step of BREAKS) element.classList.toggle(`is-zoom-${step}`, step === breakOf(zoom));
  element.classList.toggle("is-far", zoom < 10 && Boolean(element.dataset.world));
}

function breakOf(zoom) {
  return BREAKS.find((step) => zoom >= step) || 11;
}

async function drawGround(map, data) {
  if (data.tiles) {
    const zooms = { minZoom: Number(data.minZoom || 0), maxZoom: Number(data.maxZoom || 19) };
    L.tileLayer(data.tiles, { ...zooms, maxNativeZoom: zooms.maxZoom }).addTo(map);
    return;
  }
  for (const [name, order] of [["far", 200], ["near", 210], ["names", 220]]) {
    map.createPane(name).style.zIndex = String(order);
    map.getPane(name).style.pointerEvents = "none";
  }
  if (data.background) drawCity(map, await load(data.background));
  if (data.world) drawWorld(map, data.world);
}

async function load(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.json();
}

function drawWorld(map, url) {
  let layer;
  const update = async () => {
    const isFar = map.getZoom() < 10;
    if (isFar && !layer) {
      layer = L.layerGroup();
      const world = await load(url);
      L.geoJSON(world, {
        pane: "far",
        interactive: false,
        style: (feature) => ({ className: `ground-${feature.properties.kind}`, smoothFactor: 1 }),
      }).addTo(layer);
    }
    if (layer) isFar ? layer.addTo(map) : layer.remove();
  };
  map.on("zoomend", update);
  update();
}

function drawCity(map, ground) {
  const order = ["district", "park", "water"];
  const of = (kind) => ground.features.filter((feature) => feature.properties.kind === kind);
  const draw = (features, style) =>
    L.geoJSON({ type: "FeatureCollection", features }, { pane: "near", interactive: false, style }).addTo(map);
  for (const kind of order) draw(of(kind), () => ({ className: `ground-${kind}`, smoothFactor: 0.5 }));
  const streets = of("street").sort((a, b) => (b.properties.rank || 3) - (a.properties.rank || 3));
  for (const layer of ["case", "street"]) {
    draw(streets, (feature) => ({ className: `ground-${layer} is-${feature.properties.rank || 3}`, smoothFactor: 0.5 }));
  }
  nameGround(map, ground.features);
}

// Names of districts from far, of parks and water from near; never two on the same spot.
function nameGround(map, features) {
  const language = document.documentElement.lang;
  const names = [];
  for (const feature of features) {
    const { kind, name } = feature.properties;
    const text = typeof name === "object" && name ? name[language] || Object.values(name)[0] : name;
    if (!text || kind === "street") continue;
    const bounds = L.geoJSON(feature).getBounds();
    const icon = L.divIcon({ className: `ground-name is-${kind}`, html: `<span>${escaped(text)}</span>`, iconSize: [0, 0] });
    const marker = L.marker(middleOf(feature, bounds), { icon, pane: "names", interactive: false, keyboard: false });
    names.push({ marker, kind, text, bounds });
  }
  const rank = { district: 0, water: 1, park: 2 };
  names.sort((a, b) => rank[a.kind] - rank[b.kind] || area(b.bounds) - area(a.bounds));
  const update = () => {
    const zoom = map.getZoom();
    const taken = [];
    for (const { marker, kind, text } of names) {
      const shows = zoom >= (kind === "district" ? 11 : kind === "water" ? 12 : 13) && zoom < 17;
      const at = map.project(marker.getLatLng(), zoom);
      const box = [at.x - text.length * 4.6, at.y - 11, at.x + text.length * 4.6, at.y + 11];
      const free = shows && !taken.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1]);
      if (free) taken.push(box);
      free ? marker.addTo(map) : marker.remove();
    }
  };
  map.on("zoomend", update);
  update();
}

function area(bounds) {
  return (bounds.getEast() - bounds.getWest()) * (bounds.getNorth() - bounds.getSouth());
}

// A point inside the shape: the middle of its widest crossing at half its height.
function middleOf(feature, bounds) {
  const { type, coordinates } = feature.geometry;
  const rings = type === "Polygon" ? [coordinates[0]] : type === "MultiPolygon" ? coordinates.map((part) => part[0]) : [];
  const ring = rings.sort((a, b) => b.length - a.length)[0];
  if (!ring) return bounds.getCenter();
  const ys = ring.map((point) => point[1]);
  const y = (Math.min(...ys) + Math.max(...ys)) / 2;
  const xs = [];
  for (let i = 1; i < ring.length; i += 1) {
    const [[x1, y1], [x2, y2]] = [ring[i - 1], ring[i]];
    if (y1 > y !== y2 > y) xs.push(x1 + ((y - y1) / (y2 - y1)) * (x2 - x1));
  }
  xs.sort((a, b) => a - b);
  let best = null;
  for (let i = 0; i + 1 < xs.length; i += 2) {
    if (!best || xs[i + 1] - xs[i] > best[1] - best[0]) best = [xs[i], xs[i + 1]];
  }
  return best ? L.latLng(y, (best[0] + best[1]) / 2) : bounds.getCenter();
}

// --- activities ------------------------------------------------------------------------------

function showActivities(map, element) {
  const { activities, list, remember } = element.dataset;
  const layer = L.layerGroup().addTo(map);
  const shown = new Map();
  let asked = 0;

  const update = async () => {
    const turn = ++asked;
    const box = map.getBounds().pad(0.15);
    const url = new URL(activities, location.href);
    url.searchParams.set("bbox", [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()].map((n) => n.toFixed(5)).join(","));
    url.searchParams.set("zoom", String(map.getZoom()));
    const found = await load(url).catch(() => null);
    if (found && turn === asked) replaceStops(map, layer, shown, found.features);
  };
  map.on("moveend", () => {
    update();
    const { lat, lng } = map.getCenter();
    if (remember) sessionStorage.setItem(remember, JSON.stringify([lat, lng, map.getZoom()]));
  });
  update();
  followMap(map, document.getElementById(list));
  linkRows(document.getElementById(list), shown);
}

// What is there already stays as it is, so that an open note and the focus survive a move.
function replaceStops(map, layer, shown, features) {
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
    shown.set(key, (facts.count ? clusterMarker(map, at, facts) : stopMarker(at, facts)).addTo(layer));
  }
}

function keyOf({ geometry, properties }) {
  return properties.id || [geometry.coordinates, properties.count, properties.items?.length].join("/");
}

function stopMarker(at, facts) {
  const icon = L.divIcon({
    className: `map-pin line-${facts.line}${facts.city ? " is-foreign" : ""}`,
    html: `<span class="map-stop">${sign(facts.category)}</span>`,
    iconSize: [34, 34],
    popupAnchor: [0, -14],
  });
  const marker = L.marker(at, { icon, title: facts.title, riseOnHover: true });
  marker.on("add", () => marker.getElement()?.setAttribute("aria-label", facts.title));
  return marker.bindPopup(() => notes([facts]), { maxWidth: 280, minWidth: 200 });
}

function clusterMarker(map, at, facts) {
  const size = facts.count >= 100 ? " is-huge" : facts.count >= 10 ? " is-big" : "";
  const pixels = facts.count >= 100 ? 64 : facts.count >= 10 ? 52 : 42;
  const words = `${facts.count} ${word("many", "")}`;
  const icon = L.divIcon({
    className: "map-pin",
    html: `<span class="map-many${size}">${facts.count}</span>`,
    iconSize: [pixels, pixels],
    popupAnchor: [0, -18],
  });
  const marker = L.marker(at, { icon, title: words });
  marker.on("add", () => marker.getElement()?.setAttribute("aria-label", words));
  if (facts.items) return marker.bindPopup(() => notes(facts.items), { maxWidth: 300, minWidth: 220 });
  return marker.on("click", () => map.setView(at, Math.min(map.getZoom() + 2, map.getMaxZoom())));
}

function sign(category) {
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
    note.append(link);
    const lines = [moment(facts.starts_at), facts.place, facts.city && `${word("city", "")} ${facts.city}`];
    for (const text of lines.filter(Boolean)) {
      const line = document.createElement("p");
      line.textContent = text;
      note.append(line);
    }
    box.append(note);
  }
  return box;
}

function moment(text) {
  if (!text) return "";
  const options = { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
  return new Intl.DateTimeFormat(document.documentElement.lang, options).format(new Date(text));
}

// The list follows the map once somebody has moved it.
function followMap(map, list) {
  if (!list) return;
  let moved = false;
  let timer;
  let asked = 0;
  const byHand = () => {
    moved = true;
  };
  map.on("dragstart", byHand);
  map.getContainer().addEventListener("wheel", byHand, { passive: true });
  map.getContainer().addEventListener("keydown", byHand);
  map.getContainer().addEventListener("click", (event) => {
    if (event.target.closest(".leaflet-control-zoom, .map-many")) byHand();
  });
  let isForNote = false;
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
      const turn = ++asked;
      const url = new URL(location.href);
      url.searchParams.delete("after");
      url.searchParams.set("bbox", visibleBox(map));
      list.classList.add("is-busy");
      const page = await fetch(url).then((answer) => (answer.ok ? answer.text() : null)).catch(() => null);
      list.classList.remove("is-busy");
      if (!page || turn !== asked) return;
      const fresh = new DOMParser().parseFromString(page, "text/html").getElementById(list.id);
      if (fresh) list.replaceChildren(...fresh.childNodes);
      history.replaceState(null, "", url);
    }, 350);
  });
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

function linkRows(list, shown) {
  const mark = (event, isOn) => {
    const row = event.target.closest?.("[data-activity]");
    shown.get(row?.dataset.activity)?.getElement()?.classList.toggle("is-on", isOn);
  };
  for (const [name, isOn] of [["mouseover", true], ["mouseout", false], ["focusin", true], ["focusout", false]]) {
    list?.addEventListener(name, (event) => mark(event, isOn));
  }
}

// --- one point -------------------------------------------------------------------------------

function showPoint(map, data) {
  stopMarker(data.point.split(",").map(Number), { line: data.line, category: data.category, title: map.getContainer().getAttribute("aria-label") })
    .unbindPopup()
    .addTo(map);
}

function pickPoint(map, data) {
  const [latitude, longitude] = data.pick.split(",").map((id) => document.getElementById(id));
  const icon = L.divIcon({ className: "map-pin line-city", html: '<span class="map-stop"></span>', iconSize: [34, 34] });
  let marker;
  const put = (at) => {
    marker = marker ? marker.setLatLng(at) : L.marker(at, { icon, draggable: true, keyboard: false }).addTo(map).on("dragend", () => write(marker.getLatLng()));
  };
  const write = (at) => {
    latitude.value = at.lat.toFixed(6);
    longitude.value = at.wrap().lng.toFixed(6);
    put(at);
  };
  const read = () => {
    const at = [Number(latitude.value.replace(",", ".")), Number(longitude.value.replace(",", "."))];
    if (latitude.value && longitude.value && at.every(Number.isFinite)) {
      put(at);
      map.setView(at, Math.max(map.getZoom(), 15));
    }
  };
  map.on("click", (event) => write(event.latlng));
  latitude.addEventListener("change", read);
  longitude.addEventListener("change", read);
  read();
}
