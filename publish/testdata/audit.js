// What is wrong with the page that is shown. It is evaluated from outside: the page itself
// runs nothing.
(() => {
  const said = (e) => (e.tagName.toLowerCase() + (e.className ? "." + e.className : "") + " " + (e.textContent || "").trim().slice(0, 40)).trim();
  const screen = document.documentElement.clientWidth;
  const found = {Wide: document.documentElement.scrollWidth - screen, Over: [], Pale: [], Skipped: [], Unnamed: [], Clipped: [], Paper: "", Articles: document.querySelectorAll("article").length};
  found.Paper = getComputedStyle(document.body).backgroundColor;

  // What stands out of the screen, unless something around it scrolls or cuts.
  const held = (e) => { for (let p = e; p; p = p.parentElement) if (getComputedStyle(p).overflowX !== "visible") return true; return false; };
  for (const e of document.body.querySelectorAll("*")) {
    const r = e.getBoundingClientRect();
    if (r.width && (r.right > screen + 1 || r.left < -1) && !held(e)) found.Over.push(said(e));
  }
  if (found.Over.length) found.Wide = Math.max(found.Wide, 1);

  // Contrast of every text against what is behind it (WCAG 2.1, 1.4.3).
  const parse = (c) => { const n = c.match(/[\d.]+/g).map(Number); return {rgb: n.slice(0, 3), a: n.length > 3 ? n[3] : 1}; };
  const light = (rgb) => { const [r, g, b] = rgb.map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = (e) => { for (let p = e; p; p = p.parentElement) { const c = parse(getComputedStyle(p).backgroundColor); if (c.a === 1) return c.rgb; if (c.a > 0) return null; } return [255, 255, 255]; };
  const seen = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n; (n = walker.nextNode());) {
    const e = n.parentElement;
    if (!n.data.trim() || seen.has(e)) continue;
    seen.add(e);
    const back = behind(e), front = parse(getComputedStyle(e).color);
    if (!back || front.a !== 1) { found.Pale.push("not plain: " + said(e)); continue; }
    const [a, b] = [light(front.rgb), light(back)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.Pale.push(ratio.toFixed(2) + " " + said(e));
  }

  let last = 0;
  for (const h of document.querySelectorAll("h1,h2,h3,h4,h5,h6")) {
    const level = +h.tagName[1];
    if (level > last + 1 || (level === 1 && last)) found.Skipped.push(said(h));
    last = level;
  }
  for (const e of document.querySelectorAll("a,summary,.file audio,.file video")) {
    if (!(e.innerText || e.getAttribute("aria-label") || "").trim() && !e.querySelector("img[alt]:not([alt=''])") && e.offsetParent) found.Unnamed.push(said(e) + e.outerHTML.slice(0, 80));
  }
  for (const i of document.querySelectorAll("img")) {
    const r = i.getBoundingClientRect();
    if (i.complete && !i.naturalWidth && !i.alt && r.width * r.height > 1) found.Clipped.push(i.src + " " + r.width + "x" + r.height);
  }
  return found;
})()
