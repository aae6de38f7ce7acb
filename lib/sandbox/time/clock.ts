/**
 * The sandbox's one clock, readable from every worker thread.
 *
 * Owns: the current instant, in shared memory. Must not know: what falls due (timeline.ts).
 * Invariants: a frozen clock moves only when it is set; a running one is real time plus an offset; neither is ever set
 * backwards. The layout of the memory is repeated in functions/worker/boot.cjs.
 */

export type ClockMode = 'running' | 'frozen';

/** Layout: [0] the instant (frozen) or the offset from real time (running), in ms; [1] 1 when running. */
const instant = 0;
const running = 1;

export class VirtualClock {
  readonly shared = new SharedArrayBuffer(2 * BigInt64Array.BYTES_PER_ELEMENT);
  private readonly words = new BigInt64Array(this.shared);

  constructor(
    readonly mode: ClockMode,
    startMs: number = Date.now(),
  ) {
    Atomics.store(this.words, running, mode === 'running' ? 1n : 0n);
    this.store(startMs);
  }

  nowMs(): number {
    const word = Number(Atomics.load(this.words, instant));
    return this.mode === 'running' ? Date.now() + word : word;
  }

  /** Sets the clock to an instant that is not in the past; an earlier one changes nothing. */
  setMs(nowMs: number): void {
    if (nowMs > this.nowMs()) this.store(nowMs);
  }

  private store(nowMs: number): void {
    const word = this.mode === 'running' ? nowMs - Date.now() : nowMs;
    Atomics.store(this.words, instant, BigInt(Math.trunc(word)));
  }
}
