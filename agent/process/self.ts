import { userInfo } from 'node:os';
import { unknownIsolation } from './isolation.js';
import type { Process } from './process.js';

const UNSET = 0xffff_ffff;

/** The agent itself, in whose name gaps are told. */
export function selfProcess(): Process {
  const { username, uid } = userInfo();
  return {
    tgid: process.pid,
    ppid: process.ppid,
    startTime: Math.round((Date.now() - process.uptime() * 1000) * 1000),
    uid,
    user: username,
    loginuid: UNSET,
    sessionId: UNSET,
    containerPid: process.pid,
    containerUid: uid,
    containerUser: '',
    isolation: unknownIsolation,
    image: { comm: 'panorama', exe: process.execPath, commandLine: process.argv.join(' '), script: '' },
  };
}
