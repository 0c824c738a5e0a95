import type { Row } from '../row.js';
import { nameOf } from './name.js';

function splits(command: Row['command'], expected: readonly string[], setup = 'seq 3000 > a'): Row {
  return { name: nameOf(command, setup), behaviour: 'split', setup, command, expected };
}

const python = '/usr/bin/python3';
const cut = 'd = open("a").read(); open("x", "w").write(d[:5000]); open("y", "w").write(d[5000:])';

export const split: readonly Row[] = [
  splits(['split', '-b', '5000', 'a'], ['split split {a} -> {xaa},{xab},{xac}']),
  splits(['split', '-l', '1000', 'a'], ['split split {a} -> {xaa},{xab},{xac}']),
  splits(['split', '-n', '3', 'a'], ['split split {a} -> {xaa},{xab},{xac}']),
  splits(['split', '-d', '-b', '7000', 'a', 'p.'], ['split split {a} -> {p.00},{p.01}']),
  splits('split -b 5000 - p < a', ['split split {a} -> {paa},{pab},{pac}']),
  splits(['csplit', '-s', 'a', '1000', '2000'], ['csplit split {a} -> {xx00},{xx01},{xx02}']),
  splits([python, '-c', cut], ['python3 split {a} -> {x},{y}']),
  splits('split -b 1000 a; cat x* > b', [
    'split split {a} -> {xaa},{xab},{xac},{xad},{xae},{xaf},{xag},{xah} (+6 more)',
    'cat copy {xaa},{xab},{xac},{xad},{xae},{xaf},{xag},{xah} (+6 more) -> {b}',
  ]),
  splits("sed -n -e '1,1000w x' -e '1001,$w y' a", ['sed split {a} -> {y},{x}']),
];
