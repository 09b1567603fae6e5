/* What simcord's page lacks for a channel that paints: pictures that stay in view until the next one can be painted, and
 * a channel that stays at its newest message until the visitor scrolls away. */

const app = document.getElementById("preview-app");
const timeline = document.getElementById("channel-timeline");
const list = document.getElementById("channel-message-list");

/* Pictures. simcord draws a changed message from nothing, and its pictures load after that. */

const MESSAGE = "article.channel-message";
const PICTURES = ".media-lightbox-trigger > img:not(.held-picture), img.entity-avatar-img:not(.held-picture)";

function elements(nodes) {
  return [...nodes].filter((node) => node instanceof Element);
}

function isVisible(image) {
  return image.complete && image.naturalWidth > 0;
}

/** What is to be seen in a picture's place: the picture, or the last one that is held there. */
function visiblePicture(image) {
  return isVisible(image) ? image : image.parentElement?.querySelector(":scope > .held-picture") ?? null;
}

/** A message's pictures by their places: the first of its gallery, the second thumbnail, … */
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

/** Keep a picture's room until it can be painted, and show the last one in it. */
function holdRoom(image, last) {
  const frame = image.parentElement;
  const width = image.getAttribute("width");
  if (width && image.matches(".gallery-image")) {
    const ratio = getComputedStyle(image).aspectRatio;
    frame.style.width = `${width}px`;
    frame.style.aspectRatio = ratio.startsWith("auto") ? `${width} / ${image.getAttribute("height")}` : ratio;
  }
  frame.classList.add("is-loading");
  if (last) {
    last.className = "held-picture";
    last.alt = "";
    frame.append(last);
  }
  image.addEventListener("load", async () => {
    await image.decode().catch(() => {});
    frame.classList.remove("is-loading");
    frame.style.width = frame.style.aspectRatio = "";
    last?.remove();
  }, { once: true });
}

function keepPictures(records) {
  /** Messages that were drawn, each with the elements that it showed before. */
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
      holdRoom(image, before.has(place) ? visiblePicture(before.get(place)) : null);
    }
  }
}

/* Scrolling. The channel follows its newest message until the visitor scrolls away from it. What they send themselves,
 * and what answers a press of theirs, brings them back. */

const ANSWER_MS = 30_000;
const GESTURE_MS = 1_000;
const AT_THE_END_PX = 4;
const SCROLL_KEYS = new Set(["ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End"]);

let isFollowing = true;
let answerExpectedUntil = 0;
let gestureUntil = 0;
let newest = 0n;

function follow() {
  if (isFollowing) timeline.scrollTop = timeline.scrollHeight;
}

function followFromNowOn() {
  isFollowing = true;
  follow();
}

function expectAnswer() {
  answerExpectedUntil = performance.now() + ANSWER_MS;
  gestureUntil = 0; // a scroll that still glides was meant before the press
}

function followAnswers() {
  const id = BigInt([...list.querySelectorAll(MESSAGE)].at(-1)?.dataset.messageId ?? 0);
  if (id > newest && performance.now() < answerExpectedUntil) isFollowing = true;
  newest = id;
}

function noteGesture() {
  gestureUntil = performance.now() + GESTURE_MS;
}

for (const name of ["wheel", "touchmove"]) timeline.addEventListener(name, noteGesture, { passive: true });
timeline.addEventListener("pointerdown", (event) => { if (event.target === timeline) noteGesture(); }); // its scrollbar
timeline.addEventListener("keydown", (event) => { if (SCROLL_KEYS.has(event.key)) noteGesture(); });
timeline.addEventListener("scroll", () => {
  const isAtTheEnd = timeline.scrollHeight - timeline.scrollTop - timeline.clientHeight <= AT_THE_END_PX;
  const isGesture = performance.now() < gestureUntil;
  if (isFollowing && !isAtTheEnd && !isGesture && app.ariaBusy === "true") {
    follow(); // simcord's page brings the message that it opened with into view whenever it has drawn
    return;
  }
  isFollowing = isAtTheEnd;
  if (isGesture && !isAtTheEnd) answerExpectedUntil = 0;
}, { passive: true });

document.addEventListener("submit", (event) => {
  if (event.target.id === "channel-composer") followFromNowOn();
  if (!event.target.closest("#messages-sidebar")) expectAnswer();
}, { capture: true });
timeline.addEventListener("click", (event) => {
  if (event.target.closest(".component-button")) expectAnswer();
}, { capture: true });
document.getElementById("new-messages").addEventListener("click", followFromNowOn);
document.getElementById("viewer-picker").addEventListener("change", followFromNowOn);
for (const [id, name] of [["message-picker", "click"], ["message-exact-form", "submit"], ["history-older", "click"]]) {
  document.getElementById(id).addEventListener(name, () => { isFollowing = false; });
}

new MutationObserver((records) => {
  keepPictures(records);
  followAnswers();
  follow();
}).observe(list, { childList: true, subtree: true });
new MutationObserver(follow).observe(app, { attributeFilter: ["aria-busy"] });
const resizes = new ResizeObserver(follow);
resizes.observe(list);
resizes.observe(timeline);
