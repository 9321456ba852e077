import { adoptStyles } from './adopt-styles.ts';
import css from './avatar.css?inline';
import { latestUser } from './latest-users.ts';
import type { PortraitAvatar as Contract } from './portrait.d.ts';
import { serverUrl } from './server-url.ts';
import { setAttribute } from './set-attribute.ts';
import { upgradeProperties } from './upgrade-properties.ts';

/** Edge length in CSS pixels if there is no attribute `size`. */
const DEFAULT_SIZE = 128;
/** Maximum edge length in pixels that the server accepts. */
const MAX_SIZE = 2048;
/** Attributes with a property of the same name. */
const TEXT_ATTRIBUTES = ['name', 'alt', 'server'] as const;

/**
 * `<portrait-avatar>`: shows the picture of a user. If the element contains an image, which the host's server can
 * render, the element keeps it and changes only its source.
 */
export class PortraitAvatar extends HTMLElement implements Contract {
  static readonly observedAttributes = ['user-id', 'size', ...TEXT_ATTRIBUTES];

  readonly #slot = document.createElement('slot');
  readonly #ownImage = document.createElement('img');
  readonly #children = new MutationObserver(() => this.#assignChildren());
  #disconnect: AbortController | undefined;

  constructor() {
    super();
    // Only elements go into the slot. Otherwise, white space in the element would hide the slot's own image.
    const root = this.attachShadow({ mode: 'open', slotAssignment: 'manual' });
    adoptStyles(root, css);
    this.#ownImage.part.add('img');
    this.#slot.append(this.#ownImage);
    root.append(this.#slot);
    upgradeProperties<PortraitAvatar>(this, ['userId', 'size', ...TEXT_ATTRIBUTES]);
  }

  get userId(): string {
    return this.getAttribute('user-id') ?? '';
  }
  set userId(id: string | null | undefined) {
    setAttribute(this, 'user-id', id);
  }

  get size(): number {
    const size = Number.parseInt(this.getAttribute('size') ?? '', 10);
    return size >= 1 ? Math.min(size, MAX_SIZE) : DEFAULT_SIZE;
  }
  set size(size: number | string | null | undefined) {
    setAttribute(this, 'size', size);
  }

  get name(): string {
    return this.getAttribute('name') ?? '';
  }
  set name(name: string | null | undefined) {
    setAttribute(this, 'name', name);
  }

  get alt(): string {
    return this.getAttribute('alt') ?? this.name;
  }
  set alt(alt: string | null | undefined) {
    setAttribute(this, 'alt', alt);
  }

  get server(): string {
    return serverUrl(this.getAttribute('server'));
  }
  set server(server: string | null | undefined) {
    setAttribute(this, 'server', server);
  }

  connectedCallback(): void {
    this.#disconnect = new AbortController();
    document.addEventListener(
      'portrait-change',
      ({ detail: { user } }) => {
        if (user.id === this.userId) {
          this.#show();
          this.#refreshCache();
        }
      },
      { signal: this.#disconnect.signal },
    );
    // The parser or a framework may add the image later.
    this.#children.observe(this, { childList: true });
    this.#assignChildren();
    this.#show();
  }

  disconnectedCallback(): void {
    this.#disconnect?.abort();
    this.#children.disconnect();
  }

  attributeChangedCallback(name: string, previous: string | null): void {
    if (this.isConnected) {
      this.#show(name === 'user-id' && previous !== null);
    }
  }

  /** The image that the host has put into the element. Images before it are placeholders. */
  get #givenImage(): HTMLImageElement | null {
    return this.querySelector(':scope > img:last-of-type');
  }

  #assignChildren(): void {
    this.#slot.assign(...(this.#givenImage ? this.children : []));
  }

  /**
   * Shows the picture. An image from the host stays as it is until the user's picture changes.
   * @param isOtherUser true if the element showed another user before.
   */
  #show(isOtherUser = false): void {
    const { userId, size } = this;
    const latest = latestUser(userId);
    const given = this.#givenImage;
    const image = given ?? this.#ownImage;
    if (userId === '') {
      // After a user has signed out, for example.
      this.#ownImage.removeAttribute('srcset');
      this.#ownImage.removeAttribute('src');
      return;
    }
    if (given && !latest && !isOtherUser) {
      return;
    }
    if (!given) {
      Object.assign(image, { width: size, height: size, alt: this.alt, decoding: 'async', loading: 'lazy' });
    }
    // Without `w` descriptors, browsers ignore `sizes`.
    image.sizes = `${size}px`;
    image.srcset = latest ? (latest.profilePicture?.srcSet ?? '') : `${this.#url(2)} 2x`;
    image.src = latest ? latest.avatarUrl : this.#url(1);
  }

  /** @param density pixels per CSS pixel. */
  #url(density: number): string {
    const id = encodeURIComponent(this.userId);
    // URLs resolve the ids `.` and `..` as parts of the path, unless the slash after them is encoded.
    const slash = /^\.\.?$/.test(id) ? '%2F' : '/';
    const url = new URL(`users/${id}${slash}avatar`, this.server);
    url.searchParams.set('size', String(Math.min(density * this.size, MAX_SIZE)));
    if (this.name !== '') {
      url.searchParams.set('name', this.name);
    }
    return url.href;
  }

  /** Loads the stable URLs again, so that the next page does not show the previous picture from the browser's cache. */
  #refreshCache(): void {
    for (const density of [1, 2]) {
      // A policy of the host can forbid this request. The cache then expires by itself. The target of a redirect never
      // changes, and the policy can forbid its origin.
      fetch(this.#url(density), { cache: 'reload', redirect: 'manual' }).catch(() => {});
    }
  }
}
