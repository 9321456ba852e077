/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** A crop, in fractions of the upright picture’s width and height. The server reduces it to its central square. */
export type CropInput = {
  /** Height as a fraction of the picture’s height. */
  height: number;
  /** Width as a fraction of the picture’s width. */
  width: number;
  /** Left edge: 0 is the left of the picture, 1 its right. */
  x: number;
  /** Top edge: 0 is the top of the picture, 1 its bottom. */
  y: number;
};

/** Stable code of an error, sent as `extensions.code`. */
export type ErrorCode =
  /** The server cannot fetch the keys that verify tokens. Retry after `retryAfter` seconds. */
  | 'AUTH_UNAVAILABLE'
  /** The request is malformed, or a path in `map` does not exist in `operations`. */
  | 'BAD_REQUEST'
  /** A variable or an argument has an invalid value. */
  | 'BAD_USER_INPUT'
  /** A page of another site sent the request. */
  | 'CROSS_SITE_REQUEST'
  /** The file is missing or empty, or the field contains text. */
  | 'FILE_MISSING'
  /** The file is larger than `maxBytes`. */
  | 'FILE_TOO_LARGE'
  /** The token does not allow this for this user, or the server does not allow it for anyone. */
  | 'FORBIDDEN'
  /** The document has a syntax error. */
  | 'GRAPHQL_PARSE_FAILED'
  /** The document does not match the schema, or exceeds a limit. */
  | 'GRAPHQL_VALIDATION_FAILED'
  /** The picture or its crop has too few pixels. */
  | 'IMAGE_TOO_SMALL'
  /** The server failed. Its log has the details under `requestId`. */
  | 'INTERNAL_SERVER_ERROR'
  /** The crop is not inside the picture. */
  | 'INVALID_CROP'
  /** The HTTP method is not allowed, for example a mutation by GET. */
  | 'METHOD_NOT_ALLOWED'
  /** The trash has no picture to restore. */
  | 'NOTHING_TO_RESTORE'
  /** The request has only the hash of its document. Send the document as `query`. */
  | 'PERSISTED_QUERY_NOT_SUPPORTED'
  /** Too many uploads or requests. Retry after `retryAfter` seconds. */
  | 'RATE_LIMITED'
  /** The body, one of its fields, the document, or the number of parts or values is too large. */
  | 'REQUEST_TOO_LARGE'
  /** The server is busy or shutting down. Retry after `retryAfter` seconds. */
  | 'SERVER_BUSY'
  /** The server has no space left for pictures. */
  | 'STORAGE_FULL'
  /** The request has too many files, or uses a file twice. */
  | 'TOO_MANY_FILES'
  /** The picture has too many pixels for its type. */
  | 'TOO_MANY_PIXELS'
  /** The request has no valid token. */
  | 'UNAUTHENTICATED'
  /** The picture is damaged, incomplete or fully transparent, or decoding it takes too much work. */
  | 'UNREADABLE_IMAGE'
  /** The file does not have an accepted type. */
  | 'UNSUPPORTED_FILE_TYPE'
  /** The body is neither JSON nor multipart/form-data. */
  | 'UNSUPPORTED_MEDIA_TYPE'
  /** The user’s uploads are blocked, until the time `until` if it is not null. */
  | 'UPLOADS_BLOCKED';

export type PortraitFragment = { id: string, name: string | null, avatarUrl: string, profilePicture: { id: string, fileName: string, altText: string | null, uploadedAt: string, width: number, height: number, placeholder: string, url: string, srcSet: string } | null, previousPicture: { id: string } | null, uploadBlock: { id: string, until: string | null, reason: string | null } | null };

export type PageQueryVariables = Exact<{ [key: string]: never; }>;


export type PageQuery = { viewer: { id: string, name: string | null, avatarUrl: string, profilePicture: { id: string, fileName: string, altText: string | null, uploadedAt: string, width: number, height: number, placeholder: string, url: string, srcSet: string } | null, previousPicture: { id: string } | null, uploadBlock: { id: string, until: string | null, reason: string | null } | null } | null, uploadRules: { id: string, maxBytes: number, minWidth: number, minHeight: number, maxAltTextLength: number, rejectedExtensions: Array<string>, types: Array<{ id: string, mediaType: string, maxPixels: number }> } };

export type PageOfQueryVariables = Exact<{
  userId: string | number;
}>;


export type PageOfQuery = { viewer: { id: string, name: string | null, avatarUrl: string, profilePicture: { id: string, fileName: string, altText: string | null, uploadedAt: string, width: number, height: number, placeholder: string, url: string, srcSet: string } | null, previousPicture: { id: string } | null, uploadBlock: { id: string, until: string | null, reason: string | null } | null }, uploadRules: { id: string, maxBytes: number, minWidth: number, minHeight: number, maxAltTextLength: number, rejectedExtensions: Array<string>, types: Array<{ id: string, mediaType: string, maxPixels: number }> } };

export type RulesFragment = { id: string, maxBytes: number, minWidth: number, minHeight: number, maxAltTextLength: number, rejectedExtensions: Array<string>, types: Array<{ id: string, mediaType: string, maxPixels: number }> };

export type UploadMutationVariables = Exact<{
  file: File;
  crop?: CropInput | null | undefined;
  altText?: string | null | undefined;
  userId?: string | number | null | undefined;
}>;


export type UploadMutation = { uploadProfilePicture: { id: string, name: string | null, avatarUrl: string, profilePicture: { id: string, fileName: string, altText: string | null, uploadedAt: string, width: number, height: number, placeholder: string, url: string, srcSet: string } | null, previousPicture: { id: string } | null, uploadBlock: { id: string, until: string | null, reason: string | null } | null } };

export type DescribeMutationVariables = Exact<{
  altText: string;
  userId?: string | number | null | undefined;
}>;


export type DescribeMutation = { updateProfilePicture: { id: string, name: string | null, avatarUrl: string, profilePicture: { id: string, fileName: string, altText: string | null, uploadedAt: string, width: number, height: number, placeholder: string, url: string, srcSet: string } | null, previousPicture: { id: string } | null, uploadBlock: { id: string, until: string | null, reason: string | null } | null } };

export type RemoveMutationVariables = Exact<{
  userId?: string | number | null | undefined;
}>;


export type RemoveMutation = { removeProfilePicture: { id: string, name: string | null, avatarUrl: string, profilePicture: { id: string, fileName: string, altText: string | null, uploadedAt: string, width: number, height: number, placeholder: string, url: string, srcSet: string } | null, previousPicture: { id: string } | null, uploadBlock: { id: string, until: string | null, reason: string | null } | null } };

export type RestoreMutationVariables = Exact<{
  userId?: string | number | null | undefined;
}>;


export type RestoreMutation = { restoreProfilePicture: { id: string, name: string | null, avatarUrl: string, profilePicture: { id: string, fileName: string, altText: string | null, uploadedAt: string, width: number, height: number, placeholder: string, url: string, srcSet: string } | null, previousPicture: { id: string } | null, uploadBlock: { id: string, until: string | null, reason: string | null } | null } };

export type ErrorCodesQueryVariables = Exact<{ [key: string]: never; }>;


export type ErrorCodesQuery = { uploadRules: { id: string, refusals: Array<{ id: string, code: ErrorCode }> } };

export type DevelopersQueryVariables = Exact<{ [key: string]: never; }>;


export type DevelopersQuery = { viewer: { id: string, name: string | null, stableAvatarUrl: string, profilePicture: { id: string, altText: string | null, url: string, srcSet: string, jpegSrcSet: string } | null } | null };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const PortraitFragmentDoc = new TypedDocumentString(`
    fragment Portrait on User {
  id
  name
  avatarUrl(size: 256)
  profilePicture {
    id
    fileName
    altText
    uploadedAt
    width
    height
    placeholder
    url(size: 256)
    srcSet
  }
  previousPicture {
    id
  }
  uploadBlock {
    id
    until
    reason
  }
}
    `, {"fragmentName":"Portrait"}) as unknown as TypedDocumentString<PortraitFragment, unknown>;
export const RulesFragmentDoc = new TypedDocumentString(`
    fragment Rules on UploadRules {
  id
  maxBytes
  minWidth
  minHeight
  maxAltTextLength
  rejectedExtensions
  types {
    id
    mediaType
    maxPixels
  }
}
    `, {"fragmentName":"Rules"}) as unknown as TypedDocumentString<RulesFragment, unknown>;
export const PageDocument = new TypedDocumentString(`
    query Page {
  viewer {
    ...Portrait
  }
  uploadRules {
    ...Rules
  }
}
    fragment Portrait on User {
  id
  name
  avatarUrl(size: 256)
  profilePicture {
    id
    fileName
    altText
    uploadedAt
    width
    height
    placeholder
    url(size: 256)
    srcSet
  }
  previousPicture {
    id
  }
  uploadBlock {
    id
    until
    reason
  }
}
fragment Rules on UploadRules {
  id
  maxBytes
  minWidth
  minHeight
  maxAltTextLength
  rejectedExtensions
  types {
    id
    mediaType
    maxPixels
  }
}`) as unknown as TypedDocumentString<PageQuery, PageQueryVariables>;
export const PageOfDocument = new TypedDocumentString(`
    query PageOf($userId: ID!) {
  viewer: user(id: $userId) {
    ...Portrait
  }
  uploadRules {
    ...Rules
  }
}
    fragment Portrait on User {
  id
  name
  avatarUrl(size: 256)
  profilePicture {
    id
    fileName
    altText
    uploadedAt
    width
    height
    placeholder
    url(size: 256)
    srcSet
  }
  previousPicture {
    id
  }
  uploadBlock {
    id
    until
    reason
  }
}
fragment Rules on UploadRules {
  id
  maxBytes
  minWidth
  minHeight
  maxAltTextLength
  rejectedExtensions
  types {
    id
    mediaType
    maxPixels
  }
}`) as unknown as TypedDocumentString<PageOfQuery, PageOfQueryVariables>;
export const UploadDocument = new TypedDocumentString(`
    mutation Upload($file: File!, $crop: CropInput, $altText: String, $userId: ID) {
  uploadProfilePicture(
    file: $file
    crop: $crop
    altText: $altText
    userId: $userId
  ) {
    ...Portrait
  }
}
    fragment Portrait on User {
  id
  name
  avatarUrl(size: 256)
  profilePicture {
    id
    fileName
    altText
    uploadedAt
    width
    height
    placeholder
    url(size: 256)
    srcSet
  }
  previousPicture {
    id
  }
  uploadBlock {
    id
    until
    reason
  }
}`) as unknown as TypedDocumentString<UploadMutation, UploadMutationVariables>;
export const DescribeDocument = new TypedDocumentString(`
    mutation Describe($altText: String!, $userId: ID) {
  updateProfilePicture(altText: $altText, userId: $userId) {
    ...Portrait
  }
}
    fragment Portrait on User {
  id
  name
  avatarUrl(size: 256)
  profilePicture {
    id
    fileName
    altText
    uploadedAt
    width
    height
    placeholder
    url(size: 256)
    srcSet
  }
  previousPicture {
    id
  }
  uploadBlock {
    id
    until
    reason
  }
}`) as unknown as TypedDocumentString<DescribeMutation, DescribeMutationVariables>;
export const RemoveDocument = new TypedDocumentString(`
    mutation Remove($userId: ID) {
  removeProfilePicture(userId: $userId) {
    ...Portrait
  }
}
    fragment Portrait on User {
  id
  name
  avatarUrl(size: 256)
  profilePicture {
    id
    fileName
    altText
    uploadedAt
    width
    height
    placeholder
    url(size: 256)
    srcSet
  }
  previousPicture {
    id
  }
  uploadBlock {
    id
    until
    reason
  }
}`) as unknown as TypedDocumentString<RemoveMutation, RemoveMutationVariables>;
export const RestoreDocument = new TypedDocumentString(`
    mutation Restore($userId: ID) {
  restoreProfilePicture(userId: $userId) {
    ...Portrait
  }
}
    fragment Portrait on User {
  id
  name
  avatarUrl(size: 256)
  profilePicture {
    id
    fileName
    altText
    uploadedAt
    width
    height
    placeholder
    url(size: 256)
    srcSet
  }
  previousPicture {
    id
  }
  uploadBlock {
    id
    until
    reason
  }
}`) as unknown as TypedDocumentString<RestoreMutation, RestoreMutationVariables>;
export const ErrorCodesDocument = new TypedDocumentString(`
    query ErrorCodes {
  uploadRules {
    id
    refusals {
      id
      code
    }
  }
}
    `) as unknown as TypedDocumentString<ErrorCodesQuery, ErrorCodesQueryVariables>;
export const DevelopersDocument = new TypedDocumentString(`
    query Developers {
  viewer {
    id
    name
    stableAvatarUrl
    profilePicture {
      id
      altText
      url(size: 256)
      srcSet
      jpegSrcSet: srcSet(format: JPEG)
    }
  }
}
    `) as unknown as TypedDocumentString<DevelopersQuery, DevelopersQueryVariables>;