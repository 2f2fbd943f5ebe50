// Checks the announcement while it is filled in. Without this file the button does the same.
"use strict";
(() => {
  const WAIT_MS = 400;
  const form = document.getElementById("announcement");
  const outcome = document.getElementById("outcome");
  const touched = new Set();
  let timer = 0;
  let latest = 0;
  const stale = () => {
    latest += 1;
    outcome.setAttribute("aria-busy", "true");
    for (const button of outcome.querySelectorAll("button")) button.disabled = true;
  };
  const tell = (page) => {
    for (const name of touched) {
      const mine = document.getElementById(`${name}-error`);
      const fresh = page.getElementById(`${name}-error`);
      const field = document.getElementById(name);
      if (!mine || !fresh || !field) continue;
      mine.textContent = fresh.textContent;
      if (fresh.textContent) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
    }
  };
  const check = async () => {
    const asked = latest;
    const sent = new URLSearchParams(new FormData(form));
    sent.set("do", "check");
    try {
      const answer = await fetch(form.action, { method: "POST", body: sent, headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (asked !== latest) return;
      const fresh = page.getElementById("outcome");
      if (!fresh) throw new Error("no outcome");
      for (const node of fresh.querySelectorAll("[autofocus]")) node.removeAttribute("autofocus");
      outcome.replaceChildren(...fresh.childNodes);
      tell(page);
      outcome.removeAttribute("aria-busy");
    } catch {
      if (asked !== latest) return;
      const said = document.createElement("p");
      said.className = "error";
      said.textContent = "It could not be checked now. Use the button Check.";
      outcome.replaceChildren(said);
      outcome.removeAttribute("aria-busy");
    }
  };
  form.addEventListener("input", (event) => {
    touched.add(event.target.id);
    stale();
    clearTimeout(timer);
    timer = setTimeout(check, WAIT_MS);
  });
})();
