// The ground of the map: tiles, or the city's own drawing over the outline of the world.
import { escaped, load } from "./common.js";

const L = window.L;
const nowhere = () => "";

// Returns a function that names what is near a point, "" when nothing there has a name.
export async function drawGround(map, data) {
  if (data.tiles) {
    const zooms = { minZoom: Number(data.minZoom || 0), maxZoom: Number(data.maxZoom || 19) };
    L.tileLayer(data.tiles, { ...zooms, maxNativeZoom: zooms.maxZoom }).addTo(map);
    return nowhere;
  }
  for (const [name, order] of [["far", 200], ["near", 210], ["names", 220]]) {
    map.createPane(name).style.zIndex = String(order);
    map.getPane(name).style.pointerEvents = "none";
  }
  if (data.world) drawWorld(map, data.world);
  return data.background ? drawCity(map, await load(data.background)) : nowhere;
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
  return nameGround(map, ground.features);
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
  return (at) => nearestName(names, at);
}

// What is near a point in words: the district or park whose middle is closest, within 3 km.
function nearestName(names, at) {
  let [best, metres] = ["", 3000];
  for (const { marker, kind, text } of names) {
    const far = kind === "water" ? Infinity : marker.getLatLng().distanceTo(at);
    if (far < metres) [best, metres] = [text, far];
  }
  return best;
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
