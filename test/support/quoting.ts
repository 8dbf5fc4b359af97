/** Strategy parameters for tests of everything but pricing: a spread that neither market nor moves change. */
export const FIXED_SPREAD = {
  halfSpreadBp: 200,
  spreadPerMove: 0,
  pullMoves: 0,
  marketWeight: 0,
} as const;
