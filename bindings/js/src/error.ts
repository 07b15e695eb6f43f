/** The one kind of error that this package throws, so that a caller can tell its words from a bug's. */

/**
 * What went wrong:
 * - `usage`: something was named that does not exist (an operator, an attribute, an input)
 * - `invalid`: what was given is wrong (bytes of a model or module, a shape, a value)
 * - `limit`: out of memory, or a limit of the module was reached
 * - `unsupported`: well-formed, but the module or the browser lacks what it needs
 * - `fetch`: a URL did not give what it should
 * - `trap`: the module stopped in the middle of a call; its instance is gone
 */
export type MswStatus = 'usage' | 'invalid' | 'limit' | 'unsupported' | 'fetch' | 'trap';

/** Where an error lies: index of the model's node, byte of the model's file. */
export interface MswPlace {
  readonly node?: number;
  readonly offset?: bigint;
}

export class MswError extends Error {
  override readonly name = 'MswError';
  readonly status: MswStatus;
  readonly node: number | undefined;
  readonly offset: bigint | undefined;

  constructor(status: MswStatus, message: string, options: MswPlace & { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = status;
    this.node = options.node;
    this.offset = options.offset;
  }
}
