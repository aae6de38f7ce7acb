/**
 * `node --import tsx test/patterns/make-vectors.ts [--check]`: asks the real aws/event-ruler what every pattern of vectors.ts matches, and
 * writes vectors.json (`npm run format` then lays it out); with --check it only compares. Needs Java and Maven, which fetch the ruler into a temporary
 * folder; nothing of it is committed, and no test needs it.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { questions, type Vectors } from './vectors.js';

const rulerVersion = '2.1.0';
const here = path.join(process.cwd(), 'test', 'patterns');
const target = path.join(here, 'vectors.json');

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>judge</groupId><artifactId>judge</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>software.amazon.event.ruler</groupId><artifactId>event-ruler</artifactId><version>${rulerVersion}</version>
  </dependency></dependencies>
</project>`;

/** @returns what the ruler answers, one line for each line asked. */
function ask(lines: readonly string[]): string[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'sojourn-ruler-'));
  try {
    const run = (command: string, args: readonly string[], input?: string) =>
      execFileSync(command, args, { cwd: folder, input, encoding: 'utf8', maxBuffer: 2 ** 28 });
    writeFileSync(path.join(folder, 'pom.xml'), pom);
    run('mvn', ['-q', 'dependency:copy-dependencies', '-DoutputDirectory=jars']);
    copyFileSync(path.join(here, 'judge', 'Judge.java'), path.join(folder, 'Judge.java'));
    run('javac', ['-cp', 'jars/*', 'Judge.java']);
    return run('java', ['-cp', `jars/*${path.delimiter}.`, 'Judge'], lines.join('\n'))
      .trimEnd()
      .split('\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const asked = questions.flatMap(({ events, patterns }) =>
  patterns.map((pattern) => JSON.stringify({ pattern, events })),
);
const answers = ask(asked).map((line) => JSON.parse(line));
const vectors: Vectors = {
  judgedBy: `software.amazon.event.ruler:event-ruler:${rulerVersion}`,
  suites: questions.map(({ name, events, patterns }) => ({
    name,
    events,
    answers: patterns.map((pattern) => ({ pattern, ...answers.shift() })),
  })),
};
const text = `${JSON.stringify(vectors, null, 2)}\n`;
if (!process.argv.includes('--check')) writeFileSync(target, text);
else if (JSON.stringify(JSON.parse(readFileSync(target, 'utf8'))) !== JSON.stringify(vectors)) {
  throw new Error('The ruler answers otherwise than vectors.json says');
}
const pairs = vectors.suites.reduce((sum, suite) => sum + suite.events.length * suite.answers.length, 0);
process.stdout.write(`${asked.length} patterns, ${pairs} pairs of pattern and event, judged by ${vectors.judgedBy}\n`);
