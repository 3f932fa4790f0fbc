import { Button } from '@mantine/core';
import { ApiError } from '../../api/client.ts';
import { signInAddress } from '../data/sign-in.ts';
import { Icon } from './icon.tsx';
import { Shown } from './shown.tsx';
import styles from './failed.module.css';

/** What went wrong, and what to do about it. */
export function Failed({
  error,
  again,
}: {
  readonly error: Error;
  readonly again?: (() => void) | undefined;
}) {
  const { message, hint, isSignedOut } = toldOf(error);
  return (
    <div className={styles['failed']} role="alert">
      <Icon name="warning" />
      <div>
        <p className={styles['message']}>
          <Shown>{message}</Shown>
        </p>
        {hint !== undefined && (
          <p className={styles['hint']}>
            <Shown>{hint}</Shown>
          </p>
        )}
        {isSignedOut && (
          <Button component="a" href={signInAddress()} size="compact-md">
            Sign in
          </Button>
        )}
        {!isSignedOut && again !== undefined && (
          <Button variant="default" size="compact-md" onClick={again}>
            Try again
          </Button>
        )}
      </div>
    </div>
  );
}

function toldOf(error: Error): { message: string; hint?: string | undefined; isSignedOut: boolean } {
  if (!(error instanceof ApiError)) return { message: error.message, isSignedOut: false };
  if (error.code === 'unreachable') {
    return {
      message: 'The gateway does not answer.',
      hint: 'Is it running, and are you connected? This page tries again by itself.',
      isSignedOut: false,
    };
  }
  const message = sentence(error.message.replace(/^Sallyport: /, ''));
  return { message, hint: error.hint, isSignedOut: error.status === 401 };
}

function sentence(text: string): string {
  const first = text.slice(0, 1).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}
