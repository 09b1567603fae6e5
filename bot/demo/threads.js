/* Threads, which simcord's page only names: pressing one shows it, and a button leads back to the channel. */

import { MESSAGE, ask, startFollowing, stopFollowing } from "./page.js";

const THREAD = ".thread-summary";

const list = document.getElementById("channel-message-list");

/** The thread that is shown. */
let shown = null;
/** The message whose thread was left, until the channel is drawn again. */
let left = null;

const back = document.createElement("button");
back.id = "thread-back";
back.type = "button";
back.hidden = true;
back.textContent = "‹ Back to the channel";
back.addEventListener("click", () => show(null));
document.querySelector(".channel-header").append(back);

async function show(threadId) {
  left = threadId ? null : shown;
  const response = await ask("/api/channel", { method: "POST", body: JSON.stringify({ thread_id: threadId }) });
  if (!response?.ok) return;
  shown = threadId;
  back.hidden = !threadId;
  if (threadId) startFollowing();
}

/** Scroll to the message whose thread was left, once the channel is drawn. */
function scrollBack() {
  const message = left && list.querySelector(`${MESSAGE}[data-message-id="${left}"]`);
  if (!message) return;
  left = null;
  stopFollowing();
  message.scrollIntoView({ block: "start" });
}

function addOpeners() {
  for (const thread of list.querySelectorAll(`${THREAD}:not([role])`)) {
    thread.setAttribute("role", "button");
    thread.tabIndex = 0;
  }
}

list.addEventListener("click", (event) => {
  const thread = event.target.closest(THREAD);
  if (thread) show(thread.closest(MESSAGE).dataset.messageId); // a thread has the ID of the message that it is about
});
list.addEventListener("keydown", (event) => {
  if (!event.target.matches(THREAD) || ![" ", "Enter"].includes(event.key)) return;
  event.preventDefault();
  event.target.click();
});

new MutationObserver(() => {
  addOpeners();
  scrollBack();
}).observe(list, { childList: true, subtree: true });
addOpeners();
