// Adds entries to the list as the log grows. Without this file a reload does the same.
"use strict";
(() => {
  const ROWS_MAX = 200;
  const table = document.querySelector("table[data-feed]");
  if (!table || !window.EventSource) return;
  const state = document.getElementById("feed-state");
  const pause = document.createElement("button");
  pause.type = "button";
  pause.className = "button second";
  state.before(pause);
  let source = null;
  let after = table.dataset.after;
  let added = 0;
  const cell = (kind, content) => {
    const made = document.createElement(kind);
    made.append(content);
    return made;
  };
  const link = (href, text) => {
    const made = document.createElement("a");
    made.href = href;
    made.append(text);
    return made;
  };
  const isolated = (text) => { const made = document.createElement("bdi"); made.append(text); return made; };
  const time = (text) => {
    const made = document.createElement("time");
    made.dateTime = text;
    made.append(text);
    return made;
  };
  const add = (message) => {
    const event = JSON.parse(message.data);
    after = event.id;
    const row = document.createElement("tr");
    row.className = "fresh";
    const head = cell("th", link(table.dataset.entries + event.id, event.id));
    head.scope = "row";
    row.append(head, cell("td", time(event.recordedtime)), cell("td", message.type), cell("td", isolated(event.subject)), cell("td", isolated(event.actor)));
    table.tBodies[0].prepend(row);
    while (table.tBodies[0].rows.length > ROWS_MAX) table.tBodies[0].lastElementChild.remove();
    added += 1;
    state.textContent = `Live: ${added} new since this page was opened.`;
  };
  const start = () => {
    source = new EventSource(`${table.dataset.feed}?after=${after}`);
    for (const type of table.dataset.types.split(" ")) source.addEventListener(type, add);
    source.onopen = () => { state.textContent = added ? `Live: ${added} new since this page was opened.` : "Live: new entries appear here."; };
    source.onerror = () => { state.textContent = "Not connected; trying again."; };
    pause.textContent = "Pause";
  };
  const stop = () => { source.close(); source = null; pause.textContent = "Go on"; state.textContent = "Paused."; };
  pause.addEventListener("click", () => (source ? stop() : start()));
  start();
})();
