import { register } from 'node:module';
import { pathToFileURL } from 'node:url';

/* Child of count-tests.ts: prints how many tests the files given declare. */

register('./count-tests-hook.js', import.meta.url);
const { declared } = await import('./count-tests-stand-in.js');
for (const file of process.argv.slice(2)) await import(pathToFileURL(file).href);
process.stdout.write(String(declared()));
process.exit(0);
