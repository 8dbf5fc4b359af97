/**
 * First in, first out, at constant cost however long it is, and holding on to nothing that left.
 *
 * Why not an array: `shift` moves every element of a long one. What `shift` returns here is the
 * box the item travelled in, so that an empty queue and an `undefined` item stay apart.
 */
export class Fifo<T> {
  #size = 0;
  #first: Box<T> | undefined;
  #last: Box<T> | undefined;

  get size(): number {
    return this.#size;
  }

  push(value: T): void {
    const box: Box<T> = { value, next: undefined };
    if (this.#last === undefined) this.#first = box;
    else this.#last.next = box;
    this.#last = box;
    this.#size += 1;
  }

  shift(): { readonly value: T } | undefined {
    const box = this.#first;
    if (box === undefined) return undefined;
    this.#first = box.next;
    if (box.next === undefined) this.#last = undefined;
    this.#size -= 1;
    return box;
  }
}

interface Box<T> {
  readonly value: T;
  next: Box<T> | undefined;
}
