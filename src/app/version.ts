/** Of the program. A journal of another version is not taken over: it may have decided otherwise. */
export const VERSION = "0.1.0";
