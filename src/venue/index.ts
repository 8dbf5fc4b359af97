export { SNAPSHOT_WAITING_MAX, type SocketTiming, type Time, broken, socket } from "./socket.ts";
