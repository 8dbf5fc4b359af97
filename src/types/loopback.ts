/** Whether a host name or IP address, with or without an IPv6 address's brackets, is this machine. */
export const isLoopbackHost = (host: string): boolean =>
  /^(localhost|\[?::1\]?|127(\.\d{1,3}){3})$/.test(host);
