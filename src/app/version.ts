/** Of the program; a journal written by another version may have been decided otherwise. */
export const VERSION = "0.1.0";
