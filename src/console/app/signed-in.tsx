import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { ApiError } from '../../api/client.ts';
import { useMe } from '../data/me.ts';
import { signInAddress } from '../data/sign-in.ts';
import { Failed } from '../parts/failed.tsx';
import { Loading } from '../parts/loading.tsx';
import { Logo } from './logo.tsx';
import styles from './signed-in.module.css';

/** Nothing is shown before it is known who looks; whoever is nobody is on the way to the provider by then. */
export function SignedIn({ children }: { readonly children: ReactNode }) {
  const { data, error, refetch } = useMe();
  if (data !== undefined) return children;
  return (
    <main className={styles['door']}>
      <Logo />
      <h1>Sallyport</h1>
      {error === null ? (
        <Loading lines={2} />
      ) : error instanceof ApiError && error.status === 401 ? (
        <>
          <p>You are not signed in.</p>
          <Button component="a" href={signInAddress()}>
            Sign in
          </Button>
        </>
      ) : (
        <Failed error={error} again={() => void refetch()} />
      )}
    </main>
  );
}
