import { type Box, type Shaped, shaped } from "./boxes.js";
import type { Kind } from "./fold.js";

/** A set of words `whole \ hole` that the instances of a kind ask for or give back at one step. */
export interface Message {
  readonly kind: Kind;
  readonly whole: Box;
  readonly hole: Box | null;
}

/** A set of words, and the instances that send it, a place each. */
export interface Sent {
  readonly message: Message;
  readonly place: readonly number[];
  readonly senders: Kind[];
}

/** Every different set once. */
export function different(messages: readonly Message[], shapes: readonly Shaped[]): Iterable<Sent> {
  const sets = new Map<string, Sent>();
  for (const [i, message] of messages.entries()) {
    const { low, shape } = shapes[i] ?? shaped(message.whole, message.hole);
    for (const place of message.kind.places) {
      const name = `${shape} at ${low.map((x, axis) => x + (place[axis] ?? 0))}`;
      const sender = { rows: message.kind.rows, places: [place] };
      const known = sets.get(name);
      if (known === undefined) sets.set(name, { message, place, senders: [sender] });
      else known.senders.push(sender);
    }
  }
  return sets.values();
}
