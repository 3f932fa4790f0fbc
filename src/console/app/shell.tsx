import { AppShell, Burger } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { KeyList } from './key-list.tsx';
import { KeysProvider } from './keys.tsx';
import { Logo } from './logo.tsx';
import { Myself } from './myself.tsx';
import { Navigation } from './navigation.tsx';
import { SignedIn } from './signed-in.tsx';
import styles from './shell.module.css';

/** What stands around every page. */
export function Shell() {
  const [isOpen, { toggle, close }] = useDisclosure(false);
  useFocusOnPage();
  return (
    <KeysProvider>
      <SignedIn>
        <a href="#page" className={styles['skip']}>
          Skip to the page
        </a>
        <AppShell
          header={{ height: { base: 52, sm: 0 } }}
          navbar={{ width: 216, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
          padding={{ base: 'md', sm: 'xl' }}
          withBorder={false}
        >
          <AppShell.Header hiddenFrom="sm" className={styles['header']}>
            <Burger opened={isOpen} onClick={toggle} size="sm" aria-label="Pages" aria-expanded={isOpen} />
            <Brand />
          </AppShell.Header>
          <AppShell.Navbar className={styles['navbar']}>
            <div className={styles['brand']}>
              <Brand />
            </div>
            <Navigation onChosen={close} />
            <div className={styles['below']}>
              <Myself />
            </div>
          </AppShell.Navbar>
          <AppShell.Main id="page" tabIndex={-1} className={styles['main']}>
            <Outlet />
          </AppShell.Main>
        </AppShell>
        <KeyList />
      </SignedIn>
    </KeysProvider>
  );
}

/** Whoever does not see that another page has come hears it: the focus goes there, but not while one page only moves on. */
function useFocusOnPage(): void {
  const place = useRouterState({ select: ({ location }) => location.pathname.split('/')[1] });
  const before = useRef(place);
  useEffect(() => {
    if (before.current !== place) document.getElementById('page')?.focus({ preventScroll: true });
    before.current = place;
  }, [place]);
}

function Brand() {
  return (
    <Link to="/" className={styles['home'] ?? ''}>
      <Logo />
      Sallyport
    </Link>
  );
}
