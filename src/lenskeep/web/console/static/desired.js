// Examples that go into a rule, and headsets picked from a search.
(() => {
  document.addEventListener("click", (event) => {
    const example = event.target.closest("[data-insert]");
    if (!example) return;
    const field = document.getElementById(example.dataset.into);
    if (!field) return;
    const before = field.value.trimEnd();
    const joins = before && !/(\b(and|or|not)|\()$/i.test(before);
    field.value = before + (before ? (joins ? " and " : " ") : "") + example.dataset.insert;
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // What is picked stays in sight, whatever is searched for next.
  document.addEventListener("change", (event) => {
    const picker = event.target.closest(".lk-picker");
    const label = event.target.closest(".lk-pick");
    if (!picker || !label) return;
    const place = picker.querySelector(event.target.checked ? "[data-picked-list]" : "[data-picks]");
    place?.append(label);
    event.target.focus();
  });
})();
