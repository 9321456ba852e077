import { hash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AvatarRecord } from '../../database/database.ts';
import type { Urls } from '../../graphql/urls.ts';
import { renditionAtLeast, renditionName } from '../../imaging/renditions.ts';
import type { DefaultAvatars } from '../../pictures/default-avatars.ts';
import { initialsOf } from '../../pictures/initials.ts';
import { sendText } from '../connection/send-text.ts';
import { rejectMethod, sendNotFound, sendRejection } from '../files/file-refusals.ts';
import type { FileServer } from '../files/file-server.ts';
import { Picture } from '../files/picture.ts';
import { readPicture } from '../files/picture-server.ts';
import type { PicturesInMemory } from '../files/pictures-in-memory.ts';
import type { SendCached } from '../send-from-memory.ts';
import { avatarHeaders } from './avatar-headers.ts';
import type { AvatarRequest } from './avatar-request.ts';
import { responsesOf, responsesOfPicture } from './avatar-responses.ts';
import { draw } from './drawing.ts';
import { sendAvatar } from './send-avatar.ts';
import { streamAvatar } from './stream-avatar.ts';

export interface AvatarServerOptions {
  /** Parses a request; see {@link parseAvatarRequest}. */
  readonly parse: (path: string, query: string, accept: string) => AvatarRequest | undefined;
  /** Finds the avatar of the user whom the id of a request identifies. */
  readonly find: (id: string) => Promise<AvatarRecord>;
  /** Does the same at once, or returns undefined. */
  readonly findNow: (id: string) => AvatarRecord | undefined;
  readonly pictures: PicturesInMemory;
  readonly defaultAvatars: DefaultAvatars;
  readonly urls: Urls;
  /** True if another server has the pictures. Then responses redirect to it. */
  readonly redirects: boolean;
  /** Returns the headers of every response. */
  readonly common: () => Readonly<Record<string, string>>;
}

export interface AvatarServer {
  /** Responds at once if the avatar is a picture in memory. The caller has checked the request. */
  readonly sendCached: SendCached;
  /** Responds to any request. */
  readonly send: FileServer;
}

type UserPicture = NonNullable<AvatarRecord['picture']>;

const NOTHING: AvatarRecord = { name: null, picture: null };

/** A picture can be replaced and deleted between the query for it and the reading of its file. */
const MAX_ATTEMPTS = 2;

/**
 * Creates a server of users' avatars: the current picture, or the default that the client asked for. An unknown user
 * gets the same response as a user without a name and a picture. Responses have no ranges and no dates, because a
 * restored picture is older than the one before it. `send` rejects with InvalidInputError and with the errors of
 * {@link PictureDatabase}, {@link PictureReader} and {@link DefaultAvatars}.
 */
export function createAvatarServer(options: AvatarServerOptions): AvatarServer {
  const { parse, find, findNow, pictures, defaultAvatars, urls, redirects, common } = options;

  /** Sends a picture in memory. @returns undefined, or the status of a rejection that the caller must send. */
  function sendFromMemory(
    response: ServerResponse,
    avatarRequest: AvatarRequest,
    picture: Picture,
    location: () => string,
  ): 412 | undefined {
    return sendAvatar(response, picture, responsesOfPicture(picture, avatarRequest, location, common));
  }

  /** Sends a picture. @returns false if its file does not exist. Then it has sent nothing. */
  async function sendPicture(
    response: ServerResponse,
    avatarRequest: AvatarRequest,
    picture: UserPicture,
  ): Promise<boolean> {
    const location = locationOf(urls, avatarRequest, picture);
    if (redirects) {
      response.writeHead(302, { ...avatarHeaders(avatarRequest), Location: location, 'Content-Length': 0 });
      response.end();
      return true;
    }
    const file = fileOf(avatarRequest, picture);
    const found = await readPicture(pictures, file, response);
    if (found instanceof Picture) {
      const status = sendFromMemory(response, avatarRequest, found, () => location);
      if (status !== undefined) {
        sendRejection(response, status);
      }
      return true;
    }
    return (
      found !== null && (await streamAvatar(pictures.reader, response, { file, location }, avatarRequest))
    );
  }

  async function sendDefault(
    response: ServerResponse,
    avatarRequest: AvatarRequest,
    name: string | null,
  ): Promise<void> {
    const { id, size, drawingFormat, fallback, fallbackName } = avatarRequest;
    if (fallback === '404') {
      sendText(
        response,
        404,
        'The user has no picture. Show an image of your own.',
        avatarHeaders(avatarRequest),
      );
      return;
    }
    const initials = fallback === 'blank' ? undefined : initialsOf({ id, name }, fallbackName);
    const drawing = await draw(initials ?? 'silhouette', size, drawingFormat, defaultAvatars);
    const location =
      initials === undefined
        ? urls.silhouette(size, drawingFormat)
        : urls.initials(initials, size, drawingFormat);
    const etag = `"${hash('sha256', drawing.bytes, 'base64url')}"`;
    const avatar = { ...drawing, etag, location };
    const status = sendAvatar(response, avatar, responsesOf(avatar, avatarRequest, common()));
    if (status !== undefined) {
      sendRejection(response, status);
    }
  }

  async function sendCurrent(response: ServerResponse, avatarRequest: AvatarRequest): Promise<void> {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      const { name, picture } = avatarRequest.ignoresPicture ? NOTHING : await find(avatarRequest.id);
      if (picture === null) {
        await sendDefault(response, avatarRequest, name);
        return;
      }
      if (await sendPicture(response, avatarRequest, picture)) {
        return;
      }
    }
    sendNotFound(response);
  }

  /** Returns undefined for an invalid request too. `send` rejects it. */
  function parseValid(url: string, request: IncomingMessage): AvatarRequest | undefined {
    try {
      return parse(pathOf(url), queryOf(url), request.headers.accept ?? '');
    } catch {
      return undefined;
    }
  }

  return {
    sendCached(request, response, url) {
      const avatarRequest = redirects ? undefined : parseValid(url, request);
      if (avatarRequest === undefined || avatarRequest.ignoresPicture) {
        return false;
      }
      const picture = findNow(avatarRequest.id)?.picture;
      const cached = picture == null ? undefined : pictures.get(fileOf(avatarRequest, picture));
      if (picture == null || cached === undefined) {
        return false;
      }
      return (
        sendFromMemory(response, avatarRequest, cached, () => locationOf(urls, avatarRequest, picture)) ===
        undefined
      );
    },

    async send(request, response, path) {
      const avatarRequest = parse(path, queryOf(request.url ?? ''), request.headers.accept ?? '');
      if (avatarRequest === undefined) {
        sendNotFound(response);
      } else if (!rejectMethod(request, response)) {
        await sendCurrent(response, avatarRequest);
      }
    },
  };
}

/** Returns the path of the file to send, as in PICTURE_FILE. */
function fileOf({ size, pictureFormat }: AvatarRequest, { path, sizes }: UserPicture): string {
  return `${path}/${renditionName(renditionAtLeast(sizes, size), pictureFormat)}`;
}

/** Returns the URL that always serves that file. */
function locationOf(
  urls: Urls,
  { size, pictureFormat }: AvatarRequest,
  { path, sizes }: UserPicture,
): string {
  return urls.picture(path, renditionAtLeast(sizes, size), pictureFormat);
}

function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}

function queryOf(url: string): string {
  const start = url.indexOf('?');
  return start === -1 ? '' : url.slice(start + 1);
}
