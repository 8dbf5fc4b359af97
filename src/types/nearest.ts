/** The name that was probably meant by a word, for "did you mean"; null where none is near. */
export function nearest(word: string, names: readonly string[]): string | null {
  const meant = plain(word);
  const [best] = names
    .map((name) => ({ name, distance: distance(meant, plain(name)) }))
    .toSorted((a, b) => a.distance - b.distance);
  const longest = Math.max(meant.length, best?.name.length ?? 0);
  if (best !== undefined && best.distance <= Math.min(3, Math.floor(longest * 0.4))) {
    return best.name;
  }
  const [begun, ...others] = names.filter((name) => plain(name).startsWith(meant));
  return meant.length >= 3 && begun !== undefined && others.length === 0 ? begun : null;
}

const plain = (name: string): string => name.toLowerCase().replaceAll(/[-_]/g, "");

/** Letters to insert, leave out, replace or swap with their neighbour, to make one text of the other. */
function distance(from: string, to: string): number {
  const width = to.length + 1;
  const table = Array.from({ length: (from.length + 1) * width }, (_, at) =>
    at < width ? at : at % width === 0 ? at / width : 0,
  );
  const cell = (row: number, column: number): number => table[row * width + column] ?? 0;
  for (let row = 1; row <= from.length; row += 1) {
    for (let column = 1; column <= to.length; column += 1) {
      const isSame = from[row - 1] === to[column - 1];
      const isSwapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      table[row * width + column] = Math.min(
        cell(row - 1, column) + 1,
        cell(row, column - 1) + 1,
        cell(row - 1, column - 1) + (isSame ? 0 : 1),
        row > 1 && column > 1 && isSwapped ? cell(row - 2, column - 2) + 1 : Infinity,
      );
    }
  }
  return cell(from.length, to.length);
}
