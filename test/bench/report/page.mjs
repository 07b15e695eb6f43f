// docs/BENCH.md from the groups of a run.
import { Groups } from './groups.mjs';
import { failures, modelTable, nativeTable, sizeTable, startTable, timesTable } from './tables.mjs';
import { targetTables } from './targets.mjs';

const NAMES = { chromium: 'Chromium', node: 'Node', wasmtime: 'wasmtime' };
const BROWSERS = ['chromium', 'node'];

const ABOUT = `<!-- by make bench: notes on missed targets are in test/bench/notes.md -->
# Speed

One run of \`make bench\`: the same topology, weights and inputs for all, made by tools/make_models.py. An answer has to lie within 1e-4 of the
reference's largest value before anything is timed, and after. After 5 s of warm-up each (1 s for native code), runners take turns; a time is the median
of the rounds' medians with its quartiles, a ratio is taken round by round. Times are of whole calls through the public API, copying in and out
included; of the command line on wasmtime, of the run alone; in Chromium, all in a worker of a page with COOP and COEP. Ours is the default build, which
has relaxed SIMD; \`exact\` is the plain one, whose bits are the same everywhere. onnxruntime-web runs on its wasm provider; tfjs-wasm gets its
pictures with the channels last, as it wants them, and is told of enough processors to take two threads. Native onnxruntime is shown with all that
the processor has, and with AVX2 at most, which is twice as wide as wasm. The limit is a loop of multiply-adds in registers, measured in the
same run in the same engine: fused for the default build, separate for \`exact\`.`;

const MACHINE = (groups) => {
  const dates = groups.map(({ machine }) => machine.date).sort();
  const [{ machine, versions }] = groups;
  const loads = groups.map(({ machine: { load } }) => load);
  const chromium = groups.find(({ engine }) => engine === 'chromium')?.engineVersion ?? 'not measured';
  const others = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `- ${machine.cpu}, ${machine.cores} cores, ${(machine.memory / 2 ** 30).toFixed(0)} GiB, Linux ${machine.kernel}`,
    `- Chromium ${chromium}, ${others.join(', ')}`,
    `- measured from ${dates[0].slice(0, 16)} to ${dates.at(-1).slice(0, 16)} UTC, load before a group ${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}, the groups' own included`,
    `- commit ${[...new Set(groups.map((group) => group.machine.commit ?? 'unknown'))].join(', ')}`,
  ].join('\n');
};

const section = (title, ...parts) => [`## ${title}`, ...parts.filter((part) => part !== '')].join('\n\n');
const plot = (name, about) => `![${about}](bench/${name}.svg)`;

function browserSection(groups, engine) {
  const name = NAMES[engine];
  return section(
    name,
    plot(`peers-${engine}`, `How many times as fast as onnxruntime-web, in ${name}`),
    'One thread:',
    timesTable(groups, engine, 1),
    'Two threads:',
    timesTable(groups, engine, 2),
    'From bytes in memory to ready and to the first answer, each time in a fresh page or process, and the wasm memory at the end:',
    startTable(groups, engine),
  );
}

function growthSection(growth) {
  const about = 'How time and memory grow with image size, batch and sequence length';
  const what = 'A file for each size, ours and onnxruntime-web in Chromium on one thread, each size in a fresh page.';
  return section('Growth', what, growth.length === 0 ? 'Not measured.' : plot('growth', about));
}

/** groups, growth: as stored; sizes: of sizes.mjs; notes: text about missed targets. */
export function page(fixed, growth, sizes, notes) {
  const groups = new Groups(fixed);
  const engines = BROWSERS.filter((engine) => groups.of(engine).length > 0);
  const absent = failures(groups);
  return [
    ABOUT,
    MACHINE(fixed),
    section('Targets', ...targetTables(groups)),
    section('What falls short', notes.trim()),
    ...engines.map((engine) => browserSection(groups, engine)),
    section('wasmtime and native code', nativeTable(groups, 'wasmtime')),
    growthSection(growth),
    section('Models and sizes', modelTable(groups), 'What a page downloads before its first model:', sizeTable(sizes)),
    ...(absent.length > 0 ? [section('Not there', absent.join('\n'))] : []),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}
