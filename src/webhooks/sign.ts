import { createHmac } from 'node:crypto';

export interface SignedContent {
  /** `webhook-id`. The same for every attempt. */
  readonly id: string;
  /** Unix time of the attempt, in seconds. */
  readonly timestamp: number;
  readonly body: string;
}

/**
 * Returns the headers that identify and sign a webhook. Each secret gives one signature, separated by a space:
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#webhook-headers-sending-metadata-to-consumers
 */
export function signatureHeaders(
  secrets: readonly Uint8Array[],
  { id, timestamp, body }: SignedContent,
): Record<string, string> {
  const signatures = secrets.map(
    (secret) => `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')}`,
  );
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures.join(' '),
  };
}
