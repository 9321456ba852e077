import type { PortraitMessageName, PortraitText } from '../elements/portrait.d.ts';

/**
 * All sentences and labels of the page and the editor, in English. A translation replaces the values. A name in braces
 * stands for a value that the interface fills in. The server sends its own error messages, which a translation can
 * replace by code: see `errors` in portrait.d.ts. The page for developers is in English only, as the documentation is.
 */
export const ENGLISH = {
  // Page
  pageDescription: 'Upload and edit your profile picture.',
  developers: 'Developers',
  operatorLinks: 'For operators:',
  health: 'health',
  readiness: 'readiness',
  notSignedIn: 'You are not signed in',
  signIn: 'Sign in to your application, then reload this page to upload a picture.',
  dropHere: 'Drop your picture here',
  tryAgain: 'Try again',
  pageFailed: 'Something went wrong on this page. Try again.',

  // Current picture
  yourPicture: 'Your profile picture',
  loading: 'Loading…',
  pictureOf: 'Profile picture of {user}',
  noPicture: 'No profile picture',
  yourInitials: 'Your initials',
  initialsShown: 'People see your initials until you upload a picture.',
  pictureFailed: 'The picture could not be loaded.',
  file: 'File',
  original: 'Original',
  pixels: '{width} × {height} pixels',
  uploaded: 'Uploaded',
  description: 'Description',
  descriptionHint: 'read aloud by screen readers',
  descriptionOptional: 'optional, for screen readers',
  descriptionExample: 'For example: Ada smiling in front of a bookshelf',
  saveDescription: 'Save',
  removePicture: 'Remove picture',
  restorePrevious: 'Restore previous picture',
  changePicture: 'Change picture',
  close: 'Close',

  // Results
  updated: 'Profile picture updated.',
  described: 'Description saved.',
  removed: 'Profile picture removed.',
  restored: 'Previous picture restored.',
  uploadCanceled: 'Upload canceled.',
  uploadCanceledUnknown:
    'Upload canceled. If the picture was already saved, it appears when you reload the page.',
  cancelTooLate: 'It was too late to cancel. Your profile picture was updated.',

  // Block by a moderator
  uploadsBlocked: 'You cannot upload pictures',
  blockReason: 'Reason: {reason}',
  blockedUntil: 'You can upload again on {time}. To change this, contact the moderators of this site.',
  blockedWithoutEnd: 'To change this, contact the moderators of this site.',

  // Choosing
  uploadFirst: 'Upload a picture',
  uploadNew: 'Upload a new picture',
  fileField: 'File',
  chooseFile: 'Choose a file',
  takePhoto: 'Take a photo',
  upload: 'Upload',
  dropOrPaste: 'or drop or paste one anywhere on this page',
  rules: '{types}. Up to {size}, at least {width} × {height} pixels.',
  rulesOfEditor:
    'Any photo of at least {width} × {height} pixels, also HEIC. Large photos are reduced before the upload.',

  // Editor
  editorTitle: 'Crop your picture',
  editorTitleUncropped: 'Ready to upload',
  notDisplayable:
    'This browser cannot display “{file}”, so you cannot crop it here. Portrait will crop it for you.',
  editorFailed: 'The editor could not be loaded. Reload the page.',
  cropToolFailed: 'The crop tool could not be loaded. If you save, Portrait will crop the picture for you.',
  crop: 'Crop',
  cropHelp:
    'Drag to move, scroll or pinch to zoom. Keys: arrows, + and −, R rotates, M mirrors, Enter saves.',
  zoom: 'Zoom',
  percent: '{percent}%',
  rotateLeft: 'Rotate left',
  left: 'Left',
  rotateRight: 'Rotate right',
  right: 'Right',
  mirror: 'Mirror',
  fit: 'Fit',
  fitOnBackground: 'Fit the whole picture on a background',
  background: 'Background',
  white: 'White',
  gray: 'Gray',
  black: 'Black',
  teal: 'Teal',
  otherColor: 'Other color',
  blurryCrop: 'Only {edge} × {edge} pixels: this will look blurry. Zoom out to keep more of the picture.',
  blurryPicture: 'Only {edge} × {edge} pixels: this will look blurry. A larger picture looks better.',
  animated: 'This animation becomes a still picture.',
  save: 'Save',
  cancel: 'Cancel',

  // Progress of an upload
  preparing: 'Preparing photo…',
  sent: '{sent} of {total} uploaded',
  processing: 'Processing…',
  uploading: 'Uploading your picture.',
  uploadComplete: 'Upload complete. Processing your picture.',
  cancelUpload: 'Cancel upload',

  // Failures of the connection and of the file
  connectionLost: 'Could not reach the server, or the connection was lost. Try again.',
  unreadableResponse: 'The server sent an unreadable response (status {status}). Try again.',
  photoUnreadable:
    '“{file}” cannot be read. It may be a folder, or it was moved or deleted. Choose another file.',
  photoEmpty: '“{file}” is empty. Choose another file.',
  photoDamaged: '“{file}” is damaged, or too large for this device. Choose another picture.',
  photoDecoderUnavailable:
    '“{file}” cannot be prepared, because part of this page could not be loaded. Reload the page or choose another file.',
  photoUnsupported: '“{file}” has an unsupported file type. Choose a picture of type {types}.',
  photoTooSmall:
    'This picture is too small ({width} × {height} pixels). The minimum is {minWidth} × {minHeight} pixels. Choose a larger picture.',
  photoTooLarge: '“{file}” is too large ({size}). The limit is {limit}. Choose a smaller file.',
  photoTooManyPixels:
    'This picture is too large ({width} × {height} pixels). The limit is {megapixels} megapixels. Choose a smaller picture.',
  bytes: { one: '{count} byte', other: '{count} bytes' },
  kibibytes: '{size} KiB',
  mebibytes: '{size} MiB',
  fileChanged: '“{file}” was changed, moved or deleted after you chose it. Choose it again.',
  retryIn: '{message} Try again in {duration}.',
  seconds: { one: 'a second', other: '{count} seconds' },
  minutes: { one: 'a minute', other: '{count} minutes' },
} as const satisfies Readonly<Record<PortraitMessageName, PortraitText>>;
