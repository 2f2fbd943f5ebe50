// Shows the sentence of the answer that was fetched last. Without this file the page is loaded anew, and shows it anyway.
"use strict";
(() => {
  const results = document.getElementById("results");
  const lead = document.getElementById("sentence");
  if (!results || !lead) return;
  new MutationObserver(() => {
    const fresh = document.getElementById("fresh-sentence");
    if (fresh) lead.replaceChildren(fresh.content.cloneNode(true));
  }).observe(results, { childList: true });
})();
