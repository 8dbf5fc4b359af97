/** A list of the newer client, which asks page by page. */
type Pages = AsyncIterable<unknown>;

/**
 * The client itself, with a note of each method that a test has called and that was not refused; of a
 * list, once a page has come. What the client calls within itself is not noted.
 */
export function remembered<Client extends object>(client: Client, answered: Set<string>): Client {
  return new Proxy(client, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      const note = (): void => void answered.add(String(name));
      return (...args: readonly unknown[]) => {
        const answer: unknown = Reflect.apply(value, target, args);
        if (isPages(answer)) return noted(answer, note);
        void Promise.resolve(answer).then(note, () => undefined);
        return answer;
      };
    },
  });
}

const isPages = (answer: unknown): answer is Pages =>
  typeof answer === "object" && answer !== null && Symbol.asyncIterator in answer;

async function* noted(pages: Pages, note: () => void) {
  for await (const page of pages) {
    note();
    yield page;
  }
}
