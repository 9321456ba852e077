import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const AXE = join(import.meta.dirname, '../../node_modules/axe-core/axe.min.js');
const SCHEMES = ['light', 'dark'] as const;
const WIDTHS = [1280, 320] as const;

/** Adds axe-core to the page, which {@link violationsOf} requires. */
export async function loadAxe(page: Page): Promise<void> {
  await page.evaluate(await readFile(AXE, 'utf8'));
}

/** Returns axe-core's violations in both color schemes and at both widths, and the widths that the page overflows. */
export async function violationsOf(page: Page): Promise<string[]> {
  const problems: string[] = [];
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 });
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme });
      const { violations } = await page.evaluate<AxeResults>('axe.run()');
      const descriptions = violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`,
      );
      problems.push(...descriptions.map((description) => `${colorScheme}, ${width} px: ${description}`));
    }
    if (await isWiderThanWindow(page)) {
      problems.push(`wider than ${width} px`);
    }
  }
  await setTextSize(page, '200%');
  if (await isWiderThanWindow(page)) {
    problems.push('wider than 320 px with text at twice the size');
  }
  await setTextSize(page, '');
  return problems;
}

function isWiderThanWindow(page: Page): Promise<boolean> {
  return page.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth');
}

/** Scales all text, as the browser's font size setting does. */
async function setTextSize(page: Page, size: string): Promise<void> {
  await page.evaluate(`document.documentElement.style.fontSize = '${size}'`);
}
