/* eslint-disable */
import * as types from './graphql.ts';



/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "fragment Portrait on User {\n  id\n  name\n  avatarUrl(size: 256)\n  profilePicture {\n    id\n    fileName\n    altText\n    uploadedAt\n    width\n    height\n    placeholder\n    url(size: 256)\n    srcSet\n  }\n  previousPicture {\n    id\n  }\n  uploadBlock {\n    id\n    until\n    reason\n  }\n}\n\nquery Page {\n  viewer {\n    ...Portrait\n  }\n  uploadRules {\n    ...Rules\n  }\n}\n\nquery PageOf($userId: ID!) {\n  viewer: user(id: $userId) {\n    ...Portrait\n  }\n  uploadRules {\n    ...Rules\n  }\n}\n\nfragment Rules on UploadRules {\n  id\n  maxBytes\n  minWidth\n  minHeight\n  maxAltTextLength\n  rejectedExtensions\n  types {\n    id\n    mediaType\n    maxPixels\n  }\n}\n\nmutation Upload($file: File!, $crop: CropInput, $altText: String, $userId: ID) {\n  uploadProfilePicture(\n    file: $file\n    crop: $crop\n    altText: $altText\n    userId: $userId\n  ) {\n    ...Portrait\n  }\n}\n\nmutation Describe($altText: String!, $userId: ID) {\n  updateProfilePicture(altText: $altText, userId: $userId) {\n    ...Portrait\n  }\n}\n\nmutation Remove($userId: ID) {\n  removeProfilePicture(userId: $userId) {\n    ...Portrait\n  }\n}\n\nmutation Restore($userId: ID) {\n  restoreProfilePicture(userId: $userId) {\n    ...Portrait\n  }\n}\n\nquery ErrorCodes {\n  uploadRules {\n    id\n    refusals {\n      id\n      code\n    }\n  }\n}": typeof types.PortraitFragmentDoc,
    "query Developers {\n  viewer {\n    id\n    name\n    stableAvatarUrl\n    profilePicture {\n      id\n      altText\n      url(size: 256)\n      srcSet\n      jpegSrcSet: srcSet(format: JPEG)\n    }\n  }\n}": typeof types.DevelopersDocument,
};
const documents: Documents = {
    "fragment Portrait on User {\n  id\n  name\n  avatarUrl(size: 256)\n  profilePicture {\n    id\n    fileName\n    altText\n    uploadedAt\n    width\n    height\n    placeholder\n    url(size: 256)\n    srcSet\n  }\n  previousPicture {\n    id\n  }\n  uploadBlock {\n    id\n    until\n    reason\n  }\n}\n\nquery Page {\n  viewer {\n    ...Portrait\n  }\n  uploadRules {\n    ...Rules\n  }\n}\n\nquery PageOf($userId: ID!) {\n  viewer: user(id: $userId) {\n    ...Portrait\n  }\n  uploadRules {\n    ...Rules\n  }\n}\n\nfragment Rules on UploadRules {\n  id\n  maxBytes\n  minWidth\n  minHeight\n  maxAltTextLength\n  rejectedExtensions\n  types {\n    id\n    mediaType\n    maxPixels\n  }\n}\n\nmutation Upload($file: File!, $crop: CropInput, $altText: String, $userId: ID) {\n  uploadProfilePicture(\n    file: $file\n    crop: $crop\n    altText: $altText\n    userId: $userId\n  ) {\n    ...Portrait\n  }\n}\n\nmutation Describe($altText: String!, $userId: ID) {\n  updateProfilePicture(altText: $altText, userId: $userId) {\n    ...Portrait\n  }\n}\n\nmutation Remove($userId: ID) {\n  removeProfilePicture(userId: $userId) {\n    ...Portrait\n  }\n}\n\nmutation Restore($userId: ID) {\n  restoreProfilePicture(userId: $userId) {\n    ...Portrait\n  }\n}\n\nquery ErrorCodes {\n  uploadRules {\n    id\n    refusals {\n      id\n      code\n    }\n  }\n}": types.PortraitFragmentDoc,
    "query Developers {\n  viewer {\n    id\n    name\n    stableAvatarUrl\n    profilePicture {\n      id\n      altText\n      url(size: 256)\n      srcSet\n      jpegSrcSet: srcSet(format: JPEG)\n    }\n  }\n}": types.DevelopersDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment Portrait on User {\n  id\n  name\n  avatarUrl(size: 256)\n  profilePicture {\n    id\n    fileName\n    altText\n    uploadedAt\n    width\n    height\n    placeholder\n    url(size: 256)\n    srcSet\n  }\n  previousPicture {\n    id\n  }\n  uploadBlock {\n    id\n    until\n    reason\n  }\n}\n\nquery Page {\n  viewer {\n    ...Portrait\n  }\n  uploadRules {\n    ...Rules\n  }\n}\n\nquery PageOf($userId: ID!) {\n  viewer: user(id: $userId) {\n    ...Portrait\n  }\n  uploadRules {\n    ...Rules\n  }\n}\n\nfragment Rules on UploadRules {\n  id\n  maxBytes\n  minWidth\n  minHeight\n  maxAltTextLength\n  rejectedExtensions\n  types {\n    id\n    mediaType\n    maxPixels\n  }\n}\n\nmutation Upload($file: File!, $crop: CropInput, $altText: String, $userId: ID) {\n  uploadProfilePicture(\n    file: $file\n    crop: $crop\n    altText: $altText\n    userId: $userId\n  ) {\n    ...Portrait\n  }\n}\n\nmutation Describe($altText: String!, $userId: ID) {\n  updateProfilePicture(altText: $altText, userId: $userId) {\n    ...Portrait\n  }\n}\n\nmutation Remove($userId: ID) {\n  removeProfilePicture(userId: $userId) {\n    ...Portrait\n  }\n}\n\nmutation Restore($userId: ID) {\n  restoreProfilePicture(userId: $userId) {\n    ...Portrait\n  }\n}\n\nquery ErrorCodes {\n  uploadRules {\n    id\n    refusals {\n      id\n      code\n    }\n  }\n}"): typeof import('./graphql.ts').PortraitFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Developers {\n  viewer {\n    id\n    name\n    stableAvatarUrl\n    profilePicture {\n      id\n      altText\n      url(size: 256)\n      srcSet\n      jpegSrcSet: srcSet(format: JPEG)\n    }\n  }\n}"): typeof import('./graphql.ts').DevelopersDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
