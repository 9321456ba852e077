/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
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

export type UploadMutationVariables = Exact<{
  file: File;
  crop?: CropInput | null | undefined;
}>;


export type UploadMutation = { uploadProfilePicture: { id: string, avatarUrl: string, profilePicture: { uploadedAt: string, url: string } | null } };

export type RulesQueryVariables = Exact<{ [key: string]: never; }>;


export type RulesQuery = { uploadRules: { maxBytes: number, types: Array<{ mediaType: string }>, refusals: Array<{ code: ErrorCode, status: number }> } };


export const UploadDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"Upload"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"file"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"File"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"crop"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"CropInput"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"uploadProfilePicture"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"file"},"value":{"kind":"Variable","name":{"kind":"Name","value":"file"}}},{"kind":"Argument","name":{"kind":"Name","value":"crop"},"value":{"kind":"Variable","name":{"kind":"Name","value":"crop"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"avatarUrl"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"size"},"value":{"kind":"IntValue","value":"64"}}]},{"kind":"Field","name":{"kind":"Name","value":"profilePicture"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"uploadedAt"}},{"kind":"Field","name":{"kind":"Name","value":"url"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"format"},"value":{"kind":"EnumValue","value":"JPEG"}}]}]}}]}}]}}]} as unknown as DocumentNode<UploadMutation, UploadMutationVariables>;
export const RulesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Rules"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"uploadRules"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"maxBytes"}},{"kind":"Field","name":{"kind":"Name","value":"types"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"mediaType"}}]}},{"kind":"Field","name":{"kind":"Name","value":"refusals"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"status"}}]}}]}}]}}]} as unknown as DocumentNode<RulesQuery, RulesQueryVariables>;