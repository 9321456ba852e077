import { uploadWith } from './puppeteer.mjs';

await uploadWith({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
