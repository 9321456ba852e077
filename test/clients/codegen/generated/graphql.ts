/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
/** Fractions 0..1 of the upright picture; cut to its central square. */
export type CropInput = {
  height: number;
  width: number;
  x: number;
  y: number;
};

/** What stands in `extensions.code` of an error. */
export type ErrorCode =
  /** The keys that prove a sign-in cannot be fetched right now. */
  | 'AUTH_UNAVAILABLE'
  /** The request is malformed, or a path in `map` fits nothing. */
  | 'BAD_REQUEST'
  /** A variable or an argument has a value that is not accepted. */
  | 'BAD_USER_INPUT'
  /** A page of another site sent the request. */
  | 'CROSS_SITE_REQUEST'
  /** The file did not come, is empty, or text came in its place. */
  | 'FILE_MISSING'
  /** The file has more bytes than `maxBytes`. */
  | 'FILE_TOO_LARGE'
  /** Not allowed, whoever is signed in. */
  | 'FORBIDDEN'
  /** The document is not GraphQL. */
  | 'GRAPHQL_PARSE_FAILED'
  /** The document does not fit the schema, or asks for too much. */
  | 'GRAPHQL_VALIDATION_FAILED'
  /** The picture or its crop has too few pixels. */
  | 'IMAGE_TOO_SMALL'
  /** A fault of the server; its log has the `requestId`. */
  | 'INTERNAL_SERVER_ERROR'
  /** The crop does not lie inside the picture. */
  | 'INVALID_CROP'
  /** The HTTP method does not fit, such as a mutation by GET. */
  | 'METHOD_NOT_ALLOWED'
  /** There is no earlier picture that is still kept. */
  | 'NOTHING_TO_RESTORE'
  /** Too many uploads or requests; `retryAfter` says when to come back. */
  | 'RATE_LIMITED'
  /** The body, one of its fields, the document, or the number of parts or values is too large. */
  | 'REQUEST_TOO_LARGE'
  /** The server is busy or shutting down; try again after `retryAfter` seconds. */
  | 'SERVER_BUSY'
  /** The server has no room left for pictures. */
  | 'STORAGE_FULL'
  /** More files than one request may carry, or one file used twice. */
  | 'TOO_MANY_FILES'
  /** The picture has more pixels than its type may have. */
  | 'TOO_MANY_PIXELS'
  /** Nobody is signed in. */
  | 'UNAUTHENTICATED'
  /** The picture is damaged, cut off, or takes too much work to read. */
  | 'UNREADABLE_IMAGE'
  /** The file is not one of the accepted types. */
  | 'UNSUPPORTED_FILE_TYPE'
  /** The body is neither JSON nor multipart/form-data. */
  | 'UNSUPPORTED_MEDIA_TYPE';

export type UploadMutationVariables = Exact<{
  file: File;
  crop?: CropInput | null | undefined;
}>;


export type UploadMutation = { uploadProfilePicture: { id: string, avatarUrl: string, profilePicture: { uploadedAt: string, url: string } | null } };

export type RulesQueryVariables = Exact<{ [key: string]: never; }>;


export type RulesQuery = { uploadRules: { maxBytes: number, types: Array<{ mediaType: string }>, refusals: Array<{ code: ErrorCode, status: number }> } };


export const UploadDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"Upload"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"file"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"File"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"crop"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"CropInput"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"uploadProfilePicture"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"file"},"value":{"kind":"Variable","name":{"kind":"Name","value":"file"}}},{"kind":"Argument","name":{"kind":"Name","value":"crop"},"value":{"kind":"Variable","name":{"kind":"Name","value":"crop"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"avatarUrl"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"size"},"value":{"kind":"IntValue","value":"64"}}]},{"kind":"Field","name":{"kind":"Name","value":"profilePicture"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"uploadedAt"}},{"kind":"Field","name":{"kind":"Name","value":"url"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"format"},"value":{"kind":"EnumValue","value":"JPEG"}}]}]}}]}}]}}]} as unknown as DocumentNode<UploadMutation, UploadMutationVariables>;
export const RulesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Rules"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"uploadRules"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"maxBytes"}},{"kind":"Field","name":{"kind":"Name","value":"types"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"mediaType"}}]}},{"kind":"Field","name":{"kind":"Name","value":"refusals"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"status"}}]}}]}}]}}]} as unknown as DocumentNode<RulesQuery, RulesQueryVariables>;