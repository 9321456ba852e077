import type { OutboxEvent } from '../database/outbox.ts';
import type { Urls } from '../graphql/urls.ts';
import { renditionAtLeast } from '../imaging/renditions.ts';

/** Edge length in pixels of the picture at `avatarUrl`. The GraphQL field has the same default. */
const AVATAR_SIZE = 128;

/** Returns the body of an event's webhook, as JSON; see docs/webhooks.md. It is the same for every attempt. */
export function webhookBody(event: OutboxEvent, urls: Pick<Urls, 'picture' | 'stableAvatar'>): string {
  const { type, userId, pictureId, path, sizes, dominantColor, altText, actor } = event;
  const changedAt = event.changedAt.toISOString();
  return JSON.stringify({
    type,
    timestamp: changedAt,
    data: {
      userId,
      pictureId,
      stableAvatarUrl: urls.stableAvatar(userId),
      avatarUrl:
        path === null || sizes === null
          ? null
          : urls.picture(path, renditionAtLeast(sizes, AVATAR_SIZE), 'webp'),
      dominantColor,
      altText,
      changedAt,
      actor,
    },
  });
}
