// Charts by ECharts, on canvas. Texts in them are ours or numbers; tooltips are painted, not markup.

import { LABELS, count, minute, percent, score, span, title } from "./format.js";

const still = window.matchMedia("(prefers-reduced-motion: reduce)");
const all = new Set();

/** The colours of the theme that is on. */
function inks() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(`--${name}`).trim();
  const names = [...LABELS, "page", "card", "line", "grid", "text", "muted", "bar", "gap", "warntext"];
  return Object.fromEntries(names.map((name) => [name, of(name)]));
}

const font = () => getComputedStyle(document.body).fontFamily;

/** One chart in an element; it is drawn anew when the theme changes. */
export class Chart {
  constructor(element, { group } = {}) {
    this.element = element;
    this.chart = window.echarts.init(element, null, { renderer: "canvas", useDirtyRect: false });
    if (group) {
      this.chart.group = group;
      window.echarts.connect(group);
    }
    this.resizing = new ResizeObserver(() => this.chart.resize());
    this.resizing.observe(element);
    all.add(this);
  }

  /** Draws what `make` gives for the inks of the theme. */
  draw(make) {
    this.make = make;
    const option = { animation: !still.matches, animationDuration: 350, textStyle: { fontFamily: font() }, useUTC: true, ...make(inks()) };
    const zoom = this.chart.getOption()?.dataZoom?.[0];
    if (zoom && option.dataZoom && this.points === this.drawn) {
      for (const one of option.dataZoom) Object.assign(one, { start: zoom.start, end: zoom.end });
    }
    this.drawn = this.points;
    this.chart.setOption(option, { notMerge: true });
  }

  redraw() {
    if (this.make) this.draw(this.make);
  }

  /** Shows where `index` of the series is, for who goes there by keys. */
  point(index) {
    this.chart.dispatchAction({ type: "showTip", seriesIndex: 0, dataIndex: index });
  }

  unpoint() {
    this.chart.dispatchAction({ type: "hideTip" });
  }

  /** Calls `chosen` with the time on the axis that was clicked at. */
  onClick(chosen) {
    this.chart.getZr().on("click", (event) => {
      const at = [event.offsetX, event.offsetY];
      if (!this.chart.containPixel({ gridIndex: 0 }, at)) return;
      chosen(this.chart.convertFromPixel({ xAxisIndex: 0 }, at[0]));
    });
    this.chart.getZr().on("mousemove", (event) => {
      const inside = this.make && this.chart.containPixel({ gridIndex: 0 }, [event.offsetX, event.offsetY]);
      this.chart.getZr().setCursorStyle(inside ? "pointer" : "default");
    });
  }
}

document.addEventListener("theme", () => all.forEach((chart) => chart.redraw()));

/** An arc that is filled as far as the share goes. */
export function gauge(label, share) {
  return (ink) => ({
    series: [{
      type: "gauge",
      startAngle: 205, endAngle: -25, min: 0, max: 1, center: ["50%", "58%"], radius: "108%",
      progress: { show: share > 0, width: 13, roundCap: true, itemStyle: { color: ink[label] } },
      axisLine: { roundCap: true, lineStyle: { width: 13, color: [[1, ink.gap]] } },
      pointer: { show: false }, anchor: { show: false }, axisTick: { show: false }, splitLine: { show: false },
      axisLabel: { show: false }, title: { show: false }, detail: { show: false },
      data: [{ value: share ?? 0 }],
      silent: true,
    }],
  });
}

/** Four parts of a whole. */
export function ring(record) {
  return (ink) => ({
    tooltip: { ...tip(ink), trigger: "item", formatter: (one) => `${one.name}  ${score(one.value)}` },
    series: [{
      type: "pie", radius: ["64%", "92%"], center: ["50%", "50%"], padAngle: 1.2, label: { show: false },
      itemStyle: { borderRadius: 5, borderColor: ink.card, borderWidth: 1 },
      emphasis: { scaleSize: 4 },
      data: LABELS.map((label) => ({ name: title(label), value: record[label] ?? 0, itemStyle: { color: ink[label] } })),
    }],
  });
}

function tip(ink) {
  return {
    renderMode: "richText", confine: true, transitionDuration: 0,
    backgroundColor: ink.text, borderWidth: 0, padding: [8, 12],
    textStyle: { color: ink.card, fontSize: 12.5, lineHeight: 18, fontFamily: font() },
  };
}

/** What charts over time share: axes, tooltip, zoom. */
function time(ink, { low, high, seconds, format, legend, max }) {
  const narrow = window.innerWidth < 640;
  return {
    grid: { left: 8, right: 14, top: legend ? 36 : 14, bottom: 42, containLabel: true },
    legend: legend && {
      type: narrow ? "scroll" : "plain", top: 0, left: 0, itemWidth: 14, itemHeight: 4, itemGap: 18, icon: "roundRect", inactiveColor: ink.muted, inactiveBorderColor: ink.line,
      textStyle: { color: ink.text, fontSize: 13 }, ...legend,
    },
    xAxis: {
      type: "time", min: low, max: high, splitNumber: narrow ? 3 : 7,
      axisLine: { lineStyle: { color: ink.line } }, axisTick: { show: false },
      axisLabel: {
        color: ink.muted, fontSize: 12, hideOverlap: true,
        formatter: { year: "{yyyy}", month: "{MMM} {yyyy}", day: "{MMM} {d}", hour: "{HH}:{mm}", minute: "{HH}:{mm}" },
      },
    },
    yAxis: {
      type: "value", min: 0, max, interval: max ? max / 4 : undefined, axisLabel: { color: ink.muted, fontSize: 12, formatter: format }, splitNumber: 4,
      splitLine: { lineStyle: { color: ink.grid } },
    },
    tooltip: {
      ...tip(ink), trigger: "axis", axisPointer: { type: "line", lineStyle: { color: ink.muted, type: "dashed" } },
      formatter: (points) => {
        const from = points[0].axisValue;
        const seen = new Set();
        const lines = points.filter((p) => p.value?.[3] !== "band" && !seen.has(p.seriesName) && seen.add(p.seriesName))
          .map((p) => told(p));
        return [span(from, from + seconds * 1000), ...lines].join("\n");
      },
    },
    dataZoom: [
      { type: "inside", zoomOnMouseWheel: "ctrl", moveOnMouseWheel: false, filterMode: "none" },
      {
        type: "slider", height: 16, bottom: 6, filterMode: "none", showDetail: false, brushSelect: false,
        borderColor: "transparent", backgroundColor: ink.gap, fillerColor: ink.line, dataBackground: { lineStyle: { opacity: 0 }, areaStyle: { opacity: 0 } },
        selectedDataBackground: { lineStyle: { opacity: 0 }, areaStyle: { opacity: 0 } },
        handleStyle: { color: ink.card, borderColor: ink.muted }, moveHandleStyle: { color: ink.line }, moveHandleSize: 0,
        emphasis: { handleStyle: { borderColor: ink.text } },
      },
    ],
  };
}

function told(point) {
  const [, value, low, high] = point.value;
  if (point.seriesName === "Tweets") return `${count(value)} tweets${low ? `, ${low}` : ""}`;
  const range = typeof low === "number" ? `  (${percent(low)} – ${percent(high)})` : "";
  const shown = typeof low === "number" ? percent(value) : score(value);
  return `${point.seriesName}  ${shown}${range}`;
}

/** Counts by window; those of windows that are not complete are marked. `marks`: status by time. */
export function bars(points, marks, seconds) {
  return (ink) => {
    const base = time(ink, { ...ends(points, seconds), seconds, format: (n) => short(n) });
    const data = points.map(({ at, tweets }) => {
      const status = marks.get(at);
      return { value: [at, tweets, status], itemStyle: status ? { color: ink.warntext } : undefined };
    });
    const missing = [...marks].filter(([, status]) => status === "empty").map(([at]) => [{ xAxis: at - seconds * 500 }, { xAxis: at + seconds * 500 }]);
    base.tooltip.formatter = (shown) => {
      const [at, tweets, status] = shown[0].value;
      return `${span(at, at + seconds * 1000)}\n${count(tweets)} tweets${status ? `, ${status}` : ""}`;
    };
    return {
      ...base,
      series: [{
        type: "bar", name: "Tweets", data, itemStyle: { color: ink.bar, borderRadius: [2, 2, 0, 0] }, barMaxWidth: 28, barMinWidth: 1, barCategoryGap: "18%",
        markArea: { silent: true, itemStyle: { color: ink.gap }, data: missing },
      }],
    };
  };
}

/** What a line is drawn of: where there are no windows it is broken by a point without a value. And where each of the
 * points is in that. */
export function broken(points, seconds) {
  const drawn = [];
  const places = points.map((point, i) => {
    const before = points[i - 1]?.at;
    if (before !== undefined && point.at - before > seconds * 1500) drawn.push({ at: before + seconds * 1000 });
    return drawn.push(point) - 1;
  });
  return { drawn, places };
}

/** The points of a line; one that has none beside it is a dot, since no line shows it. */
function dotted(points, label, values) {
  const has = (point) => typeof point?.[label] === "number";
  return points.map((point, i) => {
    const alone = has(point) && !has(points[i - 1]) && !has(points[i + 1]);
    return alone ? { value: values(point), symbol: "circle" } : values(point);
  });
}

/** Average scores by window. */
export function lines(points, seconds) {
  return (ink) => ({
    ...time(ink, { ...ends(points, seconds), seconds, format: (n) => n.toFixed(2), legend: {} }),
    series: LABELS.map((label) => ({
      type: "line", name: title(label), symbol: "none", symbolSize: 6, connectNulls: false,
      lineStyle: { width: 1.25 }, itemStyle: { color: ink[label] }, emphasis: { disabled: true },
      data: dotted(points, label, (p) => [p.at, p[label] ?? null]),
    })),
  });
}

/** Shares by window, each with its interval as a band. */
export function bands(points, seconds, chosen) {
  return (ink) => ({
    ...time(ink, { ...ends(points, seconds), seconds, format: (n) => percent(n, 0), max: 1, legend: { selected: chosen } }),
    series: LABELS.flatMap((label) => {
      const edge = { type: "line", name: title(label), stack: `band ${label}`, stackStrategy: "all", showSymbol: false, lineStyle: { opacity: 0 }, emphasis: { disabled: true }, silent: true, z: 1 };
      const low = points.map((p) => [p.at, p[`${label}_low`] ?? null, null, "band"]);
      const high = points.map((p) => [p.at, difference(p[`${label}_high`], p[`${label}_low`]), null, "band"]);
      return [
        { type: "line", name: title(label), symbol: "none", symbolSize: 6, lineStyle: { width: 1.25 }, itemStyle: { color: ink[label] }, emphasis: { disabled: true }, z: 2,
          data: dotted(points, label, (p) => [p.at, p[label] ?? null, p[`${label}_low`], p[`${label}_high`]]) },
        { ...edge, itemStyle: { color: ink[label] }, data: low },
        { ...edge, itemStyle: { color: ink[label] }, areaStyle: { color: ink[label], opacity: 0.15 }, data: high },
      ];
    }),
  });
}

/** Posts staged so far. */
export function staged(pairs) {
  return (ink) => ({
    animation: false,
    grid: { left: 8, right: 14, top: 10, bottom: 4, containLabel: true },
    xAxis: { type: "time", axisLine: { lineStyle: { color: ink.line } }, axisTick: { show: false }, axisLabel: { color: ink.muted, hideOverlap: true } },
    yAxis: { type: "value", splitNumber: 2, axisLabel: { color: ink.muted, formatter: short }, splitLine: { lineStyle: { color: ink.grid } } },
    series: [{ type: "bar", data: pairs, itemStyle: { color: ink.bar }, barMaxWidth: 16, barMinWidth: 1 }],
  });
}

function difference(high, low) {
  return typeof high === "number" && typeof low === "number" ? high - low : null;
}

/** Half a window beyond the first and the last, so that no bar is cut. */
function ends(points, seconds) {
  const half = seconds * 600;
  return points.length ? { low: points[0].at - half, high: points[points.length - 1].at + half } : {};
}

function short(n) {
  if (n >= 1e6) return `${+(n / 1e6).toFixed(1)} M`;
  return n >= 1e4 ? `${+(n / 1e3).toFixed(1)} k` : String(n);
}

export function described(name, points, first, last) {
  return `${name}: ${points} windows from ${minute(first)} to ${minute(last)} UTC.`;
}
