/* Additions to simcord's page: pictures stay visible until the next one has loaded, and the channel stays scrolled to its
 * newest message until the visitor scrolls away. */

const app = document.getElementById("preview-app");
const timeline = document.getElementById("channel-timeline");
const list = document.getElementById("channel-message-list");

/* Pictures. simcord redraws a changed message from scratch, and its pictures load after that. */

export const MESSAGE = "article.channel-message";
const PICTURES = ".media-lightbox-trigger > img:not(.kept-picture), img.entity-avatar-img:not(.kept-picture)";

/** Ask the demo's server for this tab; null if it doesn't respond. */
export function ask(address, options = {}) {
  return fetch(address, {
    ...options,
    cache: "no-store",
    headers: {
      "X-Simcord-Capability": location.hash.slice(1),
      "X-Simcord-Context": window.simcordPreview.contextId,
      "Content-Type": "application/json",
    },
  }).catch(() => null);
}

function elements(nodes) {
  return [...nodes].filter((node) => node instanceof Element);
}

function isVisible(image) {
  return image.complete && image.naturalWidth > 0;
}

/** The picture that is visible in a picture's place: itself, or the previous one that is kept there. */
function visiblePicture(image) {
  return isVisible(image) ? image : image.parentElement?.querySelector(":scope > .kept-picture") ?? null;
}

/** A message's pictures by place: first in the gallery, second thumbnail, … */
function picturesByPlace(roots) {
  const places = new Map();
  const counts = new Map();
  for (const root of roots) {
    for (const image of root.querySelectorAll(PICTURES)) {
      const count = counts.get(image.className) ?? 0;
      counts.set(image.className, count + 1);
      places.set(`${image.className} ${count}`, image);
    }
  }
  return places;
}

/** Reserve a picture's space until it has loaded, and show the previous picture there. */
function reserveSpace(image, previous) {
  const frame = image.parentElement;
  const width = image.getAttribute("width");
  if (width && image.matches(".gallery-image")) {
    const ratio = getComputedStyle(image).aspectRatio;
    frame.style.width = `${width}px`;
    frame.style.aspectRatio = ratio.startsWith("auto") ? `${width} / ${image.getAttribute("height")}` : ratio;
  }
  frame.classList.add("is-loading");
  if (previous) {
    previous.className = "kept-picture";
    previous.alt = "";
    frame.append(previous);
  }
  image.addEventListener("load", async () => {
    await image.decode().catch(() => {});
    frame.classList.remove("is-loading");
    frame.style.width = frame.style.aspectRatio = "";
    if (previous?.parentElement === frame) previous.remove(); // a redraw may have moved it to the next picture's place
  }, { once: true });
}

function keepPictures(records) {
  /** Redrawn messages, with the elements that they showed before. */
  const drawn = new Map();
  const note = (message, removed) => drawn.set(message, [...drawn.get(message) ?? [], ...removed]);
  for (const { target, addedNodes, removedNodes } of records) {
    const message = target.closest(MESSAGE);
    if (message) note(message, elements(removedNodes));
    for (const added of elements(addedNodes)) if (added.matches(MESSAGE)) note(added, []);
  }
  for (const [message, removed] of drawn) {
    const before = picturesByPlace(removed);
    for (const [place, image] of picturesByPlace([message])) {
      if (isVisible(image) || image.parentElement.classList.contains("is-loading")) continue;
      reserveSpace(image, before.has(place) ? visiblePicture(before.get(place)) : null);
    }
  }
}

/* Scrolling. The channel follows its newest message until the visitor scrolls away. Sending a message, or a response to
 * one of their presses, brings them back. */

const RESPONSE_TIMEOUT_MS = 30_000;
const GESTURE_MS = 1_000;
const END_TOLERANCE_PX = 4;
const SCROLL_KEYS = new Set(["ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End"]);

let isFollowing = true;
let responseExpectedUntil = 0;
let gestureUntil = 0;
let newest = 0n;
let scrolledTo = 0;

function follow() {
  if (isFollowing) timeline.scrollTop = timeline.scrollHeight;
}

export function startFollowing() {
  isFollowing = true;
  follow();
}

export function stopFollowing() {
  isFollowing = false;
  responseExpectedUntil = 0;
}

export function expectResponse() {
  responseExpectedUntil = performance.now() + RESPONSE_TIMEOUT_MS;
  gestureUntil = 0; // a scroll that is still gliding was started before the press
}

function followResponses() {
  const id = BigInt([...list.querySelectorAll(MESSAGE)].at(-1)?.dataset.messageId ?? 0);
  if (id > newest && performance.now() < responseExpectedUntil) isFollowing = true;
  newest = id;
}

function noteGesture() {
  gestureUntil = performance.now() + GESTURE_MS;
}

function notePlace() {
  scrolledTo = timeline.scrollTop;
}

/* The event of a scroll comes with the next frame, and a press may come before it. */
for (const name of ["pointerdown", "click", "keydown"]) document.addEventListener(name, notePlace, { capture: true });
for (const name of ["wheel", "touchmove"]) timeline.addEventListener(name, noteGesture, { passive: true });
timeline.addEventListener("pointerdown", (event) => { if (event.target === timeline) noteGesture(); }); // its scrollbar
timeline.addEventListener("keydown", (event) => { if (SCROLL_KEYS.has(event.key)) noteGesture(); });
timeline.addEventListener("scroll", () => {
  const isAtEnd = timeline.scrollHeight - timeline.scrollTop - timeline.clientHeight <= END_TOLERANCE_PX;
  const isGesture = performance.now() < gestureUntil;
  if (isFollowing && !isAtEnd && !isGesture && app.ariaBusy === "true") {
    follow(); // simcord's page scrolls to the message that it opened with after every redraw
    return;
  }
  isFollowing = isAtEnd;
  notePlace();
  if (isGesture && !isAtEnd) responseExpectedUntil = 0;
}, { passive: true });

document.addEventListener("submit", (event) => {
  if (event.target.id === "channel-composer") startFollowing();
  if (!event.target.closest("#messages-sidebar")) expectResponse();
}, { capture: true });
timeline.addEventListener("click", (event) => {
  if (event.target.closest(".component-button")) expectResponse();
}, { capture: true });
document.getElementById("new-messages").addEventListener("click", startFollowing);
document.getElementById("viewer-picker").addEventListener("change", startFollowing);
for (const [id, name] of [["message-picker", "click"], ["message-exact-form", "submit"], ["history-older", "click"]]) {
  document.getElementById(id).addEventListener(name, () => { isFollowing = false; });
}

function settle(records) {
  keepPictures(records);
  followResponses();
  follow();
}

const redraws = new MutationObserver(settle);
redraws.observe(list, { childList: true, subtree: true });
/* simcord opens a menu within a redraw, and closes it if its button isn't in the window. So the redraw is settled just
 * before. */
document.addEventListener("beforetoggle", () => {
  const records = redraws.takeRecords();
  if (records.length === 0) return;
  settle(records);
  if (!isFollowing) timeline.scrollTop = scrolledTo; // while messages were empty, the browser may have changed it
}, { capture: true });
new MutationObserver(follow).observe(app, { attributeFilter: ["aria-busy"] });
const resizes = new ResizeObserver(follow);
resizes.observe(list);
resizes.observe(timeline);
