/** 127.0.0.0/8 and ::1, as RFC 5952 text. */
export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}

/** For people: `10.0.0.1:22`, `[fd00::1]:22`, without port where there is none. */
export function endpointText(address: string, port: number): string {
  const host = address.includes(':') ? `[${address}]` : address;
  return port === 0 ? address : `${host}:${port}`;
}
