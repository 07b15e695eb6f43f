// The one assertion that all tests of refusals share.
import assert from 'node:assert/strict';
import { MswError } from '../dist/index.js';

/** A rejection with a message that matches; anything but an MswError is a bug of ours. */
export async function rejects(promise, status, pattern) {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof MswError, `not an MswError: ${error.stack}`);
    assert.match(error.message, pattern);
    assert.equal(error.status, status, error.message);
    return true;
  });
}
