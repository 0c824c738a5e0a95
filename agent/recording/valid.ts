import type { Observation, RecordingHeader } from './format.js';

/* A recording comes with a bug report: what its frames hold is looked at before it is believed. */

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function areNumbers(fields: Fields, ...names: readonly string[]): boolean {
  return names.every((name) => typeof fields[name] === 'number');
}

function areTexts(fields: Fields, ...names: readonly string[]): boolean {
  return names.every((name) => typeof fields[name] === 'string');
}

export function isRecordingHeader(value: unknown): value is RecordingHeader {
  if (!isFields(value) || !areTexts(value, 'layout', 'kernel') || !areNumbers(value, 'clockOffset')) return false;
  const { users, processes, own } = value;
  if (!isFields(own) || !areNumbers(own, 'mountNamespace', 'rootDevice') || !areTexts(own, 'rootInode')) return false;
  if (!isFields(users) || !areTexts(users, ...Object.keys(users))) return false;
  return Array.isArray(processes) && processes.every(isSnapshot);
}

function isSnapshot(value: unknown): boolean {
  if (!isFields(value)) return false;
  const { stdin, stdout, transferred, approximate } = value;
  return (
    areNumbers(value, 'tgid', 'ppid', 'start', 'uid', 'loginuid', 'sessionId', 'containerPid') &&
    isIsolation(value['isolation']) &&
    areTexts(value, 'comm', 'exe', 'commandLine', 'script') &&
    typeof approximate === 'boolean' &&
    isDescriptor(stdin) &&
    isDescriptor(stdout) &&
    isFields(transferred) &&
    areNumbers(transferred, 'read', 'written')
  );
}

function isDescriptor(value: unknown): boolean {
  return isFields(value) && areTexts(value, 'kind') && areNumbers(value, 'inode', 'peer', 'device', 'progress');
}

function isIsolation(value: unknown): boolean {
  if (!isFields(value)) return false;
  const { idMap, cgroup = '', rootPath = '' } = value;
  return (
    areNumbers(
      value,
      'cgroupId',
      'mountNamespace',
      'pidNamespace',
      'networkNamespace',
      'userNamespace',
      'rootDevice',
    ) &&
    areTexts({ ...value, cgroup, rootPath }, 'rootInode', 'cgroup', 'rootPath') &&
    Array.isArray(idMap) &&
    idMap.every((extent) => isFields(extent) && areNumbers(extent, 'first', 'lowerFirst', 'count'))
  );
}

export function isObservation(value: unknown): value is Observation {
  if (!isFields(value)) return false;
  const { kind, content } = value;
  switch (kind) {
    case 'stock':
      return true;
    case 'tick':
    case 'visited':
      return areNumbers(value, 'time');
    case 'clock':
      return areNumbers(value, 'offset');
    case 'content':
      return areNumbers(value, 'device') && isInode(value) && isContentType(content);
    case 'inode':
      return areTexts(value, 'root', 'path') && isInode(value);
    case 'target':
      return areTexts(value, 'root', 'path', 'target');
    case 'host-path':
      return areTexts(value, 'root', 'path');
    case 'container-user':
      return areTexts(value, 'root', 'name') && areNumbers(value, 'uid');
    case 'gap':
      return areNumbers(value, 'time') && areTexts(value, 'text');
    default:
      return false;
  }
}

function isContentType(value: unknown): boolean {
  return value === 'archive' || value === 'library' || value === 'other';
}

function isInode({ inode }: Fields): boolean {
  return typeof inode === 'string' && /^\d{1,20}$/.test(inode);
}
