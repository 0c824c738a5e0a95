import { runAggregator } from '../../aggregator/main.js';

process.exit(await runAggregator(process.argv.slice(2)));
