/** The plain files and untyped packages that the sandbox's TypeScript imports. */
declare module '*/boot.cjs' {
  const boot: { readonly bootPath: string };
  export default boot;
}

declare module 'dynalite' {
  export default function dynalite(options?: {
    readonly createTableMs?: number;
    readonly updateTableMs?: number;
    readonly deleteTableMs?: number;
    readonly path?: string;
  }): import('node:http').Server;
}
