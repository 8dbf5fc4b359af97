export { answerBytesMax, FRAME_BYTES_MAX, tooLong } from "./bytes.ts";
export { SNAPSHOT_WAITING_MAX, type SocketTiming, type Time, broken, socket } from "./socket.ts";
