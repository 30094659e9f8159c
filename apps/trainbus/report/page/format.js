"use strict";
// Formats the page's numbers and elements.

// 12345 → 12,345; 0.786371 → 0.7864; 0.000001 → 1e-6.
function formatNumber(value, digits = 4) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return value.toLocaleString("en-US");
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e7))
    return value.toExponential(digits - 1).replace(/\.?0+e/, "e").replace("e+", "e");
  if (size >= 10 ** digits) return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(digits)));
}

// Short enough for an axis: 20k, 1.5M, 0.25, 5e-6.
function formatTick(value) {
  const size = Math.abs(value);
  for (const [unit, letter] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]])
    if (size >= unit) return Number((value / unit).toPrecision(4)) + letter;
  if (size !== 0 && size < 1e-3)
    return Number(value.toPrecision(3)).toExponential().replace("e+", "e");
  return String(Number(value.toPrecision(4)));
}

function formatDuration(seconds) {
  if (!Number.isFinite(seconds)) return "–";
  if (seconds < 60) return Number(seconds.toPrecision(3)) + " s";
  const whole = Math.round(seconds), pad = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(whole / 3600), minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(whole % 60)} h` :
                     `${minutes}:${pad(whole % 60)} min`;
}

// element("td", {class: "number"}, "text", child, …); null is left out.
function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {}))
    if (value !== null && value !== undefined && value !== false)
      made.setAttribute(key, value === true ? "" : value);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function byId(id) {
  return document.getElementById(id);
}

// A colour of the current theme: "run-0", "grid".
function themeColour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
}

const runColourCount = 8;
function runColour(index) {
  return themeColour("run-" + (index % runColourCount));
}
// Runs beyond the number of colours have dashed lines.
function runDash(index) {
  return [[], [7, 3], [2, 3], [9, 3, 2, 3]][Math.floor(index / runColourCount) % 4];
}
function swatch(index) {
  const dashed = index >= runColourCount ? " dashed" : "";
  return element(
      "span", {class: "swatch" + dashed, style: `color: var(--run-${index % runColourCount})`});
}
