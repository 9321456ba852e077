// Types of Portrait's custom elements. Copy this file into the sources of your application, next to your other types.

/** A profile picture. */
export interface PortraitPicture {
  readonly id: string;
  readonly fileName: string;
  readonly altText: string | null;
  /** ISO 8601 in UTC. */
  readonly uploadedAt: string;
  /** Size of the uploaded picture in pixels. */
  readonly width: number;
  readonly height: number;
  /** URL of the WebP of 256 pixels. */
  readonly url: string;
  /** Value for `srcset` with all sizes in WebP. */
  readonly srcSet: string;
  /** Data URL of a blurred picture, to show while the picture loads. */
  readonly placeholder: string;
}

/** A user and the user's current picture. */
export interface PortraitUser {
  readonly id: string;
  readonly name: string | null;
  /** URL of the picture of 256 pixels, or of the initials. The content behind this URL never changes. */
  readonly avatarUrl: string;
  /** Null if the user has no picture. */
  readonly profilePicture: PortraitPicture | null;
}

/** Detail of the event `portrait-change`. */
export interface PortraitChange {
  readonly user: PortraitUser;
  readonly action: 'uploaded' | 'described' | 'removed' | 'restored';
  /** Sentence for the user. */
  readonly message: string;
}

/** Detail of the event `portrait-error`. */
export interface PortraitError {
  /** Error code of the API, or of the editor. */
  readonly code: string;
  /** Sentence for the user. */
  readonly message: string;
}

/** Events that `<portrait-editor>` dispatches. All of them bubble and leave shadow trees. */
export interface PortraitEventMap {
  'portrait-change': CustomEvent<PortraitChange>;
  'portrait-error': CustomEvent<PortraitError>;
  'portrait-open': CustomEvent<null>;
  'portrait-close': CustomEvent<null>;
  'portrait-preparing': CustomEvent<null>;
}

/** `<portrait-avatar>` shows the picture of a user, or the user's initials. */
export interface PortraitAvatar extends HTMLElement {
  /** Attribute `user-id`. */
  userId: string;
  /** Source of the initials if Portrait knows no name. */
  name: string;
  /** Edge length in CSS pixels. */
  size: number | string;
  /** Alternative text. The default is the name. */
  alt: string;
  /** Base URL of Portrait. The default is the server that the module was loaded from. */
  server: string;
}

/** A sentence, or its forms by plural category. */
export type PortraitText =
  | string
  | ({ readonly [Category in Intl.LDMLPluralRule]?: string } & { readonly other: string });

/**
 * Sentences by name, which replace the English ones. A translation can omit some. Each keeps the names in braces of the
 * English sentence.
 */
export type PortraitMessages = { readonly [Name in PortraitMessageName]?: PortraitText } & {
  /**
   * Sentences by error code of the API, such as `FILE_TOO_LARGE`. `{message}` is the English sentence of the server,
   * which appears if the code has no sentence here.
   */
  readonly errors?: Readonly<Record<string, PortraitText>>;
};

/** `<portrait-editor>` is a button that opens a dialog, in which users change their picture. */
export interface PortraitEditor extends HTMLElement {
  /** Base URL of Portrait. The default is the server that the module was loaded from. */
  server: string;
  /**
   * Attribute `user-id`: another user, whose picture the editor changes. The token needs the scope `portrait:write`.
   * Empty for the signed-in user.
   */
  userId: string;
  /** Returns the token of the signed-in user. The editor calls it for each request. Without it, cookies are sent. */
  getToken: (() => string | null | undefined | Promise<string | null | undefined>) | undefined;
  /** Sentences in another language, which replace the English ones. */
  messages: PortraitMessages | undefined;
  /** Language tag of the messages (BCP 47). */
  locale: string | undefined;
  /** Opens the dialog. With a file, the user can crop this file at once. */
  open(file?: File): Promise<void>;
  /** Closes the dialog, and cancels an upload. */
  close(): void;
}

/** Attributes of `<portrait-avatar>`. */
export interface PortraitAvatarAttributes {
  'user-id': string;
  name?: string | undefined;
  size?: number | string | undefined;
  alt?: string | undefined;
  server?: string | undefined;
}

/** Attributes and properties of `<portrait-editor>`. */
export interface PortraitEditorAttributes {
  server?: string | undefined;
  'user-id'?: string | undefined;
  getToken?: PortraitEditor['getToken'];
  messages?: PortraitEditor['messages'];
  locale?: string | undefined;
}

/** Handlers as React and Svelte name them. */
type Handlers<Prefix extends string> = {
  [Type in keyof PortraitEventMap as `${Prefix}${Type}`]?:
    | ((event: PortraitEventMap[Type]) => void)
    | undefined;
};
/** Vue writes `@portrait-change` as `onPortraitChange` in the types of its templates. */
type VueHandlers = {
  onPortraitChange?: ((event: PortraitEventMap['portrait-change']) => void) | undefined;
  onPortraitError?: ((event: PortraitEventMap['portrait-error']) => void) | undefined;
  onPortraitOpen?: ((event: PortraitEventMap['portrait-open']) => void) | undefined;
  onPortraitClose?: ((event: PortraitEventMap['portrait-close']) => void) | undefined;
  onPortraitPreparing?: ((event: PortraitEventMap['portrait-preparing']) => void) | undefined;
};
/** A component of Vue, by its props. */
type VueComponent<Props> = new () => { $props: Props };

declare global {
  interface HTMLElementTagNameMap {
    'portrait-avatar': PortraitAvatar;
    'portrait-editor': PortraitEditor;
  }
  interface GlobalEventHandlersEventMap extends PortraitEventMap {}
}

/** Name of a sentence of the page or the editor. */
export type PortraitMessageName =
  | 'pageDescription'
  | 'developers'
  | 'operatorLinks'
  | 'health'
  | 'readiness'
  | 'notSignedIn'
  | 'signIn'
  | 'dropHere'
  | 'tryAgain'
  | 'pageFailed'
  | 'yourPicture'
  | 'loading'
  | 'pictureOf'
  | 'noPicture'
  | 'yourInitials'
  | 'initialsShown'
  | 'pictureFailed'
  | 'file'
  | 'original'
  | 'pixels'
  | 'uploaded'
  | 'description'
  | 'descriptionHint'
  | 'descriptionOptional'
  | 'descriptionExample'
  | 'saveDescription'
  | 'removePicture'
  | 'restorePrevious'
  | 'changePicture'
  | 'close'
  | 'updated'
  | 'described'
  | 'removed'
  | 'restored'
  | 'uploadCanceled'
  | 'uploadCanceledUnknown'
  | 'cancelTooLate'
  | 'uploadsBlocked'
  | 'blockReason'
  | 'blockedUntil'
  | 'blockedWithoutEnd'
  | 'uploadFirst'
  | 'uploadNew'
  | 'fileField'
  | 'chooseFile'
  | 'takePhoto'
  | 'upload'
  | 'dropOrPaste'
  | 'rules'
  | 'rulesOfEditor'
  | 'editorTitle'
  | 'editorTitleUncropped'
  | 'notDisplayable'
  | 'editorFailed'
  | 'cropToolFailed'
  | 'crop'
  | 'cropHelp'
  | 'zoom'
  | 'percent'
  | 'rotateLeft'
  | 'left'
  | 'rotateRight'
  | 'right'
  | 'mirror'
  | 'fit'
  | 'fitOnBackground'
  | 'background'
  | 'white'
  | 'gray'
  | 'black'
  | 'teal'
  | 'otherColor'
  | 'blurryCrop'
  | 'blurryPicture'
  | 'animated'
  | 'save'
  | 'cancel'
  | 'preparing'
  | 'sent'
  | 'processing'
  | 'uploading'
  | 'uploadComplete'
  | 'cancelUpload'
  | 'connectionLost'
  | 'unreadableResponse'
  | 'photoUnreadable'
  | 'photoEmpty'
  | 'photoDamaged'
  | 'photoDecoderUnavailable'
  | 'photoUnsupported'
  | 'photoTooSmall'
  | 'photoTooLarge'
  | 'photoTooManyPixels'
  | 'bytes'
  | 'kibibytes'
  | 'mebibytes'
  | 'fileChanged'
  | 'retryIn'
  | 'seconds'
  | 'minutes';

// Frameworks. TypeScript ignores the errors of those that the application does not use.

// @ts-ignore
type ReactProps<Element> = import('react').DetailedHTMLProps<
  import('react').HTMLAttributes<Element>,
  Element
>;
// @ts-ignore
type SvelteProps<Element extends EventTarget> = import('svelte/elements').HTMLAttributes<Element>;

// @ts-ignore
declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'portrait-avatar': ReactProps<PortraitAvatar> & PortraitAvatarAttributes;
      'portrait-editor': ReactProps<PortraitEditor> & PortraitEditorAttributes & Handlers<'on'>;
    }
  }
}

// @ts-ignore
declare module 'vue' {
  interface GlobalComponents {
    'portrait-avatar': VueComponent<PortraitAvatarAttributes>;
    'portrait-editor': VueComponent<PortraitEditorAttributes & VueHandlers>;
  }
}

// @ts-ignore
declare module 'svelte/elements' {
  interface SvelteHTMLElements {
    'portrait-avatar': SvelteProps<PortraitAvatar> & PortraitAvatarAttributes;
    'portrait-editor': SvelteProps<PortraitEditor> & PortraitEditorAttributes & Handlers<'on'>;
  }
}
