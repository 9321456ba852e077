import type { ComponentChildren } from 'preact';

interface SectionProps {
  /** Fragment of the section's URL. */
  readonly id: string;
  readonly title: string;
  readonly children: ComponentChildren;
}

/** A card with a heading that links can point at. */
export function Section({ id, title, children }: SectionProps) {
  return (
    <section class="card section" id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{title}</h2>
      {children}
    </section>
  );
}
