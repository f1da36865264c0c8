"use strict";
// The page is complete without this script. It adds the cursor over the curves and the switch between light and dark.
(() => {
  const root = document.documentElement;
  root.classList.add("scripted");

  // The switch: the theme of the system until it is used.
  const button = document.getElementById("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : system.matches;
  const nameSwitch = () => { button.textContent = isDark() ? "Light" : "Dark"; };
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    nameSwitch();
  });
  system.addEventListener("change", nameSwitch);
  nameSwitch();

  const formatTime = (seconds) => {
    const whole = Math.floor(seconds);
    const two = (number) => String(number).padStart(2, "0");
    const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
    const rest = two(whole % 60) + "." + Math.floor(seconds * 10 % 10);
    return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
  };

  // The position in a rising list that is nearest to a value.
  const nearest = (list, value) => {
    let [low, high] = [0, list.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (list[middle] <= value) low = middle; else high = middle;
    }
    return Math.abs(list[low] - value) <= Math.abs(list[high] - value) ? low : high;
  };

  const addCursor = (video) => {
    const data = JSON.parse(video.querySelector("script[type='application/json']").textContent);
    if (data.frame.length === 0) return;
    const curve = video.querySelector(".curve");
    const watch = video.querySelector(".watch");
    const stills = [...video.querySelectorAll(".film li")];
    const places = stills.map((still) => Number(still.dataset.index));
    const highest = data.score.reduce((best, score, place) => score > data.score[best] ? place : best, 0);
    const line = document.createElement("div");
    const now = document.createElement("div");
    line.className = "cursor";
    now.className = "now";
    curve.append(line);
    watch.append(now);
    watch.classList.add("live");
    let [place, shown] = [highest, -1];

    const describe = () => {
      const parts = [`frame ${data.frame[place]}`];
      if (data.seconds) parts.push(formatTime(data.seconds[place]));
      parts.push(`score ${data.score[place]}`);
      if (data.abnormal) parts.push(data.abnormal[place] ? "labelled abnormal" : "labelled normal");
      if (data.state && data.state[place] !== null) parts.push(data.states[data.state[place]]);
      if (data.event && data.event[place] !== null) parts.push(`in event ${data.event[place] + 1}`);
      if (data.reason && data.reason[place] !== null) parts.push(data.reasons[data.reason[place]]);
      return parts;
    };

    const show = (next) => {
      place = Math.max(0, Math.min(data.frame.length - 1, next));
      line.style.left = `${100 * (data.index[place] + 0.5) / data.count}%`;
      const parts = describe();
      const text = document.createElement("p");
      text.textContent = parts.join(", ");
      curve.setAttribute("aria-valuenow", data.frame[place]);
      curve.setAttribute("aria-valuetext", text.textContent);
      if (places.length > 0) {
        const still = nearest(places, data.index[place]);
        if (still !== shown || !now.firstChild) {
          now.replaceChildren(stills[still].querySelector(".still").cloneNode(true));
          shown = still;
        }
        const frame = stills[still].lastElementChild.textContent;
        if (Number(frame) !== data.frame[place]) text.append(` (picture of frame ${frame})`);
      }
      now.querySelector("p")?.remove();
      now.append(text);
    };

    const placeOf = (event) => {
      const area = curve.getBoundingClientRect();
      return nearest(data.index, (event.clientX - area.left) / area.width * data.count - 0.5);
    };
    curve.addEventListener("pointermove", (event) => show(placeOf(event)));
    curve.addEventListener("pointerdown", (event) => show(placeOf(event)));

    const page = Math.max(1, Math.round(data.frame.length / 10));
    const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -page, PageUp: page };
    curve.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      if (event.key in steps) show(place + steps[event.key]);
      else if (event.key === "Home") show(0);
      else if (event.key === "End") show(data.frame.length - 1);
      else return;
      event.preventDefault();
    });
    // A slider is what screen readers know: its value is the frame.
    curve.setAttribute("role", "slider");
    curve.setAttribute("tabindex", "0");
    curve.setAttribute("aria-valuemin", data.frame[0]);
    curve.setAttribute("aria-valuemax", data.frame[data.frame.length - 1]);
    show(highest);
    video.showFrame = (frame) => show(nearest(data.frame, frame));
  };
  document.querySelectorAll(".video").forEach(addCursor);

  // A moment moves the cursor of its video to its frame.
  document.querySelectorAll(".moments a").forEach((link) => link.addEventListener("click", () => {
    const video = document.getElementById(link.hash.slice(1));
    if (video && video.showFrame) video.showFrame(Number(link.dataset.frame));
  }));
})();
