import type { Row } from '../row.js';
import { nameOf } from './name.js';

const files = 'seq 9000 > a; seq 700 > b; mkdir -p d/e; seq 500 > d/c; seq 400 > d/e/f';

function packs(command: Row['command'], expected: readonly string[], setup = files): Row {
  return { name: nameOf(command, setup), behaviour: 'compress', setup, command, expected };
}

function unpacks(command: Row['command'], expected: readonly string[], setup: string): Row {
  return { ...packs(command, expected, `${files}; ${setup}`), behaviour: 'extract' };
}

const python = '/usr/bin/python3';

/** Archives and compressed files: known by what is in them. */
export const archives: readonly Row[] = [
  packs(['gzip', 'a'], ['gzip compress {-a} -> {a.gz}']),
  packs(['gzip', '-k', 'a'], ['gzip compress {a} -> {a.gz}']),
  packs(['gzip', '-k', 'a', 'b'], ['gzip compress {a} -> {a.gz}', 'gzip compress {b} -> {b.gz}']),
  packs('gzip -c a > odd-name', ['gzip compress {a} -> {odd-name}']),
  packs('gzip < a > packed', ['gzip compress {a} -> {packed}']),
  packs(['pigz', '-k', 'a'], ['pigz compress {a} -> {a.gz}']),
  packs(['bzip2', '-k', 'a'], ['bzip2 compress {a} -> {a.bz2}']),
  packs(['bzip2', 'a'], ['bzip2 compress {-a} -> {a.bz2}']),
  packs(['xz', '-k', 'a'], ['xz compress {a} -> {a.xz}']),
  packs(['zstd', '-q', 'a'], ['zstd compress {a} -> {a.zst}']),
  packs(['zip', '-q', 'z.zip', 'a', 'b'], ['zip compress {a},{b} -> {z.zip}']),
  packs(['zip', '-qr', 'z.zip', 'd'], ['zip compress {d/c},{d/e/f} -> {z.zip}']),
  packs(['zip', '-q', 'z.zip', 'b'], ['zip compress {b} -> {z.zip}'], `${files}; zip -q z.zip a`),
  packs(['7z', 'a', '-bd', 'z.7z', 'a', 'b'], ['7z compress {a},{b} -> {z.7z}']),
  packs(['tar', 'cf', 't.tar', 'a', 'b'], ['tar compress {a},{b} -> {t.tar}']),
  packs(['tar', 'cf', 't.tar', 'd'], ['tar compress {d/c},{d/e/f} -> {t.tar}']),
  packs('tar c a b > t', ['tar compress {a},{b} -> {t}']),
  packs(['fastjar', 'cf', 'x.jar', 'a', 'b'], ['fastjar compress {a},{b} -> {x.jar}']),
  packs(['busybox', 'gzip', 'a'], ['busybox compress {-a} -> {a.gz}']),
  packs(['busybox', 'tar', 'cf', 't.tar', 'a', 'b'], ['busybox compress {a},{b} -> {t.tar}']),
  packs(
    [python, '-c', 'import zipfile; z = zipfile.ZipFile("z", "w"); z.write("a"); z.write("b"); z.close()'],
    ['python3 compress {a},{b} -> {z}'],
  ),
  packs(
    [python, '-c', 'import tarfile; t = tarfile.open("t", "w:gz"); t.add("a"); t.close()'],
    ['python3 compress {a} -> {t}'],
  ),
  packs(
    [python, '-c', 'import gzip, shutil; shutil.copyfileobj(open("a", "rb"), gzip.open("x", "wb"))'],
    ['python3 compress {a} -> {x}'],
  ),
  packs(
    [python, '-c', 'import shutil; shutil.make_archive("x", "zip", "d")'],
    ['python3 compress {d/c},{d/e/f} -> {x.zip}'],
  ),
  unpacks(['gzip', '-d', 'a.gz'], ['gzip extract {-a.gz} -> {a}'], 'gzip a'),
  unpacks(['gunzip', 'a.gz'], ['gzip extract {-a.gz} -> {a}'], 'gzip a'),
  unpacks(['gunzip', '-k', 'a.gz'], ['gzip extract {a.gz} -> {a}'], 'gzip a'),
  unpacks('zcat a.gz > x', ['gzip extract {a.gz} -> {x}'], 'gzip a'),
  unpacks('gzip -dc < a.gz > x', ['gzip extract {a.gz} -> {x}'], 'gzip a'),
  unpacks(['pigz', '-dk', 'a.gz'], ['pigz extract {a.gz} -> {a}'], 'gzip a'),
  unpacks(['bunzip2', 'a.bz2'], ['bunzip2 extract {-a.bz2} -> {a}'], 'bzip2 a'),
  unpacks(['unxz', '-k', 'a.xz'], ['unxz extract {a.xz} -> {a}'], 'xz a'),
  unpacks(['zstd', '-dq', 'a.zst'], ['zstd extract {a.zst} -> {a}'], 'zstd -q --rm a'),
  unpacks(['unzip', '-q', 'z.zip'], ['unzip extract {z.zip} -> {a},{b}'], 'zip -q z.zip a b; rm a b'),
  unpacks(['unzip', '-qo', 'z.zip'], ['unzip extract {z.zip} -> {a}'], 'zip -q z.zip a'),
  unpacks(
    'unzip -q z.zip -d out',
    [
      'unzip mkdir {out}',
      'unzip mkdir {out/d}',
      'unzip mkdir {out/d/e}',
      'unzip extract {z.zip} -> {out/d/c},{out/d/e/f}',
    ],
    'zip -qr z.zip d',
  ),
  unpacks('unzip -p z.zip a > x', ['unzip extract {z.zip} -> {x}'], 'zip -q z.zip a'),
  unpacks(['7z', 'x', '-bd', '-y', 'z.7z'], ['7z extract {z.7z} -> {a},{b}'], '7z a -bd z.7z a b > /dev/null; rm a b'),
  unpacks(['tar', 'xf', 't.tar'], ['tar extract {t.tar} -> {a},{b}'], 'tar cf t.tar a b; rm a b'),
  unpacks(
    'tar xf t.tar -C out',
    ['tar mkdir {out/d}', 'tar mkdir {out/d/e}', 'tar extract {t.tar} -> {out/d/c},{out/d/e/f}'],
    'tar cf t.tar d; mkdir out',
  ),
  unpacks(
    ['fastjar', 'xf', 'x.jar'],
    ['fastjar mkdir {META-INF}', 'fastjar extract {x.jar} -> {META-INF/MANIFEST.MF},{a},{b}'],
    'fastjar cf x.jar a b; rm a b',
  ),
  unpacks(['busybox', 'gunzip', 'a.gz'], ['busybox extract {-a.gz} -> {a}'], 'gzip a'),
  unpacks(['busybox', 'tar', 'xf', 't.tar'], ['busybox extract {t.tar} -> {a},{b}'], 'tar cf t.tar a b; rm a b'),
  unpacks(['busybox', 'unzip', '-q', 'z.zip'], ['busybox extract {z.zip} -> {a},{b}'], 'zip -q z.zip a b; rm a b'),
  unpacks(
    [python, '-c', 'import zipfile; zipfile.ZipFile("z.zip").extractall("x")'],
    ['python3 mkdir {x}', 'python3 extract {z.zip} -> {x/a},{x/b}'],
    'zip -q z.zip a b',
  ),
  unpacks(
    [python, '-c', 'import shutil; shutil.unpack_archive("t.tgz", "x")'],
    ['python3 mkdir {x}', 'python3 extract {t.tgz} -> {x/a},{x/b}'],
    'tar czf t.tgz a b',
  ),
  unpacks(['tar', 'tf', 't.tar'], ['tar read {t.tar}'], 'tar cf t.tar a b'),
  unpacks(['unzip', '-l', 'z.zip'], ['unzip read {z.zip}'], 'zip -q z.zip a b'),
  unpacks('zcat a.gz | head -n 2', ['gzip read {a.gz}'], 'gzip a'),
];
