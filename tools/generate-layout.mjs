#!/usr/bin/env node
// Offsets, sizes and enumerators of bpf/record.h for TypeScript, read from the BTF of the
// object that was really compiled: the two sides cannot drift apart.
// usage: generate-layout.mjs OBJECT OUTPUT
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const structs = [
  'record_header',
  'fork_record',
  'descriptor',
  'id_extent',
  'isolation',
  'isolation_record',
  'transferred',
  'exec_record',
  'exit_record',
  'stream_record',
  'file_record',
  'name_record',
  'attribute_record',
  'socket_tuple',
  'socket_record',
  'traffic_record',
  'datagram_key',
  'datagram_totals',
  'counters',
];
const enums = [
  'record_type',
  'file_fact',
  'name_operation',
  'name_fact',
  'attribute',
  'attribute_fact',
  'socket_fact',
  'stream_fact',
  'descriptor_kind',
  'isolation_fact',
];

const [object, output] = process.argv.slice(2);
if (!object || !output) {
  process.stderr.write('usage: generate-layout.mjs OBJECT OUTPUT\n');
  process.exit(2);
}
const { types } = JSON.parse(execFileSync('bpftool', ['-j', 'btf', 'dump', 'file', object], { maxBuffer: 64 << 20 }));
const camel = (name) => name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());
const find = (kind, name) => {
  const type = types.find((candidate) => candidate.kind === kind && candidate.name === name);
  if (!type) throw new Error(`${object} has no BTF for ${kind.toLowerCase()} ${name}: rebuild it with clang -g`);
  return type;
};

const lines = ['// Generated from the BTF of the BPF object by tools/generate-layout.mjs; not to be edited.', ''];
for (const name of structs) {
  const type = find('STRUCT', name);
  const members = type.members
    .filter((member) => !member.name.startsWith('reserved'))
    .map((member) => `  ${camel(member.name)}: ${member.bits_offset / 8},`);
  lines.push(`export const ${camel(name)} = {`, ...members, `  byteLength: ${type.size},`, '} as const;', '');
}
for (const name of enums) {
  const values = find('ENUM', name).values.map((value) => `  ${value.name}: ${value.val},`);
  lines.push(`export const ${camel(name)} = {`, ...values, '} as const;', '');
}
const hash = createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16);
lines.push('/** Changes whenever a layout does. */', `export const layoutHash = '${hash}';`, '');
mkdirSync(dirname(output), { recursive: true });
writeFileSync(output, lines.join('\n'));
