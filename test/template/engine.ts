/**
 * The validation engine that the CDK bundles, with this folder's own rules (rules/*.guard, rules/*.rego).
 *
 * Owns: loading both, and what a finding is. Knows no single rule. The engine compiles once per process (a second or two).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

export interface Finding {
  readonly rule: string;
  readonly severity: 'FATAL' | 'ERROR' | 'WARN' | 'INFO' | 'DEBUG';
  /** Logical id. */
  readonly resource: string | undefined;
  readonly message: string;
}

export interface TemplateDocument {
  readonly Resources: Record<string, Resource>;
  readonly Outputs?: Record<string, unknown>;
}

export interface Resource {
  Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template's properties are whatever a test reads or spoils.
  Properties?: any;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
}

/** The part of @aws/cloudformation-validate that is used; the CDK bundles it without types that can be reached. */
interface Engine {
  validateTemplate(template: object, config: object): Report;
}
interface Report {
  readonly status: 'OK' | 'ANALYSIS_INCOMPLETE' | 'ERROR';
  readonly diagnostics: readonly {
    readonly ruleId: string;
    readonly severity: Finding['severity'];
    readonly message: string;
    readonly entity?: { readonly logicalId: string };
  }[];
}

const rulesDir = path.join(__dirname, 'rules');

let loaded: { readonly engine: Engine; readonly contentOf: (json: string) => object } | undefined;

function load() {
  if (loaded) return loaded;
  const bundled = createRequire(require.resolve('aws-cdk-lib/package.json'))('@aws/cloudformation-validate');
  const files = readdirSync(rulesDir).map((name) => path.join(rulesDir, name));
  const sources = (ending: string) =>
    files.filter((file) => file.endsWith(ending)).map((file) => new bundled.RuleFile(file));
  loaded = {
    engine: new bundled.CompositeEngine({ guardRules: sources('.guard'), regoRules: sources('.rego') }),
    contentOf: (json) => new bundled.TemplateContent(json, 'template.json'),
  };
  return loaded;
}

/** What our own rules find. */
export function ownFindings(template: TemplateDocument): Finding[] {
  return findings(template, { disableBuiltinRules: true });
}

/** What the engine's built-in rules find at warnings and above, each of them as an error (`strict`). */
export function builtInFindings(template: TemplateDocument): Finding[] {
  const own = new Set(ownRules());
  return findings(template, { severityLevel: 'WARN', strict: true }).filter(({ rule }) => !own.has(rule));
}

/** The ids of our own rules, read from their files: the engine lists no rule of Rego. */
export function ownRules(): string[] {
  const texts = readdirSync(rulesDir).map((name) => readFileSync(path.join(rulesDir, name), 'utf8'));
  const ids = texts.flatMap((text) => [
    ...[...text.matchAll(/^rule (\w+)/gm)].map(([, id]) => id),
    ...[...text.matchAll(/make_diag_at\(\s*"(\w+)"/g)].map(([, id]) => id),
  ]);
  return ids.filter((id) => id !== undefined).sort();
}

function findings(template: TemplateDocument, config: object): Finding[] {
  const { engine, contentOf } = load();
  const { status, diagnostics } = engine.validateTemplate(contentOf(JSON.stringify(template)), config);
  // Incomplete: something may have gone unseen, which is no pass.
  if (status !== 'OK') throw new Error(`the template was not validated: ${status} ${JSON.stringify(diagnostics[0])}`);
  return diagnostics.map(({ ruleId, severity, message, entity }) => ({
    rule: ruleId,
    severity,
    resource: entity?.logicalId,
    message,
  }));
}
