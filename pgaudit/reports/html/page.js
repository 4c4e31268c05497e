"use strict";
(() => {
  const find = (selector) => document.querySelector(selector);
  const list = find("#list");
  const findings = [...list.children].map((element, order) => ({
    element,
    order,
    severity: Number(element.dataset.severity),
    size: Number(element.dataset.size),
    rule: element.dataset.rule,
    area: element.dataset.area,
    accepted: "accepted" in element.dataset,
    subject: element.querySelector(".subject").textContent,
    text: null,
  }));
  const search = find("#search");
  const area = find("#area");
  const sort = find("#sort");
  const accepted = find("#accepted");
  const boxes = [...document.querySelectorAll("#levels input")];
  const unfold = find("#unfold");
  let shown = [];

  // A finding far below keeps what is in it as text, in a noscript element, until it is needed.
  const keptIn = (element) => element.querySelector(":scope > noscript");

  function build(element) {
    const kept = keptIn(element);
    if (!kept) return;
    kept.replaceWith(document.createRange().createContextualFragment(kept.textContent));
    for (const button of element.querySelectorAll(".copy")) button.hidden = false;
  }

  const marks = { "&lt;": "<", "&gt;": ">", "&amp;": "&", "&#34;": '"', "&#39;": "'" };
  const plain = (html) => html.replace(/<[^>]*>/g, " ").replace(/&(?:lt|gt|amp|#34|#39);/g, (mark) => marks[mark]);

  function read(element) {
    const kept = keptIn(element);
    return kept ? element.querySelector("summary").textContent + plain(kept.textContent) : element.textContent;
  }

  const textOf = (one) => (one.text ??= read(one.element).toLowerCase());

  function apply() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const levels = new Set(boxes.filter((box) => box.checked).map((box) => Number(box.value)));
    shown = findings.filter(
      (one) =>
        (one.accepted ? accepted.checked : levels.has(one.severity)) &&
        (!area.value || one.area === area.value) &&
        words.every((word) => textOf(one).includes(word)),
    );
    const visible = new Set(shown);
    for (const one of findings) one.element.hidden = !visible.has(one);
    const total = findings.filter((one) => !one.accepted).length;
    find("#shown").textContent = `${shown.length.toLocaleString("en")} of ${total.toLocaleString("en")} shown`;
    const nothing = find("#nothing");
    nothing.hidden = shown.length > 0;
    nothing.textContent = total ? "Nothing that matches." : "Nothing found.";
  }

  const byText = (key) => (a, b) => (a[key] < b[key] ? -1 : a[key] > b[key] ? 1 : a.order - b.order);
  const orders = {
    severity: (a, b) => b.severity - a.severity || a.order - b.order,
    size: (a, b) => b.size - a.size || a.order - b.order,
    rule: byText("rule"),
    subject: byText("subject"),
  };

  function reorder() {
    findings.sort(orders[sort.value]);
    list.append(...findings.map((one) => one.element));
    apply();
  }

  async function copy(text, button) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    const label = button.dataset.label ?? (button.dataset.label = button.textContent);
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = label), 1500);
  }

  const sqlOf = (element) => {
    build(element);
    const pre = element.querySelector(".sql pre");
    if (!pre) return null;
    return pre.dataset.sql ? JSON.parse(pre.dataset.sql) : pre.textContent;
  };

  list.addEventListener("toggle", (event) => event.target.open && build(event.target), true);
  list.addEventListener("click", (event) => {
    const button = event.target.closest(".copy");
    if (button) copy(sqlOf(button.closest(".finding")), button);
  });
  find("#copy-all").addEventListener("click", (event) => {
    const all = shown.map((one) => sqlOf(one.element)).filter(Boolean);
    copy(all.join("\n\n") + "\n", event.target);
  });
  unfold.addEventListener("click", () => {
    const open = unfold.textContent === "Unfold all";
    for (const one of shown) {
      if (open) build(one.element);
      one.element.open = open;
    }
    unfold.textContent = open ? "Fold all" : "Unfold all";
  });
  for (const button of document.querySelectorAll(".pick")) {
    button.addEventListener("click", () => {
      search.value = button.dataset.rule;
      apply();
      find("#findings-head").scrollIntoView();
    });
  }
  for (const box of [...boxes, accepted, area]) box?.addEventListener("change", apply);
  search.addEventListener("input", apply);
  sort.addEventListener("change", reorder);

  const root = document.documentElement;
  const theme = find("#theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ?? (dark.matches ? "dark" : "light")) === "dark";
  const label = () => (theme.textContent = isDark() ? "Light" : "Dark");
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    label();
  });
  dark.addEventListener("change", label);

  let folded = [];
  addEventListener("beforeprint", () => {
    for (const one of shown) build(one.element);
    folded = [...document.querySelectorAll("details:not([open])")].filter((one) => !one.hidden);
    for (const one of folded) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of folded) one.open = false;
  });

  root.classList.add("js");
  for (const element of [theme, find("#tools"), ...document.querySelectorAll(".copy")]) element.hidden = false;
  label();
  apply();
})();
