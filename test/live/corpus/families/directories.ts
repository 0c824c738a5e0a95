import type { Row } from '../row.js';
import { nameOf } from './name.js';

function directory(command: Row['command'], expected: readonly string[], setup?: string): Row {
  return {
    name: nameOf(command, setup),
    behaviour: 'directory',
    command,
    expected,
    ...(setup === undefined ? {} : { setup }),
  };
}

const python = '/usr/bin/python3';

export const directories: readonly Row[] = [
  directory(['mkdir', 'd'], ['mkdir mkdir {d}']),
  directory(['mkdir', '-p', 'd/e/f'], ['mkdir mkdir {d}', 'mkdir mkdir {d/e}', 'mkdir mkdir {d/e/f}']),
  directory(['mkdir', '-p', 'd/e'], ['mkdir mkdir {d/e}'], 'mkdir d'),
  directory(['mkdir', '-m', '700', 'd'], ['mkdir mkdir {d}']),
  directory('mktemp -d ./t.XXXXXX', ['mktemp mkdir {dir}/t.*']),
  directory(['busybox', 'mkdir', '-p', 'd/e'], ['busybox mkdir {d}', 'busybox mkdir {d/e}']),
  directory([python, '-c', 'import os; os.makedirs("d/e")'], ['python3 mkdir {d}', 'python3 mkdir {d/e}']),
  directory('"$NODE" -e "fs.mkdirSync(\'d/e\', { recursive: true })"', ['node mkdir {d}', 'node mkdir {d/e}']),
  directory(['perl', '-e', 'mkdir "d"'], ['perl mkdir {d}']),
  directory(['install', '-d', 'd/e'], ['install mkdir {d}', 'install mkdir {d/e}']),
  directory(['rmdir', 'd'], ['rmdir rmdir {-d}'], 'mkdir d'),
  directory(['rmdir', '-p', 'd/e'], ['rmdir rmdir {-d/e}', 'rmdir rmdir {-d}'], 'mkdir -p d/e'),
  directory(['busybox', 'rmdir', 'd'], ['busybox rmdir {-d}'], 'mkdir d'),
  directory([python, '-c', 'import os; os.rmdir("d")'], ['python3 rmdir {-d}'], 'mkdir d'),
  directory(['find', 'd', '-type', 'd', '-empty', '-delete'], ['find rmdir {-d/e}', 'find rmdir {-d}'], 'mkdir -p d/e'),
  directory('mkdir d && rmdir d', ['mkdir mkdir {dir}/d:*', 'rmdir rmdir {dir}/d:*']),
];
