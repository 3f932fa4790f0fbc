import { createTheme, Modal } from '@mantine/core';
import type { CSSVariablesResolver, MantineColorsTuple } from '@mantine/core';

/** The one accent: what can be pressed, what is selected, where the focus is. Statuses have colours of their own. */
const port: MantineColorsTuple = [
  '#eef0fc',
  '#dbdff7',
  '#b6bdec',
  '#8f9ae3',
  '#6f7cda',
  '#5868d5',
  '#4453c4',
  '#3947ad',
  '#313d98',
  '#263180',
];

/** Text to ground; cooler than Mantine's. */
const dark: MantineColorsTuple = [
  '#d5dae2',
  '#aab2bf',
  '#8b94a3',
  '#666f7e',
  '#3d4553',
  '#2c333f',
  '#1f252e',
  '#161b22',
  '#11151b',
  '#0b0e13',
];

export const theme = createTheme({
  primaryColor: 'port',
  primaryShade: { light: 6, dark: 5 },
  colors: { port, dark },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    // What keeps the page from scrolling behind a dialogue is a style without the nonce that the content policy wants.
    Modal: Modal.extend({
      defaultProps: { lockScroll: false, closeButtonProps: { 'aria-label': 'Close' } },
    }),
  },
  headings: { fontWeight: '600', sizes: { h1: { fontSize: '1.375rem' }, h2: { fontSize: '1rem' } } },
});

/** Mantine's own grey of secondary text is too light for WCAG AA (4.5 : 1). */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#59626f',
    '--mantine-color-placeholder': '#667080',
    '--mantine-color-error': '#b3261e',
    '--mantine-color-anchor': '#3947ad',
  },
  dark: {
    '--mantine-color-dimmed': '#a3acba',
    '--mantine-color-placeholder': '#8b94a3',
    '--mantine-color-error': '#ff9a92',
    '--mantine-color-anchor': '#a9b2f2',
  },
});
