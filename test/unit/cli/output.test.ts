import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { printable, printableJson } from '../../../cli/output/escape.js';
import { printerFor, type PrintedColumn } from '../../../cli/output/printer.js';
import { isoTime } from '../../../cli/output/time.js';
import { fit, textWidth } from '../../../cli/output/width.js';

const columns: readonly PrintedColumn[] = [
  { name: 'time', type: 'time', shown: true },
  { name: 'host', type: 'string', shown: true },
  { name: 'pid', type: 'integer', shown: true },
  { name: 'line', type: 'string', shown: false },
  { name: 'paths', type: 'list', shown: true },
  { name: 'bytes', type: 'integer', shown: true },
  { name: 'confidence', type: 'decimal', shown: true },
];
const time = '1680454347271656';
const row = [time, 'alpha', '3761', 'a, "b"\r\nc', '["/w/a","/w/b"]', '18446744073709551615', '0.5'];

function print(form: 'table' | 'json' | 'csv', rows: readonly (readonly string[])[], terminal = 0): string {
  const printer = printerFor(form, columns, { columns: terminal });
  return rows.map((values) => printer.row(values)).join('') + printer.flush();
}

describe('json', () => {
  test('is an object per line with all columns, integers exact, times in ISO 8601', () => {
    assert.equal(
      print('json', [row]),
      '{"time":"2023-04-02T16:52:27.271656Z","host":"alpha","pid":3761,"line":"a, \\"b\\"\\r\\nc","paths":["/w/a","/w/b"],"bytes":18446744073709551615,"confidence":0.5}\n',
    );
  });

  test('a time that is not known is null', () => {
    assert.match(print('json', [['0', ...row.slice(1)]]), /^\{"time":null,/);
  });

  test('whatever the values are, each line parses and prints no control character', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 7, maxLength: 7 }), (values) => {
        const text = print('json', [['1', ...values.slice(1)]]);
        assert.ok(text.endsWith('\n'));
        const parsed: unknown = JSON.parse(text);
        assert.ok(typeof parsed === 'object');
        assert.doesNotMatch(text.slice(0, -1), /\p{Cc}/u);
      }),
    );
  });
});

describe('csv', () => {
  test('is RFC 4180 with a header and all columns', () => {
    assert.equal(
      print('csv', [row]),
      'time,host,pid,line,paths,bytes,confidence\r\n2023-04-02T16:52:27.271656Z,alpha,3761,"a, ""b""\r\nc","[""/w/a"",""/w/b""]",18446744073709551615,0.5\r\n',
    );
  });

  test('without rows still says what its columns are', () => {
    assert.equal(print('csv', []), 'time,host,pid,line,paths,bytes,confidence\r\n');
  });

  test('control characters are kept in a file and escaped on a terminal', () => {
    const values = [time, 'a\u001b[2J', '1', '', '[]', '0', '0'];
    assert.ok(print('csv', [values]).includes('a\u001b[2J'));
    assert.match(print('csv', [values], 80), /a\\x1b\[2J/);
  });
});

describe('table', () => {
  const shown = [time, 'alpha', '0', 'hidden', '["/w/a"]', '5', '1'];

  test('shows shown columns that are not empty, numbers to the right', () => {
    const lines = print('table', [shown, [time, 'b', '0', '', '[]', '12345', '0.25']]).split('\n');
    assert.equal(lines[0], `${'time'.padEnd(26)}  host   paths  bytes  confidence`);
    assert.equal(lines[1]?.slice(26), '  alpha  /w/a       5           1');
    assert.equal(lines[2]?.slice(26), '  b             12345        0.25');
    assert.match(lines.join('\n'), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.271656 /m);
    assert.equal(lines.length, 4);
  });

  test('fits the terminal: long texts are cut, then columns go from the right', () => {
    const long = [time, 'alpha', '3760', '', `["${'/very/long'.repeat(20)}"]`, '5', '1'];
    for (const terminal of [100, 80, 60, 40]) {
      const lines = print('table', [long], terminal).trimEnd().split('\n');
      for (const line of lines) assert.ok(textWidth(line) <= terminal, `${terminal}: ${textWidth(line)}`);
      assert.match(lines[0] ?? '', /^time {24}host/);
    }
    assert.match(print('table', [long], 80), /…/);
    assert.doesNotMatch(print('table', [long], 40), /confidence/);
  });

  test('without rows prints nothing', () => {
    assert.equal(print('table', []), '');
  });

  test('does not hold back more than it measures', () => {
    const printer = printerFor('table', columns, { columns: 0 });
    const texts = Array.from({ length: 1500 }, () => printer.row(shown));
    assert.equal(texts.join('').split('\n').length - 1, 1501);
    assert.equal(printer.flush(), '');
  });
});

describe('text for terminals', () => {
  test('control characters and marks that turn the direction of text are shown, not obeyed', () => {
    assert.equal(printable('a\u001b[31m\nb\u009b\u202ec'), 'a\\x1b[31m\\x0ab\\x9b\\u202ec');
    assert.equal(printable('naïve 😀'), 'naïve 😀');
    assert.equal(printableJson('"\u007f\u2028"'), '"\\u007f\\u2028"');
  });

  test('wide characters take two columns', () => {
    assert.equal(textWidth('日本'), 4);
    assert.equal(textWidth('e\u0301'), 1);
    assert.equal(fit('日本語', 5, false), '日本…');
    assert.equal(fit('日本語', 4, false), '日… ');
    assert.equal(fit('7', 3, true), '  7');
  });

  test('times keep their microseconds', () => {
    assert.equal(isoTime(1_680_454_347_000_001), '2023-04-02T16:52:27.000001Z');
    assert.equal(isoTime(0), '');
  });
});

describe('a table of rows as they come', () => {
  test('keeps the columns that the first rows have no value for, and shows the time of day', () => {
    const printer = printerFor('table', columns, { columns: 0, live: true });
    printer.row([time, 'alpha', '0', '', '[]', '0', '0']);
    const first = printer.flush();
    const [header, line] = first.split('\n');
    assert.equal(header, 'time             host        pid  paths             bytes  confidence');
    assert.match(line ?? '', /^\d\d:\d\d:\d\d\.271656 /);
    assert.equal(line?.slice(15), '  alpha                                  0           0');
    const next = printer.row([time, 'b', '7', '', '["/w/a"]', '5', '1']);
    assert.equal(next.slice(15), '  b             7  /w/a                  5           1\n');
  });
});
