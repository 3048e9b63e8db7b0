// What the editor of a profile needs beside HTML: rows, files, sliders.
(() => {
  const find = (selector, from = document) => from.querySelector(selector);
  const changed = () => document.dispatchEvent(new CustomEvent("draft-changed", { bubbles: true }));

  // data-remove takes a setting out at once; without script the server does it.
  document.addEventListener("click", (event) => {
    const remover = event.target.closest("[data-remove]");
    if (remover) {
      event.preventDefault();
      const row = remover.closest("[data-row]");
      const next = row.nextElementSibling ?? row.previousElementSibling;
      row.remove();
      (find("[data-remove]", next ?? document) ?? find("#look"))?.focus();
      changed();
    }
    // One more line of a list, one more pair of data.
    const more = event.target.closest("[data-line], [data-pair]");
    if (more) {
      const last = more.previousElementSibling;
      const copy = last.cloneNode(true);
      const fields = copy.matches("input") ? [copy] : [...copy.querySelectorAll("input")];
      fields.forEach((field) => { field.value = ""; });
      last.after(copy);
      fields[0].focus();
    }
  });

  // Enter in a field looks again; only the reason, and the buttons, save.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("#editor input")) return;
    if (["reason"].includes(event.target.id) || event.target.matches("[type=checkbox], [type=radio]")) return;
    event.preventDefault();
    if (event.target.id === "locuri") event.target.nextElementSibling.click();
    else event.target.dispatchEvent(new Event("change", { bubbles: true }));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.id === "reason") {
      event.preventDefault();
      find("#editor .lk-save .btn-primary").click();
    }
  });

  // A file is read into its field: as text, or as base64.
  document.addEventListener("change", (event) => {
    const picker = event.target.closest("input[type=file][data-into]");
    const file = picker?.files?.[0];
    if (!file) return;
    const reader = new FileReader();
    reader.onload = () => {
      const field = picker.form.elements[picker.dataset.into];
      const text = String(reader.result);
      field.value = picker.dataset.as === "base64" ? text.slice(text.indexOf(",") + 1) : text;
      picker.value = "";
      field.dispatchEvent(new Event("change", { bubbles: true }));
    };
    if (picker.dataset.as === "base64") reader.readAsDataURL(file);
    else reader.readAsText(file);
  });

  // A slider and its number say the same.
  document.addEventListener("input", (event) => {
    const control = event.target.closest(".lk-control");
    if (!control) return;
    const number = find("input[type=number]", control);
    const slide = find("[data-slides]", control);
    if (!number || !slide) return;
    if (event.target === slide) number.value = slide.value;
    else if (event.target === number) slide.value = number.value;
  });

  // Another group to look at: the picker asks again.
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-repick]")) changed();
  });

  // A setting that was just added gets the focus.
  let rows = 0;
  const count = () => document.querySelectorAll("#rows [data-row]").length;
  document.addEventListener("DOMContentLoaded", () => { rows = count(); });
  document.addEventListener("htmx:after:settle", () => {
    const now = count();
    if (now > rows) {
      const last = [...document.querySelectorAll("#rows [data-row]")].at(-1);
      last.scrollIntoView({ block: "nearest" });
      find(".lk-names input, .lk-control input, .lk-control select, .lk-control textarea", last)?.focus();
    }
    rows = now;
  });
})();
