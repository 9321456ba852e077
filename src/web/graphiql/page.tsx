import { encodeRequest, type GraphQLRequest } from '../shared/encode-request.ts';
import { FilesIcon, FilesPanel } from './files-panel.tsx';
import { findOperation, withFiles } from './operation.ts';
import { send } from './send.ts';
import { createStore } from './store.ts';
import './page.css';

/** What the bundle of `@graphql-yoga/render-graphiql` sets; what it does not know, it hands to GraphiQL. */
declare const YogaGraphiQL: {
  renderYogaGraphiQL(element: Element, props: GraphiQLProps): void;
};

interface GraphiQLProps {
  readonly title: string;
  readonly logo: React.ReactNode;
  readonly defaultTabs: readonly Tab[];
  readonly plugins: readonly Plugin[];
  readonly visiblePlugin: Plugin;
  fetcher(request: GraphQLRequest, options?: { headers?: Record<string, string> }): unknown;
  onTabChange(tabs: {
    readonly activeTabIndex: number;
    readonly tabs: readonly (Tab & { operationName: string | null; response: string | null })[];
  }): void;
}

declare global {
  /** Asked by Monaco for its workers (https://github.com/microsoft/monaco-editor/blob/main/docs/integrate-esm.md). */
  var MonacoEnvironment: { globalAPI: boolean; getWorkerUrl(moduleId: string, label: string): string };
}

interface Tab {
  readonly query: string | null;
}

interface Plugin {
  readonly title: string;
  readonly icon: React.ComponentType;
  readonly content: React.ComponentType;
}

const UPLOAD = `# Choose a file, then run this.
mutation Upload($file: File!) {
  uploadProfilePicture(file: $file) {
    id
    avatarUrl
    profilePicture {
      fileName
      width
      height
      url(size: 256)
    }
  }
}
`;

const VIEWER = `query Viewer {
  viewer {
    id
    name
    avatarUrl
    profilePicture {
      fileName
      altText
      url(size: 256)
      placeholder
    }
  }
}
`;

/** Where GraphiQL keeps what was last edited. */
const LAST_QUERY = 'graphiql:query';

function renderPage(root: HTMLElement): void {
  // The page is served at the endpoint itself.
  const endpoint = location.pathname;
  const { publicUrl = location.origin, picturesUrl = publicUrl, basePath = '' } = root.dataset;
  const ownUrls = [publicUrl, picturesUrl];
  const linked = new URLSearchParams(location.search).get('query');
  const opened = linked || localStorage.getItem(LAST_QUERY) || UPLOAD;
  const store = createStore({
    fileVariables: findOperation(opened)?.fileVariables ?? [],
    response: null,
    files: new Map(),
    progress: undefined,
  });

  const files: Plugin = {
    title: 'Files',
    icon: FilesIcon,
    content: () => <FilesPanel store={store} endpoint={endpoint} ownUrls={ownUrls} />,
  };

  globalThis.MonacoEnvironment = {
    globalAPI: false,
    getWorkerUrl: (_moduleId, label) => `${basePath}/static/page/graphiql/${label}.js`,
  };
  YogaGraphiQL.renderYogaGraphiQL(root, {
    title: 'Portrait',
    logo: <img src={`${basePath}/static/images/logo.svg`} alt="" width="28" height="28" />,
    defaultTabs: linked ? [{ query: linked }] : [{ query: UPLOAD }, { query: VIEWER }],
    plugins: [files],
    visiblePlugin: files,
    fetcher(request, { headers } = {}) {
      const { name, fileVariables = [] } = findOperation(request.query, request.operationName) ?? {};
      // For a moment after a change of tabs, GraphiQL still names the former tab's operation.
      const known = { ...request, operationName: name };
      const variables = withFiles(request.variables, fileVariables, store.get().files);
      return send({
        endpoint,
        headers,
        body: encodeRequest({ ...known, variables }),
        onProgress: (progress) => store.set({ progress }),
      });
    },
    onTabChange({ tabs, activeTabIndex }) {
      const tab = tabs[activeTabIndex];
      const operation = findOperation(tab?.query ?? '', tab?.operationName);
      // While a query is typed it can seldom be parsed; what it took before is the best guess.
      const fileVariables = tab?.query ? operation?.fileVariables : [];
      store.set({ response: tab?.response ?? null, ...(fileVariables && { fileVariables }) });
    },
  });
}

/** A file that misses its field would replace the page. */
function keepDroppedFilesOut(): void {
  for (const type of ['dragover', 'drop'] as const) {
    addEventListener(type, (event) => {
      if (event.dataTransfer?.types.includes('Files')) {
        event.preventDefault();
      }
    });
  }
}

keepDroppedFilesOut();
renderPage(document.querySelector('#root') as HTMLElement);
