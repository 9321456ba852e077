import type { Contender } from '../support/contender.ts';
import { postQuery, type QueryRequest } from './requests.ts';

/** Ports and pictures' ids with their paths. Nothing else differs between two Portraits with the same users. */
const DIFFERENCE = /127\.0\.0\.1:\d{5}|(?:[0-9a-f]{2}\/){0,2}pic_[0-9a-f]{32}/g;

/**
 * Throws if a contender's response differs from that of the first one. Peers return that one's own users. Another
 * Portrait has other ports and ids, of the same length.
 */
export async function checkResponses(contenders: readonly Contender[], request: QueryRequest): Promise<void> {
  let expected: string | undefined;
  for (const { name, target } of contenders) {
    const response = (await postQuery(target.port, request)).replaceAll(DIFFERENCE, (id) =>
      'x'.repeat(id.length),
    );
    expected ??= response;
    if (response !== expected) {
      throw new Error(`${name} returned:\n${response}\ninstead of:\n${expected}`);
    }
  }
}
