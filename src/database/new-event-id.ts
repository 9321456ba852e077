import { randomBytes } from 'node:crypto';

/** Returns a new id of an event, which is the `webhook-id` of its webhook. */
export function newEventId(): string {
  return `msg_${randomBytes(16).toString('hex')}`;
}
