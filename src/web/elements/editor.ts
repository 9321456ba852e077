import type { GetToken } from '../client/connection.ts';
import { adoptStyles } from './adopt-styles.ts';
import css from './button.css?inline';
import { BUTTON_TEXTS } from './button-texts.ts';
import type { Dialog, DialogModule, EditorData } from './dialog-module.ts';
import type { PortraitEditor as Contract, PortraitEventMap } from './portrait.d.ts';
import { rememberUser } from './latest-users.ts';
import { serverUrl } from './server-url.ts';
import { setAttribute } from './set-attribute.ts';
import { upgradeProperties } from './upgrade-properties.ts';

/** Name of the built file of dialog.tsx, next to this module. The build replaces this variable. */
declare const DIALOG_FILE: string;

/**
 * `<portrait-editor>`: a button that opens a dialog, in which users change their picture. The dialog is a module of its
 * own, so that pages with avatars only do not load it.
 */
export class PortraitEditor extends HTMLElement implements Contract {
  static readonly observedAttributes = ['locale'];

  readonly #button = document.createElement('button');
  readonly #label = document.createElement('slot');
  /** Shown if the slot has no visible content. White space would hide the slot's own content. */
  readonly #defaultLabel = document.createElement('span');
  readonly #failure = document.createElement('span');
  #getToken: GetToken | undefined;
  #messages: Contract['messages'];
  #data: EditorData | undefined;
  #dialog: Promise<Dialog | undefined> | undefined;

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    adoptStyles(root, css);
    Object.assign(this.#button, { type: 'button', onclick: () => void this.open() });
    this.#button.part.add('button');
    this.#button.append(this.#label, this.#defaultLabel);
    this.#label.onslotchange = () => {
      const nodes = this.#label.assignedNodes();
      this.#defaultLabel.hidden = nodes.some((node) => node instanceof Element || node.textContent?.trim());
    };
    this.#failure.role = 'alert';
    this.#failure.part.add('error');
    root.append(this.#button);
    // Also if the page shows its first avatar later.
    this.addEventListener('portrait-change', ({ detail }) => rememberUser(detail.user));
    upgradeProperties<PortraitEditor>(this, ['server', 'userId', 'getToken', 'messages', 'locale', 'data']);
    this.#translate();
  }

  get server(): string {
    return serverUrl(this.getAttribute('server'));
  }
  set server(server: string | null | undefined) {
    setAttribute(this, 'server', server);
  }

  get userId(): string {
    return this.getAttribute('user-id') ?? '';
  }
  set userId(id: string | null | undefined) {
    setAttribute(this, 'user-id', id);
  }

  get getToken(): GetToken | undefined {
    return this.#getToken;
  }
  set getToken(getToken: GetToken | null | undefined) {
    this.#getToken = getToken ?? undefined;
  }

  get messages(): Contract['messages'] {
    return this.#messages;
  }
  set messages(messages: Contract['messages'] | null) {
    this.#messages = messages ?? undefined;
    this.#translate();
  }

  get locale(): string | undefined {
    return this.getAttribute('locale') || undefined;
  }
  set locale(locale: string | null | undefined) {
    setAttribute(this, 'locale', locale);
  }

  /** Result of the query `Page`. A page that has it already saves the editor a request. */
  get data(): EditorData | undefined {
    return this.#data;
  }
  set data(data: EditorData | undefined) {
    this.#data = data;
  }

  connectedCallback(): void {
    // Before the user needs it, because an upgrade of the server replaces the file.
    this.#dialog ??= this.#loadDialog();
  }

  disconnectedCallback(): void {
    this.close();
  }

  attributeChangedCallback(): void {
    this.#translate();
  }

  override focus(options?: FocusOptions): void {
    this.#button.focus(options);
  }

  async open(file?: File): Promise<void> {
    this.#failure.remove();
    this.#dialog ??= this.#loadDialog();
    const dialog = await this.#dialog;
    if (!this.isConnected) {
      return;
    }
    if (dialog !== undefined) {
      await dialog.open(file);
      return;
    }
    this.#dialog = undefined;
    const message = this.#text('editorFailed');
    if (this.#dispatch('portrait-error', { code: 'EDITOR_UNAVAILABLE', message })) {
      this.#failure.textContent = message;
      this.shadowRoot?.append(this.#failure);
    }
  }

  close(): void {
    void this.#dialog?.then((dialog) => dialog?.close());
  }

  /** Returns undefined if the browser cannot load the dialog. */
  async #loadDialog(): Promise<Dialog | undefined> {
    try {
      const { createDialog }: DialogModule = await import(
        /* @vite-ignore */ new URL(DIALOG_FILE, import.meta.url).href
      );
      return createDialog({
        root: this.shadowRoot as ShadowRoot,
        connection: () => ({ endpoint: `${this.server}graphql`, getToken: this.#getToken }),
        userId: () => this.userId || undefined,
        language: () => ({ messages: this.#messages, locale: this.locale }),
        data: () => this.#data,
        dispatch: (type, detail) => this.#dispatch(type, detail),
      });
    } catch {
      return undefined;
    }
  }

  /** Dispatches an event. @returns false if the host has called `preventDefault`. */
  #dispatch<Type extends keyof PortraitEventMap>(
    type: Type,
    detail: PortraitEventMap[Type]['detail'],
  ): boolean {
    const options = { bubbles: true, composed: true, cancelable: type === 'portrait-error' };
    return this.dispatchEvent(new CustomEvent(type, { ...options, detail }));
  }

  #translate(): void {
    this.#defaultLabel.textContent = this.#text('changePicture');
    void this.#dialog?.then((dialog) => dialog?.translate());
  }

  #text(key: keyof typeof BUTTON_TEXTS): string {
    const text = this.#messages?.[key];
    return typeof text === 'string' ? text : BUTTON_TEXTS[key];
  }
}
