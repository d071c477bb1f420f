// Skicka fil: a file may be dropped on [data-drop], and its name shows left of Bläddra….
function show(zone, file) {
  const name = zone.querySelector("[data-file-name]");
  if (name) name.textContent = file ? `${file.name}, ${Math.max(1, Math.round(file.size / 1024)).toLocaleString("sv-SE")} kB` : "Ingen fil vald";
}

export function startFileDrop() {
  for (const kind of ["dragenter", "dragover"]) {
    document.addEventListener(kind, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault(); // a file dropped beside the box must not replace the page
      event.target.closest?.("[data-drop]")?.classList.add("over");
    });
  }
  document.addEventListener("dragleave", (event) => {
    const zone = event.target.closest?.("[data-drop]");
    if (zone && !zone.contains(event.relatedTarget)) zone.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    const zone = event.target.closest?.("[data-drop]");
    if (!zone) return;
    zone.classList.remove("over");
    const input = zone.querySelector('input[type="file"]');
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
  document.addEventListener("change", (event) => {
    const zone = event.target.closest?.("[data-drop]");
    if (zone && event.target.type === "file") {
      show(zone, event.target.files[0]);
      if (zone.dataset.drop === "send") event.target.form.requestSubmit();
    }
  });
}
