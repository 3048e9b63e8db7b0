// What HTML cannot say by itself: dialogs, the operation form, connection loss, quiet polling.
(() => {
  const find = (selector, from = document) => from.querySelector(selector);

  // <button data-open="id"> opens the dialog of that id; data-close closes the one around it.
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open]");
    if (opener) {
      document.getElementById(opener.dataset.open)?.showModal();
    }
    if (event.target.closest("[data-close]") || event.target.matches("dialog")) {
      event.target.closest("dialog")?.close();
    }
    const copier = event.target.closest("[data-copy]");
    if (copier) {
      navigator.clipboard?.writeText(copier.dataset.copy).then(() => {
        copier.textContent = "Copied";
      });
    }
  });

  // Get and Delete carry no value: their fields rest.
  const fit = (form) => {
    const verb = find("[name=verb]", form)?.value;
    const rests = verb === "get" || verb === "delete";
    for (const part of form.querySelectorAll("[data-value-field]")) {
      part.hidden = rests;
      part.querySelectorAll("input, select, textarea").forEach((field) => {
        field.disabled = rests;
      });
    }
  };
  const fitAll = () => document.querySelectorAll("form[data-operation]").forEach(fit);
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-operation]");
    if (form && event.target.name === "verb") fit(form);
  });
  document.addEventListener("DOMContentLoaded", () => {
    document.documentElement.dataset.script = "on";
    fitAll();
  });
  document.addEventListener("htmx:after:settle", fitAll);

  // Devices picked for one operation: counted, and all of a page at once.
  const picks = () => [...document.querySelectorAll("input[name=device]")];
  const count = () => {
    const label = find("[data-picked]");
    const all = find("[data-pick-all]");
    const chosen = picks().filter((each) => each.checked).length;
    const said = chosen === 1 ? "1 device" : `${chosen} devices`;
    if (label && label.textContent !== said) label.textContent = said;
    if (all) {
      all.checked = chosen > 0 && chosen === picks().length;
      all.indeterminate = chosen > 0 && !all.checked;
    }
  };
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-pick-all]")) {
      picks().forEach((each) => { each.checked = event.target.checked; });
    }
    if (event.target.matches("[data-pick-all], input[name=device]")) count();
  });
  document.addEventListener("DOMContentLoaded", count);
  document.addEventListener("htmx:after:settle", count);

  // Nobody looks: nobody asks.
  document.addEventListener("htmx:before:request", (event) => {
    const source = event.detail.ctx.sourceEvent;
    if (document.hidden && source?.type === "every") event.preventDefault();
  });

  // Say when the page no longer follows the server.
  const stale = (is) => {
    const banner = find("#stale");
    if (banner && banner.hidden === is) banner.hidden = !is;
  };
  document.addEventListener("htmx:error", () => stale(true));
  document.addEventListener("htmx:response:error", (event) => {
    if (event.detail.ctx.response.status >= 500) stale(true);
  });
  document.addEventListener("htmx:after:swap", () => stale(false));
})();
