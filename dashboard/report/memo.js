(() => {
  "use strict";
  const places = [...document.querySelectorAll("[data-chart]")];
  if (!("DecompressionStream" in window) || !("IntersectionObserver" in window)) return;
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const font = { family: getComputedStyle(document.body).fontFamily, size: 12, color: "#14212b" };
  let loading = null;

  async function unpack() {
    const packed = atob(document.getElementById("plotly").textContent);
    const bytes = Uint8Array.from(packed, (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const script = document.createElement("script");
    script.textContent = await new Response(stream).text();
    document.head.append(script);
  }

  function axes(layout) {
    const plain = { automargin: true, gridcolor: "#e3e8eb", linecolor: "#7a8594", zerolinecolor: "#c9d2d9" };
    for (const key of Object.keys(layout)) {
      if (/^[xy]axis/.test(key)) layout[key] = { ...plain, ...layout[key] };
    }
    layout.xaxis = { ...plain, ...layout.xaxis };
    layout.yaxis = { ...plain, ...layout.yaxis };
    return layout;
  }

  async function draw(place) {
    loading ??= unpack();
    await loading;
    const { data, layout } = figures[place.dataset.chart];
    const made = document.createElement("div");
    made.setAttribute("role", "img");
    made.setAttribute("aria-label", place.dataset.alt);
    made.style.minWidth = `${place.dataset.least}px`;
    place.append(made);
    await Plotly.newPlot(
      made, data,
      axes({ ...layout, font, paper_bgcolor: "#fff", plot_bgcolor: "#fff", autosize: true }),
      { displayModeBar: false, responsive: true },
    );
    place.querySelector("svg").remove();
  }

  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries.filter((e) => e.isIntersecting)) {
      seen.unobserve(entry.target);
      draw(entry.target).catch(() => {});
    }
  }, { rootMargin: "300px" });
  for (const place of places) seen.observe(place);
})();
