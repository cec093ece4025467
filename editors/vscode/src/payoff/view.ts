/** The script of the panel: draws what it is sent to the size that it has, and reads it under the pointer. */

import type { Payoff } from "./payoff";
import { picture, reading, type Picture } from "./picture";

const LOWEST = { width: 320, height: 220 };

const canvas = document.getElementById("picture") as HTMLElement;
const told = document.getElementById("reading") as HTMLElement;
const cursor = document.getElementById("cursor") as HTMLElement;

let payoff: Payoff | undefined;
let drawn: Picture | undefined;

function draw(): void {
  if (!payoff) return;
  const width = Math.max(canvas.clientWidth, LOWEST.width);
  const height = Math.max(window.innerHeight - told.offsetHeight - 32, LOWEST.height);
  drawn = picture(payoff, { width, height });
  canvas.innerHTML = drawn.svg;
  read(payoff.spot ?? (drawn.across.low + drawn.across.high) / 2, false);
}

function read(price: number, pointed: boolean): void {
  if (!payoff || !drawn) return;
  const lines = reading(payoff, price).map((line) => {
    const shown = document.createElement("span");
    shown.textContent = line;
    return shown;
  });
  told.replaceChildren(...lines);
  cursor.hidden = !pointed;
  cursor.style.left = `${drawn.across.place(price)}px`;
}

canvas.addEventListener("pointermove", (event) => {
  if (!drawn) return;
  const price = drawn.across.value(event.clientX - canvas.getBoundingClientRect().left);
  if (price >= drawn.across.low && price <= drawn.across.high) read(price, true);
});
canvas.addEventListener("pointerleave", () => draw());
window.addEventListener("resize", draw);
window.addEventListener("message", (event: MessageEvent<Payoff>) => {
  payoff = event.data;
  draw();
});
