/** What the venue says, before any of it is quoted. */
import { expect, it } from "vitest";
import { parseCredentials, withoutSecrets } from "../../../../src/venue/polymarket/sign/index.ts";

const credentials = (passphrase: string) =>
  parseCredentials({ key: "id", secret: "NJskQfM9L+Ouo/WvpP52c8UKWrnb==", passphrase }) ??
  expect.unreachable("no credentials");

it("has neither secret nor passphrase, as they are or escaped", () => {
  const known = credentials('pass"phrase 1');
  const said =
    "NJskQfM9L+Ouo/WvpP52c8UKWrnb== NJskQfM9L%2BOuo%2FWvpP52c8UKWrnb%3D%3D " +
    String.raw`pass"phrase 1 pass\"phrase 1 pass%22phrase%201`;
  expect(withoutSecrets(said, known)).toBe("[secret] [secret] [secret] [secret] [secret]");
});

it("stays as it is where a passphrase is short enough to stand in any text", () => {
  expect(withoutSecrets('{"price":"0.1"}', credentials("1"))).toBe('{"price":"0.1"}');
});
