import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { Astray } from './app/astray.tsx';
import { Broken } from './app/broken.tsx';
import { Shell } from './app/shell.tsx';
import { agentSearch } from './pages/agents/search.ts';
import { auditSearch } from './pages/audit/search.ts';
import { replaySearch } from './pages/replay/search.ts';
import { sessionSearch } from './pages/sessions/filter.ts';

const root = createRootRoute({ component: Shell, notFoundComponent: Astray, errorComponent: Broken });

const now = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/now/page.tsx'), 'NowPage'),
});
const approvals = createRoute({
  getParentRoute: () => root,
  path: '/approvals',
  component: lazyRouteComponent(() => import('./pages/approvals/page.tsx'), 'ApprovalsPage'),
});
const approval = createRoute({
  getParentRoute: () => approvals,
  path: '$id',
});
const sessions = createRoute({
  getParentRoute: () => root,
  path: '/sessions',
  validateSearch: sessionSearch,
  component: lazyRouteComponent(() => import('./pages/sessions/page.tsx'), 'SessionsPage'),
});
const session = createRoute({
  getParentRoute: () => root,
  path: '/sessions/$id',
  validateSearch: replaySearch,
  component: lazyRouteComponent(() => import('./pages/replay/page.tsx'), 'ReplayPage'),
});
const access = createRoute({
  getParentRoute: () => root,
  path: '/access',
  component: lazyRouteComponent(() => import('./pages/access/page.tsx'), 'AccessPage'),
});
const policy = createRoute({
  getParentRoute: () => root,
  path: '/policy',
  component: lazyRouteComponent(() => import('./pages/policy/page.tsx'), 'PolicyPage'),
});
const policyView = createRoute({
  getParentRoute: () => policy,
  path: '$view',
});
const audit = createRoute({
  getParentRoute: () => root,
  path: '/audit',
  validateSearch: auditSearch,
  component: lazyRouteComponent(() => import('./pages/audit/page.tsx'), 'AuditPage'),
});
const agents = createRoute({
  getParentRoute: () => root,
  path: '/agents',
  validateSearch: agentSearch,
  component: lazyRouteComponent(() => import('./pages/agents/page.tsx'), 'AgentsPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    now,
    approvals.addChildren([approval]),
    sessions,
    session,
    access,
    policy.addChildren([policyView]),
    audit,
    agents,
  ]),
  defaultPreload: 'intent',
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
