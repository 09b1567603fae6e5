/* The menu Apps, which simcord's page lacks: commands for a message with a picture, from a button among the message's
 * actions, and commands for a member, from the name of a message's author. */

import { MESSAGE, ask, expectResponse } from "./page.js";

const PICTURE = ".component-gallery img, .attachment-image, .embed-image";
const ONLY_FOR_YOU = ".message-ephemeral-note"; // Discord has no commands for such a message
const FAILED = "That didn't work. Try again.";
const GAP_PX = 4;
const MARGIN_PX = 8;

const list = document.getElementById("channel-message-list");
const form = document.getElementById("modal-root");

const menu = document.createElement("div");
menu.id = "apps-menu";
menu.popover = "auto";
menu.setAttribute("role", "menu");
menu.setAttribute("aria-label", "Apps");
document.getElementById("preview-app").append(menu);

/** Whether the menu was open when the pointer went down: the browser closes it, and the click must not open it again. */
let wasOpen = false;
/** The key of the control whose menu opened the form that is shown. */
let formOpener = null;

async function open(opener) {
  const place = opener.getBoundingClientRect();
  const { controlKey, kind } = opener.dataset;
  const { messageId } = opener.closest(MESSAGE).dataset;
  const response = await ask("/api/menus");
  const names = response?.ok ? (await response.json())[kind] : [];
  show(place, names.map((name) => {
    const entry = document.createElement("button");
    entry.type = "button";
    entry.setAttribute("role", "menuitem");
    entry.textContent = name;
    entry.addEventListener("click", () => choose(place, controlKey, { kind, command: name, message_id: messageId }));
    return entry;
  }));
}

async function choose(place, controlKey, choice) {
  menu.hidePopover();
  expectResponse();
  const response = await ask("/api/menus", { method: "POST", body: JSON.stringify(choice) });
  if (!response?.ok) show(place, []);
  else if ((await response.json()).opensForm) formOpener = controlKey;
}

/** Show the menu below or above a place, with a sentence if it has no entries. */
function show(place, entries) {
  menu.replaceChildren(...entries);
  if (!entries.length) {
    const sentence = document.createElement("p");
    sentence.setAttribute("role", "alert");
    sentence.textContent = FAILED;
    menu.append(sentence);
  }
  menu.showPopover();
  const { width, height } = menu.getBoundingClientRect();
  const below = place.bottom + GAP_PX;
  const top = below + height + MARGIN_PX > innerHeight ? place.top - GAP_PX - height : below;
  menu.style.left = `${Math.max(MARGIN_PX, Math.min(place.left, innerWidth - width - MARGIN_PX))}px`;
  menu.style.top = `${Math.max(MARGIN_PX, top)}px`;
  entries[0]?.focus();
}

menu.addEventListener("keydown", (event) => {
  const entries = [...menu.querySelectorAll("button")];
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !entries.length) return;
  event.preventDefault();
  entries.at((entries.indexOf(document.activeElement) + step) % entries.length).focus();
});

/* Openers. simcord redraws a changed message from scratch, and gives the focus back by the control's key. */

function makeOpener(element, kind, message) {
  element.dataset.kind = kind;
  element.dataset.controlKey = `message:${message.dataset.messageId}:apps:${kind}`;
  element.setAttribute("aria-haspopup", "menu");
  element.classList.add("apps-opener");
}

function addOpeners() {
  for (const message of list.querySelectorAll(MESSAGE)) {
    const author = message.querySelector(".message-author:not(.apps-opener)");
    if (author) {
      makeOpener(author, "user", message);
      author.setAttribute("role", "button");
      author.tabIndex = 0;
    }
    const actions = message.querySelector(".message-context-actions:not(:has(.apps-opener))");
    if (actions && message.querySelector(PICTURE) && !message.querySelector(ONLY_FOR_YOU)) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "message-action-button";
      button.textContent = "Apps";
      makeOpener(button, "message", message);
      actions.append(button);
    }
  }
}

list.addEventListener("pointerdown", () => { wasOpen = menu.matches(":popover-open"); });
list.addEventListener("click", (event) => {
  const opener = event.target.closest(".apps-opener");
  const isByPointer = event.detail > 0;
  if (opener && !(isByPointer && wasOpen)) open(opener);
});
list.addEventListener("keydown", (event) => {
  if (!event.target.matches(".message-author") || ![" ", "Enter"].includes(event.key)) return;
  event.preventDefault();
  event.target.click();
});

/** Give the focus back when a form closes. simcord can't: it redraws all messages then, and their openers come later. */
function focusFormOpener() {
  if (!form.hidden || !formOpener) return;
  list.querySelector(`[data-control-key="${formOpener}"]`)?.focus({ preventScroll: true });
  formOpener = null;
}

new MutationObserver(addOpeners).observe(list, { childList: true, subtree: true });
new MutationObserver(focusFormOpener).observe(form, { attributeFilter: ["hidden"] });
addOpeners();
