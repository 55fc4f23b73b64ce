// The map: Leaflet over the city's ground, stops and clusters that the server has counted.
// Every map is an element with data-map; what it shows stands in its other data attributes.
import { escaped, isStill, numbers, word } from "./common.js";
import { drawGround } from "./ground.js";
import { startSheet } from "./sheet.js";
import { showActivities, stopMarker } from "./stops.js";

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
    zoomAnimation: !isStill,
    fadeAnimation: !isStill,
    markerZoomAnimation: !isStill,
    inertia: !isStill,
  });
  L.control
    .zoom({ position: "topright", zoomInTitle: word("zoomIn") || "+", zoomOutTitle: word("zoomOut") || "−" })
    .addTo(map);
  if (data.attribution) map.attributionControl.setPrefix(false).addAttribution(escaped(data.attribution));
  map.on("zoomend", () => markZoom(element, map));
  look(map, data);
  markZoom(element, map);
  const ground = drawGround(map, data).catch(() => () => "");
  if (data.activities) {
    const stops = showActivities(map, element, ground);
    if (data.sheet) startSheet(map, element, stops);
  }
  if (data.point) showPoint(map, data);
  if (data.pick) pickPoint(map, data);
}

// Where the map looks first: what the address says, where it was left, the one point, or the city.
function look(map, data) {
  const asked = new URLSearchParams(data.activities ? location.search : "");
  const at = numbers(asked.get("at"), 3);
  const box = numbers(asked.get("bbox"), 4);
  const chosen = numbers(document.querySelector(".map-row.is-chosen")?.dataset.point, 2);
  const near = numbers(data.near, 2);
  const kept = data.remember && remembered(data.remember);
  if (data.point) map.setView(numbers(data.point, 2), Number(data.zoom || 15));
  else if (at) map.setView([at[0], at[1]], at[2]);
  else if (box) map.fitBounds([[box[1], box[0]], [box[3], box[2]]], { animate: false });
  else if (chosen && data.activities) map.setView(chosen, 15);
  else if (near) map.setView(near, 14);
  else if (kept) map.setView([kept[0], kept[1]], kept[2]);
  else map.setView([Number(data.latitude), Number(data.longitude)], Number(data.zoom || 12));
  if (data.activities && !at && !box && !kept) shiftBesideSheet(map);
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
