// The site works without this file.

// "feedback (at) example (dot) org", written out for people, becomes a link.
for (const address of document.querySelectorAll(".address")) {
  const [name, ...host] = Array.from(address.children, (word) => word.textContent);
  const link = document.createElement("a");
  link.textContent = `${name}@${host.join(".")}`;
  link.href = `mailto:${link.textContent}?subject=${encodeURIComponent(address.dataset.subject)}`;
  address.replaceChildren(link);
}

// The feed's address gets a button that copies it, where the browser can.
for (const field of navigator.clipboard ? document.querySelectorAll(".copy") : []) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = field.dataset.copy;
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(field.querySelector("input").value);
    button.textContent = field.dataset.copied;
  });
  field.append(button);
}
