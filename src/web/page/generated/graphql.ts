/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
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

export type PortraitFragment = { id: string, name: string | null, avatarUrl: string, profilePicture: { id: string, fileName: string, altText: string | null, uploadedAt: string, width: number, height: number, placeholder: string, url: string, srcSet: string, jpegSrcSet: string } | null };

export type PageQueryVariables = Exact<{ [key: string]: never; }>;


export type PageQuery = { viewer: { id: string, name: string | null, avatarUrl: string, profilePicture: { id: string, fileName: string, altText: string | null, uploadedAt: string, width: number, height: number, placeholder: string, url: string, srcSet: string, jpegSrcSet: string } | null } | null, uploadRules: { maxBytes: number, minWidth: number, minHeight: number, maxAltTextLength: number, types: Array<{ mediaType: string, extensions: Array<string>, maxPixels: number }> } };

export type UploadMutationVariables = Exact<{
  file: File;
  crop?: CropInput | null | undefined;
  altText?: string | null | undefined;
}>;


export type UploadMutation = { uploadProfilePicture: { id: string, name: string | null, avatarUrl: string, profilePicture: { id: string, fileName: string, altText: string | null, uploadedAt: string, width: number, height: number, placeholder: string, url: string, srcSet: string, jpegSrcSet: string } | null } };

export type DescribeMutationVariables = Exact<{
  altText: string;
}>;


export type DescribeMutation = { updateProfilePicture: { id: string, name: string | null, avatarUrl: string, profilePicture: { id: string, fileName: string, altText: string | null, uploadedAt: string, width: number, height: number, placeholder: string, url: string, srcSet: string, jpegSrcSet: string } | null } };

export type RemoveMutationVariables = Exact<{ [key: string]: never; }>;


export type RemoveMutation = { removeProfilePicture: { id: string, name: string | null, avatarUrl: string, profilePicture: { id: string, fileName: string, altText: string | null, uploadedAt: string, width: number, height: number, placeholder: string, url: string, srcSet: string, jpegSrcSet: string } | null } };

export type RestoreMutationVariables = Exact<{ [key: string]: never; }>;


export type RestoreMutation = { restoreProfilePicture: { id: string, name: string | null, avatarUrl: string, profilePicture: { id: string, fileName: string, altText: string | null, uploadedAt: string, width: number, height: number, placeholder: string, url: string, srcSet: string, jpegSrcSet: string } | null } };

export type ErrorCodesQueryVariables = Exact<{ [key: string]: never; }>;


export type ErrorCodesQuery = { uploadRules: { refusals: Array<{ code: ErrorCode }> } };

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
    jpegSrcSet: srcSet(format: JPEG)
  }
}
    `, {"fragmentName":"Portrait"}) as unknown as TypedDocumentString<PortraitFragment, unknown>;
export const PageDocument = new TypedDocumentString(`
    query Page {
  viewer {
    ...Portrait
  }
  uploadRules {
    maxBytes
    minWidth
    minHeight
    maxAltTextLength
    types {
      mediaType
      extensions
      maxPixels
    }
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
    jpegSrcSet: srcSet(format: JPEG)
  }
}`) as unknown as TypedDocumentString<PageQuery, PageQueryVariables>;
export const UploadDocument = new TypedDocumentString(`
    mutation Upload($file: File!, $crop: CropInput, $altText: String) {
  uploadProfilePicture(file: $file, crop: $crop, altText: $altText) {
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
    jpegSrcSet: srcSet(format: JPEG)
  }
}`) as unknown as TypedDocumentString<UploadMutation, UploadMutationVariables>;
export const DescribeDocument = new TypedDocumentString(`
    mutation Describe($altText: String!) {
  updateProfilePicture(altText: $altText) {
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
    jpegSrcSet: srcSet(format: JPEG)
  }
}`) as unknown as TypedDocumentString<DescribeMutation, DescribeMutationVariables>;
export const RemoveDocument = new TypedDocumentString(`
    mutation Remove {
  removeProfilePicture {
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
    jpegSrcSet: srcSet(format: JPEG)
  }
}`) as unknown as TypedDocumentString<RemoveMutation, RemoveMutationVariables>;
export const RestoreDocument = new TypedDocumentString(`
    mutation Restore {
  restoreProfilePicture {
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
    jpegSrcSet: srcSet(format: JPEG)
  }
}`) as unknown as TypedDocumentString<RestoreMutation, RestoreMutationVariables>;
export const ErrorCodesDocument = new TypedDocumentString(`
    query ErrorCodes {
  uploadRules {
    refusals {
      code
    }
  }
}
    `) as unknown as TypedDocumentString<ErrorCodesQuery, ErrorCodesQueryVariables>;