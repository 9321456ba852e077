// Plain JavaScript: before the cache is on, a single file of TypeScript makes Node load its compiler, for 0.1 s and 17 MB.
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/compile', import.meta.url)));
