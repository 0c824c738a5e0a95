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
  const { users, processes } = value;
  if (!isFields(users) || !areTexts(users, ...Object.keys(users))) return false;
  return Array.isArray(processes) && processes.every(isSnapshot);
}

function isSnapshot(value: unknown): boolean {
  if (!isFields(value)) return false;
  const { stdin, stdout, transferred, approximate } = value;
  return (
    areNumbers(value, 'tgid', 'ppid', 'start', 'uid', 'loginuid', 'sessionId', 'cgroupId') &&
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
      return areTexts(value, 'path') && isInode(value);
    case 'target':
      return areTexts(value, 'path', 'target');
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
