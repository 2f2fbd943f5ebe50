// Makes a form answer while it is filled in. Without this file its button does the same.
"use strict";
(() => {
  const WAIT_MS = 180;
  for (const form of document.querySelectorAll("form[data-live]")) {
    let timer = 0;
    let latest = 0;
    const address = () => {
      const told = new URLSearchParams();
      for (const [name, value] of new FormData(form)) {
        if (value && !name.endsWith("_step") && !name.endsWith("_seen")) told.append(name, value);
      }
      const query = told.toString();
      return form.action.split("?")[0] + (query ? `?${query}` : "");
    };
    const show = async () => {
      const asked = ++latest;
      const region = document.getElementById(form.dataset.live);
      region.setAttribute("aria-busy", "true");
      try {
        const where = address();
        const answer = await fetch(where, { headers: { Accept: "text/html" } });
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        if (asked !== latest) return;
        const fresh = page.getElementById(form.dataset.live);
        if (!fresh) { location.assign(where); return; }
        region.replaceChildren(...fresh.childNodes);
        for (const hint of page.querySelectorAll(".clock .hint")) {
          const mine = document.getElementById(hint.id);
          if (mine) mine.replaceChildren(...hint.childNodes);
        }
        for (const slide of page.querySelectorAll(".clock .slide")) adopt(slide);
        history.replaceState(null, "", where);
      } catch {
        form.submit();
      } finally {
        if (asked === latest) region.removeAttribute("aria-busy");
      }
    };
    const adopt = (fresh) => {
      const mine = document.getElementById(fresh.id);
      if (!mine || mine === document.activeElement) return;
      for (const name of ["max", "data-days", "aria-valuetext"]) mine.setAttribute(name, fresh.getAttribute(name));
      mine.value = fresh.getAttribute("value");
    };
    const soon = (wait) => { clearTimeout(timer); timer = setTimeout(show, wait); };
    form.addEventListener("input", (event) => {
      const field = event.target;
      if (field.classList.contains("slide")) {
        const day = field.dataset.days.split(" ")[Number(field.value)];
        document.getElementById(field.id.replace(/-step$/, "")).value = day === "now" ? "" : day;
        field.setAttribute("aria-valuetext", day);
      }
      soon(WAIT_MS);
    });
    form.addEventListener("submit", (event) => { event.preventDefault(); soon(0); });
  }
})();
