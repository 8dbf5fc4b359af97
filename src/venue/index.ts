export { type SocketTiming, type Time, broken, socket } from "./socket.ts";
