/**
 * The client itself, with a note of each method a test has called and that was not refused. What it
 * calls within itself is not noted, and nothing in it is replaced.
 */
export function remembered<Client extends object>(client: Client, answered: Set<string>): Client {
  return new Proxy(client, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...args: readonly unknown[]) => {
        const answer: unknown = Reflect.apply(value, target, args);
        void Promise.resolve(answer).then(
          () => answered.add(String(name)),
          () => undefined,
        );
        return answer;
      };
    },
  });
}
