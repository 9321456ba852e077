import { type Client, CombinedError } from '@urql/core';
import type { ErrorCode, UploadMutation } from './generated/graphql.ts';
import { graphql } from './generated/index.ts';

const UPLOAD = graphql(`
  mutation Upload($file: File!, $crop: CropInput) {
    uploadProfilePicture(file: $file, crop: $crop) {
      id
      avatarUrl(size: 64)
      profilePicture {
        uploadedAt
        url(format: JPEG)
      }
    }
  }
`);

const RULES = graphql(`
  query Rules {
    uploadRules {
      maxBytes
      types {
        mediaType
      }
      refusals {
        code
        status
      }
    }
  }
`);

type Advice =
  | ('choose another picture' | 'sign in' | 'try again later')
  | ('contact the developers' | 'contact the moderators');

/** Advice that a frontend shows its user for each error code. A missing or unknown code fails to compile. */
export const ADVICE: Record<ErrorCode, Advice> = {
  AUTH_UNAVAILABLE: 'try again later',
  BAD_REQUEST: 'contact the developers',
  BAD_USER_INPUT: 'contact the developers',
  CROSS_SITE_REQUEST: 'contact the developers',
  FILE_MISSING: 'choose another picture',
  FILE_TOO_LARGE: 'choose another picture',
  FORBIDDEN: 'sign in',
  GRAPHQL_PARSE_FAILED: 'contact the developers',
  GRAPHQL_VALIDATION_FAILED: 'contact the developers',
  IMAGE_TOO_SMALL: 'choose another picture',
  INTERNAL_SERVER_ERROR: 'try again later',
  INVALID_CROP: 'contact the developers',
  METHOD_NOT_ALLOWED: 'contact the developers',
  NOTHING_TO_RESTORE: 'choose another picture',
  PERSISTED_QUERY_NOT_SUPPORTED: 'contact the developers',
  RATE_LIMITED: 'try again later',
  REQUEST_TOO_LARGE: 'contact the developers',
  SERVER_BUSY: 'try again later',
  STORAGE_FULL: 'try again later',
  TOO_MANY_FILES: 'contact the developers',
  TOO_MANY_PIXELS: 'choose another picture',
  UNAUTHENTICATED: 'sign in',
  UNREADABLE_IMAGE: 'choose another picture',
  UNSUPPORTED_FILE_TYPE: 'choose another picture',
  UNSUPPORTED_MEDIA_TYPE: 'contact the developers',
  UPLOADS_BLOCKED: 'contact the moderators',
};

/** Uploads a picture. Returns the URL of the user's new avatar, or advice for the user. */
export async function uploadPicture(client: Client, file: File): Promise<URL | Advice> {
  const { data, error } = await client.mutation(UPLOAD, { file }).toPromise();
  return data ? avatarOf(data.uploadProfilePicture) : adviceFor(error);
}

/** Returns the `accept` value for an `<input type="file">`. */
export async function acceptedTypes(client: Client): Promise<string | undefined> {
  const { data } = await client.query(RULES, {}).toPromise();
  return data?.uploadRules.types.map(({ mediaType }) => mediaType).join(',');
}

function avatarOf({ avatarUrl }: UploadMutation['uploadProfilePicture']): URL {
  return new URL(avatarUrl);
}

function adviceFor(error: unknown): Advice {
  const code = error instanceof CombinedError ? error.graphQLErrors[0]?.extensions['code'] : undefined;
  return ADVICE[code as ErrorCode] ?? 'try again later';
}
