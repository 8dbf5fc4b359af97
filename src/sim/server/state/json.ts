/** Undefined for text that is not JSON. */
export function parsed(text: string): unknown {
  // A caught error costs more than all of a short request's answer.
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
